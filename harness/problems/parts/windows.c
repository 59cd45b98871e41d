/* windows.c: the passes of lm over a client's windows.  lm.c includes this file once for each precision: REAL is its type, T(name) the name
   with the precision behind it, PRECISION the member of lac_reals. */

/* Mean over `count` windows, all or listed, and so over all of their positions. */
static double T(mean_over)(const model *k, const lac_text *of, const uint32_t *list, size_t count, const double *x, double *g)
{
  const lac_transformer *t = &k->transformer;
  double share = count ? 1 / ((double)count * (double)t->context) : 0, sum = 0;
  const REAL *at = T(lac_narrow)(t->d, 0, x, k->x.PRECISION);
  REAL *to = T(lac_sum_begin)(t->d, 0, g, k->g.PRECISION);
  for (size_t first = 0; first < count; first += t->windows) {
    lac_pulse();
    size_t windows = gather(t, of, list, first, count);
    if (first && first % (PART * t->windows) == 0)
      T(lac_sum_end)(t->d, 0, first > PART * t->windows, to, g);
    T(lac_transformer_forward)(t, windows, t->context, at);
    T(lac_transformer_logits)(t, 0, windows * t->context, at);
    sum += T(lac_transformer_loss)(t, windows, share);
    T(lac_transformer_backward)(t, windows, at, to);
  }
  T(lac_sum_end)(t->d, 0, count > PART * t->windows, to, g);
  return sum * share;
}

static lac_score T(score)(const model *k, const lac_text *of, const double *x)
{
  const lac_transformer *t = &k->transformer;
  const REAL *at = T(lac_narrow)(t->d, 0, x, k->x.PRECISION);
  lac_score sum = { .rows = of->rows * t->context };
  for (size_t first = 0; first < of->rows; first += t->windows) {
    size_t windows = gather(t, of, NULL, first, of->rows);
    T(lac_transformer_forward)(t, windows, t->context, at);
    T(lac_transformer_logits)(t, 0, windows * t->context, at);
    sum.right += T(lac_transformer_right)(t, windows);
    sum.loss += T(lac_transformer_loss)(t, windows, 0);
  }
  return sum;
}

/* The logarithm of softmax(logits) at the symbol that follows. */
static double T(log_share)(size_t vocab, const REAL *logit, uint8_t follows)
{
  double most = -INFINITY, sum = 0;
  for (size_t v = 0; v < vocab; v++)
    most = (double)logit[v] > most ? (double)logit[v] : most;
  for (size_t v = 0; v < vocab; v++)
    sum += lac_exp_minus_f64(most - (double)logit[v]);
  return (double)logit[follows] - most - lac_log(sum);
}

static void T(log_shares)(const model *k, const lac_text *of, const double *x, double *log_p)
{
  const lac_transformer *t = &k->transformer;
  const REAL *at = T(lac_narrow)(t->d, 0, x, k->x.PRECISION);
  for (size_t first = 0; first < of->rows; first += t->windows) {
    size_t windows = gather(t, of, NULL, first, of->rows);
    T(lac_transformer_forward)(t, windows, t->context, at);
    T(lac_transformer_logits)(t, 0, windows * t->context, at);
    for (size_t i = 0; i < windows * t->context; i++)
      *log_p++ = T(log_share)(t->vocab, t->logits.PRECISION + i * t->vocab,
                              t->symbols[i / t->context * (t->context + 1) + i % t->context + 1]);
  }
}

/* Of the symbol behind `length` of them, which are in t->symbols. */
static void T(next_logits)(const model *k, size_t length, const double *x, double *logits)
{
  const lac_transformer *t = &k->transformer;
  const REAL *at = T(lac_narrow)(t->d, 0, x, k->x.PRECISION);
  T(lac_transformer_forward)(t, 1, length, at);
  T(lac_transformer_logits)(t, length - 1, 1, at);
  for (size_t v = 0; v < t->vocab; v++)
    logits[v] = (double)t->logits.PRECISION[v];
}
