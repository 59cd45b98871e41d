/* dense.c: the passes of fully connected layers.  network.c includes this file once for each precision: REAL is its type, T(name) the name
   with the precision behind it, PRECISION the member of lac_reals, ABS the absolute value. */

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

/* With e = exp(-|2u|), s is 1/(1 + e) or e/(1 + e), and s (1 - s) = e/(1 + e)^2.  Beyond 30, e is 0 in either precision, and z^3 could
   overflow.  2 sqrt(2/pi) = 1.5957691216057308. */
LAC_VECTORISED
static void T(apply_gelu)(size_t count, REAL *restrict z, REAL *restrict slope)
{
  const REAL twice = (REAL)1.5957691216057308, cubic = (REAL)0.044715, bend = (REAL)0.134145;
  for (size_t i = 0; i < count; i++) {
    REAL near = z[i] > 30 ? 30 : z[i] < -30 ? -30 : z[i], square = near * near;
    REAL u = twice * near * (1 + cubic * square), e = T(lac_exp_minus)(ABS(u)), part = 1 / (1 + e);
    REAL s = u < 0 ? e * part : part;
    slope[i] = s + near * (e * part) * part * twice * (1 + bend * square);
    z[i] *= s;
  }
}

void T(lac_activate)(int activation, size_t count, REAL *z, REAL *slope)
{
  if (activation == LAC_GELU)
    T(apply_gelu)(count, z, slope);
  else
    (activation == LAC_TANH ? T(apply_tanh) : T(apply_relu))(count, z);
}

LAC_VECTORISED
void T(lac_times_slope)(int activation, size_t count, const REAL *restrict a, const REAL *restrict slope, REAL *restrict delta)
{
  if (activation == LAC_GELU)
    for (size_t i = 0; i < count; i++)
      delta[i] *= slope[i];
  else if (activation == LAC_TANH)
    for (size_t i = 0; i < count; i++)
      delta[i] *= 1 - a[i] * a[i];
  else
    for (size_t i = 0; i < count; i++)
      delta[i] = a[i] > 0 ? delta[i] : 0;
}

/* ---- a block of rows ---- */

REAL *T(lac_network_first)(const lac_network *n) { return n->layers > 1 ? n->delta[1].PRECISION : n->a[1].PRECISION; }

void T(lac_network_forward)(const lac_network *n, size_t rows, const REAL *x, const REAL *a0, size_t ld)
{
  for (unsigned l = 1; l <= n->layers; l++) {
    size_t in = n->width[l - 1], out = n->width[l];
    const REAL *below = l > 1 ? n->a[l - 1].PRECISION : a0;
    REAL *z = n->a[l].PRECISION;
    if (below)
      T(lac_gemm)(CblasNoTrans, CblasTrans, rows, out, in, below, l > 1 ? in : ld, x + n->w[l], in, 0, z, out);
    T(add_bias)(rows, out, x + n->b[l], z);
    if (l < n->layers)
      T(lac_activate)(n->activation, rows * out, z, n->slope[l].PRECISION);
  }
}

/* D_l */
static REAL *T(delta_of)(const lac_network *n, unsigned l) { return l == n->layers ? n->a[l].PRECISION : n->delta[l].PRECISION; }

static void T(add_layer)(const lac_network *n, unsigned l, size_t rows, const REAL *a0, size_t ld, REAL *g)
{
  size_t in = n->width[l - 1], out = n->width[l];
  const REAL *delta = T(delta_of)(n, l), *below = l > 1 ? n->a[l - 1].PRECISION : a0;
  T(add_rows)(rows, out, delta, g + n->b[l]);
  if (below)
    T(lac_gemm)(CblasTrans, CblasNoTrans, out, in, rows, delta, out, below, l > 1 ? in : ld, 1, g + n->w[l], in);
}

void T(lac_network_gradient)(const lac_network *n, size_t rows, const REAL *a0, size_t ld, REAL *g)
{
  for (unsigned l = n->layers; l >= 1; l--)
    T(add_layer)(n, l, rows, a0, ld, g);
}

void T(lac_network_backward)(const lac_network *n, size_t rows, const REAL *x, const REAL *a0, size_t ld, int inwards, REAL *g)
{
  for (unsigned l = n->layers; l >= 1; l--) {
    size_t in = n->width[l - 1], out = n->width[l];
    const REAL *delta = T(delta_of)(n, l), *below = l > 1 ? n->a[l - 1].PRECISION : a0;
    REAL *to = n->delta[l - 1].PRECISION;
    if (g)
      T(add_layer)(n, l, rows, a0, ld, g);
    if (l > 1 || inwards)
      T(lac_gemm)(CblasNoTrans, CblasNoTrans, rows, in, out, delta, out, x + n->w[l], in, 0, to, in);
    if (l > 1)
      T(lac_times_slope)(n->activation, rows * in, below, n->slope[l - 1].PRECISION, to);
  }
}

/* ---- rows by themselves ---- */

void T(lac_network_norms)(const lac_network *n, size_t rows, const double *input_sq, double *norm_sq)
{
  double delta_sq[LAC_BLOCK], below_sq[LAC_BLOCK];
  for (unsigned l = 1; l <= n->layers; l++) {
    T(lac_row_squares)(rows, n->width[l], T(delta_of)(n, l), n->width[l], delta_sq);
    if (l > 1)
      T(lac_row_squares)(rows, n->width[l - 1], n->a[l - 1].PRECISION, n->width[l - 1], below_sq);
    for (size_t r = 0; r < rows; r++)
      norm_sq[r] += delta_sq[r] * ((l > 1 ? below_sq[r] : input_sq[r]) + 1);
  }
}

LAC_VECTORISED
static void T(weigh_rows)(size_t rows, size_t cols, const double *restrict factor, REAL *restrict delta)
{
  for (size_t r = 0; r < rows; r++, delta += cols)
    for (size_t k = 0; k < cols; k++)
      delta[k] *= (REAL)factor[r];
}

void T(lac_network_weigh)(const lac_network *n, size_t rows, const double *factor)
{
  for (unsigned l = 1; l <= n->layers; l++)
    T(weigh_rows)(rows, n->width[l], factor, T(delta_of)(n, l));
}
