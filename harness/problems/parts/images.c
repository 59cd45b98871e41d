/* images.c: the passes of cnn over a shard.  cnn.c includes this file once for each precision: REAL is its type, T(name) the name with the
   precision behind it, PRECISION the member of lac_reals. */

/* Scores of a block; its images leave what the way back needs. */
static void T(forward)(const model *k, const lac_slice *s, const REAL *x)
{
  for (size_t r = 0; r < s->count; r++) {
    T(lac_slice_row)(s, r, k->image.PRECISION);
    T(lac_convolution_forward)(&k->first, x, k->image.PRECISION, r);
    T(lac_convolution_forward)(&k->second, x, T(lac_convolution_result)(&k->first, r), r);
  }
  T(lac_network_forward)(&k->network, s->count, x, k->second.result.PRECISION, k->network.width[0]);
}

static void T(backward)(const model *k, const lac_slice *s, const REAL *x, REAL *g)
{
  size_t width = k->network.width[0];
  T(lac_network_backward)(&k->network, s->count, x, k->second.result.PRECISION, width, 1, g);
  for (size_t r = 0; r < s->count; r++) {
    REAL *delta = k->network.delta[0].PRECISION + r * width, *back = k->back.PRECISION;
    T(lac_convolution_backward)(&k->second, x, T(lac_convolution_result)(&k->first, r), r, delta, g, back);
    T(lac_slice_row)(s, r, k->image.PRECISION);
    T(lac_convolution_backward)(&k->first, x, k->image.PRECISION, r, back, g, NULL);
  }
}

/* Image r of a block: `one` = the gradient by both convolutions, from D_0. */
static void T(one_image)(const model *k, const lac_slice *s, size_t r, const REAL *x, REAL *one)
{
  REAL *delta = k->network.delta[0].PRECISION + r * k->network.width[0], *back = k->back.PRECISION;
  memset(one, 0, k->network.w[1] * sizeof *one);
  T(lac_convolution_backward)(&k->second, x, T(lac_convolution_result)(&k->first, r), r, delta, one, back);
  T(lac_slice_row)(s, r, k->image.PRECISION);
  T(lac_convolution_backward)(&k->first, x, k->image.PRECISION, r, back, one, NULL);
}

/* The way back of a block whose images are clipped, from D_L of single ones. */
static void T(clip_images)(const model *k, const lac_slice *s, const REAL *x, double share, double most, REAL *g)
{
  const lac_network *n = &k->network;
  const REAL *inputs = k->second.result.PRECISION;
  REAL *one = k->one.PRECISION;
  double input_sq[LAC_BLOCK], factor[LAC_BLOCK] = { 0 }, own;
  T(lac_row_squares)(s->count, n->width[0], inputs, n->width[0], input_sq);
  T(lac_network_backward)(n, s->count, x, inputs, n->width[0], 1, NULL);
  T(lac_network_norms)(n, s->count, input_sq, factor);
  for (size_t r = 0; r < s->count; r++) {
    T(one_image)(k, s, r, x, one);
    T(lac_row_squares)(1, n->w[1], one, 0, &own);
    factor[r] += own;
    lac_clip_factors(1, share, most, &factor[r]);
    for (size_t j = 0; j < n->w[1]; j++)
      g[j] += (REAL)factor[r] * one[j];
  }
  T(lac_network_weigh)(n, s->count, factor);
  T(lac_network_gradient)(n, s->count, inputs, n->width[0], g);
}

/* Mean over `count` rows, all or listed; of each row's own gradient at most that length (INFINITY: all of it). */
static double T(mean_over)(const model *k, const lac_class_rows *of, const uint32_t *list, size_t count, const double *x, double most,
                           double *g)
{
  const lac_network *n = &k->network;
  double share = count ? 1 / (double)count : 0, sum = 0;
  const REAL *at = T(lac_narrow)(k->d, 0, x, k->x.PRECISION);
  REAL *to = T(lac_sum_begin)(k->d, 0, g, k->g.PRECISION);
  for (size_t first = 0; first < count; first += k->block) {
    lac_pulse();
    lac_slice s = slice(k, of, list, first, count);
    if (first && first % (PART * k->block) == 0)
      T(lac_sum_end)(k->d, 0, first > PART * k->block, to, g);
    T(forward)(k, &s, at);
    sum += T(lac_slice_softmax)(&s, n->width[n->layers], isinf(most) ? share : 1, n->a[n->layers].PRECISION);
    if (isinf(most))
      T(backward)(k, &s, at, to);
    else
      T(clip_images)(k, &s, at, share, most, to);
  }
  T(lac_sum_end)(k->d, 0, count > PART * k->block, to, g);
  return sum * share;
}

static lac_score T(score)(const model *k, const lac_class_rows *of, const double *x)
{
  const lac_network *n = &k->network;
  const REAL *at = T(lac_narrow)(k->d, 0, x, k->x.PRECISION);
  lac_score sum = { .rows = of->rows->m };
  for (size_t first = 0; first < of->rows->m; first += k->block) {
    lac_slice s = slice(k, of, NULL, first, of->rows->m);
    T(forward)(k, &s, at);
    T(lac_slice_score)(&s, n->width[n->layers], n->a[n->layers].PRECISION, &sum);
  }
  return sum;
}
