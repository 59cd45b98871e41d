/* network.c: the passes of mlp over a shard.  mlp.c includes this file once for each precision: REAL is its type, T(name) the name with the
   precision behind it, PRECISION the member of lac_reals. */

/* ---- element by element ---- */

/* Every row of Z += b. */
LAC_VECTORISED
static void T(add_bias)(size_t rows, size_t cols, const REAL *restrict b, REAL *restrict z)
{
  for (size_t r = 0; r < rows; r++, z += cols)
    for (size_t k = 0; k < cols; k++)
      z[k] += b[k];
}

/* g += the rows of D. */
LAC_VECTORISED
static void T(add_rows)(size_t rows, size_t cols, const REAL *restrict delta, REAL *restrict g)
{
  for (size_t r = 0; r < rows; r++, delta += cols)
    for (size_t k = 0; k < cols; k++)
      g[k] += delta[k];
}

LAC_VECTORISED
static void T(apply_tanh)(size_t count, REAL *restrict z)
{
  for (size_t i = 0; i < count; i++)
    z[i] = T(lac_tanh)(z[i]);
}

/* A NaN stays. */
LAC_VECTORISED
static void T(apply_relu)(size_t count, REAL *restrict z)
{
  for (size_t i = 0; i < count; i++)
    z[i] = z[i] < 0 ? 0 : z[i];
}

/* D *= phi'(z), which phi(z) = a tells. */
LAC_VECTORISED
static void T(times_slope)(int activation, size_t count, const REAL *restrict a, REAL *restrict delta)
{
  if (activation == TANH)
    for (size_t i = 0; i < count; i++)
      delta[i] *= 1 - a[i] * a[i];
  else
    for (size_t i = 0; i < count; i++)
      delta[i] = a[i] > 0 ? delta[i] : 0;
}

/* ---- a block: a0 is its dense rows, NULL for sparse ones ---- */

static void T(forward)(const network *n, const mlp_params *o, const lac_slice *s, const REAL *x, const REAL *a0, size_t ld)
{
  for (unsigned l = 1; l <= n->layers; l++) {
    size_t in = n->width[l - 1], out = n->width[l];
    const REAL *below = l > 1 ? n->a[l - 1].PRECISION : a0;
    REAL *z = n->a[l].PRECISION;
    if (below)
      T(lac_gemm)(CblasNoTrans, CblasTrans, s->count, out, in, below, l > 1 ? in : ld, x + n->w[l], in, 0, z, out);
    else
      T(lac_slice_times)(s, out, n->wt.PRECISION, z);
    T(add_bias)(s->count, out, x + n->b[l], z);
    if (l < n->layers)
      (o->activation == TANH ? T(apply_tanh) : T(apply_relu))(s->count * out, z);
  }
}

static void T(backward)(const network *n, const mlp_params *o, const lac_slice *s, const REAL *x, const REAL *a0, size_t ld, REAL *g)
{
  for (unsigned l = n->layers; l >= 1; l--) {
    size_t in = n->width[l - 1], out = n->width[l];
    const REAL *delta = l == n->layers ? n->a[l].PRECISION : n->delta[l].PRECISION, *below = l > 1 ? n->a[l - 1].PRECISION : a0;
    T(add_rows)(s->count, out, delta, g + n->b[l]);
    if (below)
      T(lac_gemm)(CblasTrans, CblasNoTrans, out, in, s->count, delta, out, below, l > 1 ? in : ld, 1, g + n->w[l], in);
    else
      T(lac_slice_add)(s, out, delta, n->gt.PRECISION);
    if (l > 1) {
      REAL *to = n->delta[l - 1].PRECISION;
      T(lac_gemm)(CblasNoTrans, CblasNoTrans, s->count, in, out, delta, out, x + n->w[l], in, 0, to, in);
      T(times_slope)(o->activation, s->count * in, below, to);
    }
  }
}

/* ---- a shard ---- */

/* x as the passes want it; sparse rows meet W_1 in panels. */
static const REAL *T(prepare)(const network *n, const lac_class_rows *of, const double *x)
{
  if (of->sparse)
    T(lac_panels_pack)(n->width[0], n->width[1], x + n->w[1], 1, n->width[0], n->wt.PRECISION);
  return T(lac_narrow)(parameters(n), of->sparse ? n->b[1] : 0, x, n->x.PRECISION);
}

/* Mean over `count` rows, all or listed, without the regulariser. */
static double T(mean_over)(const network *n, const mlp_params *o, const lac_class_rows *of, const uint32_t *list, size_t count,
                           const double *x, double *g)
{
  double share = count ? 1 / (double)count : 0, sum = 0;
  const REAL *at = T(prepare)(n, of, x);
  REAL *to = T(lac_sum_begin)(parameters(n), g, n->g.PRECISION);
  if (of->sparse)
    memset(n->gt.PRECISION, 0, T(lac_panels_size)(n->width[0], n->width[1]) * sizeof(REAL));
  for (size_t first = 0, ld = 0; first < count; first += n->block) {
    lac_slice s = slice(n, of, list, first, count);
    const REAL *a0 = of->sparse ? NULL : T(lac_slice_dense)(&s, n->a[0].PRECISION, &ld);
    T(forward)(n, o, &s, at, a0, ld);
    sum += T(lac_slice_softmax)(&s, n->width[n->layers], share, n->a[n->layers].PRECISION);
    T(backward)(n, o, &s, at, a0, ld, to);
  }
  T(lac_sum_end)(parameters(n), of->sparse ? n->b[1] : 0, to, g);
  if (of->sparse)
    T(lac_panels_unpack)(n->width[0], n->width[1], n->gt.PRECISION, 1, n->width[0], g + n->w[1]);
  return sum * share;
}

static lac_score T(score)(const network *n, const mlp_params *o, const lac_class_rows *of, const double *x)
{
  const REAL *at = T(prepare)(n, of, x);
  lac_score sum = { .rows = of->rows->m };
  for (size_t first = 0, ld = 0; first < of->rows->m; first += n->block) {
    lac_slice s = slice(n, of, NULL, first, of->rows->m);
    const REAL *a0 = of->sparse ? NULL : T(lac_slice_dense)(&s, n->a[0].PRECISION, &ld);
    T(forward)(n, o, &s, at, a0, ld);
    T(lac_slice_score)(&s, n->width[n->layers], n->a[n->layers].PRECISION, &sum);
  }
  return sum;
}
