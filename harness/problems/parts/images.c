/* images.c: the passes of cnn over a shard.  cnn.c includes this file once for each precision: REAL is its type, T(name) the name with the
   precision behind it, PRECISION the member of lac_reals. */

/* x in the precision of the network, which passes at x may follow. */
static const REAL *T(begin)(const model *k, const double *x)
{
  const REAL *at = T(lac_narrow)(k->d, 0, x, k->x.PRECISION);
  T(lac_convolution_begin)(&k->first, at);
  T(lac_convolution_begin)(&k->second, at);
  return at;
}

/* Images from `first` on that the second convolution takes at once. */
static size_t T(some)(const model *k, const lac_slice *s, size_t first)
{
  return s->count - first < k->second.most ? s->count - first : k->second.most;
}

/* Scores of a block; its images leave what the way back needs. */
static void T(forward)(const model *k, const lac_slice *s, const REAL *x)
{
  for (size_t r = 0; r < s->count; r++) {
    T(lac_slice_row)(s, r, k->image.PRECISION);
    T(lac_convolution_forward)(&k->first, x, 1, k->image.PRECISION, r);
  }
  for (size_t r = 0; r < s->count; r += k->second.most)
    T(lac_convolution_forward)(&k->second, x, T(some)(k, s, r), T(lac_convolution_result)(&k->first, r), r);
  T(lac_network_forward)(&k->network, s->count, x, k->second.result.PRECISION, k->network.width[0]);
}

/* From D_0: g += the gradient of images first..end by both convolutions. */
static void T(convolutions_backward)(const model *k, const lac_slice *s, size_t first, size_t end, REAL *g)
{
  for (size_t r = first; r < end; r += k->second.most) {
    size_t some = end - r < k->second.most ? end - r : k->second.most;
    REAL *delta = k->network.delta[0].PRECISION + r * k->network.width[0], *back = k->back.PRECISION;
    T(lac_convolution_backward)(&k->second, some, T(lac_convolution_result)(&k->first, r), r, delta, g, back);
    for (size_t i = 0; i < some; i++) {
      T(lac_slice_row)(s, r + i, k->image.PRECISION);
      T(lac_convolution_backward)(&k->first, 1, k->image.PRECISION, r + i, back + i * between(k), g, NULL);
    }
  }
  T(lac_convolution_end)(&k->second, g);
}

static void T(backward)(const model *k, const lac_slice *s, const REAL *x, REAL *g)
{
  T(lac_network_backward)(&k->network, s->count, x, k->second.result.PRECISION, k->network.width[0], 1, g);
  T(convolutions_backward)(k, s, 0, s->count, g);
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
    memset(one, 0, n->w[1] * sizeof *one);
    T(convolutions_backward)(k, s, r, r + 1, one);
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
  const REAL *at = T(begin)(k, x);
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
  const REAL *at = T(begin)(k, x);
  lac_score sum = { .rows = of->rows->m };
  for (size_t first = 0; first < of->rows->m; first += k->block) {
    lac_slice s = slice(k, of, NULL, first, of->rows->m);
    T(forward)(k, &s, at);
    T(lac_slice_score)(&s, n->width[n->layers], n->a[n->layers].PRECISION, &sum);
  }
  return sum;
}
