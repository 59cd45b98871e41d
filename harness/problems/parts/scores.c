/* scores.c: the passes of softmax over a shard.  softmax.c includes this file once for each precision: REAL is its type, T(name) the name
   with the precision behind it, PRECISION the member of lac_reals. */

/* What stands between the two passes over a block: S becomes D, and the sum of the losses is returned. */
typedef double (*T(middle))(const model *k, const lac_slice *s, double share);

static double T(losses)(const model *k, const lac_slice *s, double share)
{
  return T(lac_slice_softmax)(s, k->classes, share, k->score.PRECISION);
}

/* A row's own gradient is a_r (softmax(s) - onehot)', whose length is the product of two. */
static double T(clipped)(const model *k, const lac_slice *s, double share)
{
  double sum = T(lac_slice_softmax)(s, k->classes, 1, k->score.PRECISION), factor[LAC_BLOCK], delta_sq[LAC_BLOCK];
  T(lac_slice_squares)(s, factor);
  T(lac_row_squares)(s->count, k->classes, k->score.PRECISION, k->classes, delta_sq);
  for (size_t r = 0; r < s->count; r++)
    factor[r] *= delta_sq[r];
  lac_clip_factors(s->count, share, k->most, factor);
  for (size_t r = 0; r < s->count; r++)
    for (size_t c = 0; c < k->classes; c++)
      k->score.PRECISION[r * k->classes + c] *= (REAL)factor[r];
  return sum;
}

/* D = (share/2) S (I - 11'/K) */
static double T(centre)(const model *k, const lac_slice *s, double share)
{
  for (size_t r = 0; r < s->count; r++) {
    REAL *score = k->score.PRECISION + r * k->classes, mean = 0;
    for (size_t c = 0; c < k->classes; c++)
      mean += score[c] / (REAL)k->classes;
    for (size_t c = 0; c < k->classes; c++)
      score[c] = (REAL)(share / 2) * (score[c] - mean);
  }
  return 0;
}

/* W as the passes want it; sparse rows meet it in panels. */
static const REAL *T(prepare)(const model *k, const lac_class_rows *of, const double *w)
{
  size_t d = k->features * k->classes;
  if (of->sparse)
    T(lac_panels_pack)(k->features, k->classes, w, k->classes, 1, k->w.PRECISION);
  return T(lac_narrow)(d, of->sparse ? d : 0, w, k->x.PRECISION);
}

/* S = A W; the matrix of dense rows, NULL for sparse ones. */
static const REAL *T(forward)(const model *k, const lac_slice *s, const REAL *w, size_t *ld)
{
  if (s->of->sparse) {
    T(lac_slice_times)(s, k->classes, k->w.PRECISION, k->score.PRECISION);
    return NULL;
  }
  const REAL *a = T(lac_slice_dense)(s, k->gathered.PRECISION, ld);
  T(lac_gemm)(CblasNoTrans, CblasNoTrans, s->count, k->classes, k->features, a, *ld, w, k->classes, 0, k->score.PRECISION, k->classes);
  return a;
}

static double T(pass)(const model *k, const lac_slice *s, double share, const REAL *w, T(middle) between, REAL *g)
{
  size_t ld = 0;
  const REAL *a = T(forward)(k, s, w, &ld);
  double sum = between(k, s, share);
  if (a)
    T(lac_gemm)(CblasTrans, CblasNoTrans, k->features, k->classes, s->count, a, ld, k->score.PRECISION, k->classes, 1, g, k->classes);
  else
    T(lac_slice_add)(s, k->classes, k->score.PRECISION, k->g.PRECISION);
  return sum;
}

/* Mean over `count` rows, all or listed. */
static double T(mean_over)(const model *k, const lac_class_rows *of, const uint32_t *list, size_t count, const double *w,
                           T(middle) between, double *g)
{
  size_t d = k->features * k->classes;
  double share = count ? 1 / (double)count : 0, sum = 0;
  const REAL *at = T(prepare)(k, of, w);
  REAL *to = T(lac_sum_begin)(d, of->sparse ? d : 0, g, k->sum.PRECISION);
  for (size_t first = 0; first < count; first += k->block) {
    lac_slice s = slice(k, of, list, first, count);
    sum += T(pass)(k, &s, share, at, between, to);
  }
  T(lac_sum_end)(d, of->sparse ? d : 0, 0, to, g);
  if (of->sparse)
    T(lac_panels_unpack)(k->features, k->classes, k->g.PRECISION, k->classes, 1, g);
  return sum * share;
}

static lac_score T(score)(const model *k, const lac_class_rows *of, const double *w)
{
  const REAL *at = T(prepare)(k, of, w);
  lac_score sum = { .rows = of->rows->m };
  for (size_t first = 0, ld; first < of->rows->m; first += k->block) {
    lac_slice s = slice(k, of, NULL, first, of->rows->m);
    T(forward)(k, &s, at, &ld);
    T(lac_slice_score)(&s, k->classes, k->score.PRECISION, &sum);
  }
  return sum;
}
