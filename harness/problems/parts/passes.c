/* passes.c: the passes of mlp over a shard.  mlp.c includes this file once for each precision: REAL is its type, T(name) the name with the
   precision behind it, PRECISION the member of lac_reals. */

/* x as the passes want it; panels: rows are sparse, and meet W_1 there. */
static const REAL *T(prepare)(const model *k, int panels, const double *x)
{
  const lac_network *n = &k->network;
  if (panels)
    T(lac_panels_pack)(n->width[0], n->width[1], x + n->w[1], 1, n->width[0], k->wt.PRECISION);
  return T(lac_narrow)(k->d, panels ? n->b[1] : 0, x, k->x.PRECISION);
}

/* The matrix of dense rows; NULL for sparse ones. */
static const REAL *T(forward)(const model *k, const lac_slice *s, const REAL *x, size_t *ld)
{
  const REAL *a0 = s->of->sparse ? NULL : T(lac_slice_dense)(s, k->gathered.PRECISION, ld);
  if (!a0)
    T(lac_slice_times)(s, k->network.width[1], k->wt.PRECISION, k->network.a[1].PRECISION);
  T(lac_network_forward)(&k->network, s->count, x, a0, *ld);
  return a0;
}

/* The way back of a block whose rows are clipped, from D_L of single rows.  a0 NULL: W_1's gradient is left to the caller. */
static void T(clip_rows)(const model *k, const lac_slice *s, const REAL *x, const REAL *a0, size_t ld, double share, double most, REAL *g)
{
  const lac_network *n = &k->network;
  double input_sq[LAC_BLOCK], factor[LAC_BLOCK] = { 0 };
  if (a0)
    T(lac_row_squares)(s->count, n->width[0], a0, ld, input_sq);
  else
    T(lac_slice_squares)(s, input_sq);
  T(lac_network_backward)(n, s->count, x, a0, ld, 0, NULL);
  T(lac_network_norms)(n, s->count, input_sq, factor);
  lac_clip_factors(s->count, share, most, factor);
  T(lac_network_weigh)(n, s->count, factor);
  T(lac_network_gradient)(n, s->count, a0, ld, g);
}

/* Mean over `count` rows, all or listed, without the regulariser; of each row's own gradient at most that length (INFINITY: all of it).
   Rows that the adversary has changed are dense. */
static double T(mean_over)(const model *k, const lac_class_rows *of, const uint32_t *list, size_t count, const double *x, double most,
                           double *g)
{
  const lac_network *n = &k->network;
  int panels = of->sparse && !k->ascent;
  double share = count ? 1 / (double)count : 0, sum = 0;
  const REAL *at = T(prepare)(k, panels, x);
  REAL *to = T(lac_sum_begin)(k->d, panels ? n->b[1] : 0, g, k->g.PRECISION);
  for (size_t first = 0, ld = n->width[0]; first < count; first += n->block) {
    lac_pulse();
    lac_slice s = slice(k, of, list, first, count);
    const REAL *a0 = k->ascent ? T(attack_rows)(k, &s, at, k->ascent, NULL) : T(forward)(k, &s, at, &ld);
    sum += T(lac_slice_softmax)(&s, n->width[n->layers], isinf(most) ? share : 1, n->a[n->layers].PRECISION);
    if (isinf(most))
      T(lac_network_backward)(n, s.count, at, a0, ld, 0, to);
    else
      T(clip_rows)(k, &s, at, a0, ld, share, most, to);
    if (!a0)
      T(lac_slice_add)(&s, n->width[1], T(lac_network_first)(n), k->gt.PRECISION);
  }
  T(lac_sum_end)(k->d, panels ? n->b[1] : 0, 0, to, g);
  if (panels)
    T(lac_panels_unpack)(n->width[0], n->width[1], k->gt.PRECISION, 1, n->width[0], g + n->w[1]);
  return sum * share;
}

static lac_score T(score)(const model *k, const lac_class_rows *of, const double *x)
{
  const lac_network *n = &k->network;
  const REAL *at = T(prepare)(k, of->sparse, x);
  lac_score sum = { .rows = of->rows->m };
  for (size_t first = 0, ld = 0; first < of->rows->m; first += n->block) {
    lac_slice s = slice(k, of, NULL, first, of->rows->m);
    T(forward)(k, &s, at, &ld);
    T(lac_slice_score)(&s, n->width[n->layers], n->a[n->layers].PRECISION, &sum);
  }
  return sum;
}

/* Rows that are right at every point of the attack, as they are in the data first. */
static uint64_t T(count_robust)(const model *k, const lac_class_rows *of, const double *x)
{
  const REAL *at = T(prepare)(k, 0, x);
  uint64_t robust = 0;
  for (size_t first = 0; first < of->rows->m; first += k->network.block) {
    uint8_t right[LAC_BLOCK];
    lac_slice s = slice(k, of, NULL, first, of->rows->m);
    memset(right, 1, sizeof right);
    T(attack_rows)(k, &s, at, k->attack, right);
    for (size_t r = 0; r < s.count; r++)
      robust += right[r];
  }
  return robust;
}
