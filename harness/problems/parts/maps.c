/* maps.c: the passes of a convolution over an image.  convolution.c includes this file once for each precision: REAL is its type, WHOLE a
   whole number of that size, T(name) the name with the precision behind it, PRECISION the member of lac_reals. */

typedef REAL T(vec) __attribute__((vector_size(LANES * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
typedef WHOLE T(mask) __attribute__((vector_size(LANES * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

/* ---- images and the columns of P ---- */

/* The zeros around it are there from the beginning. */
static void T(pad_image)(const lac_convolution *c, const REAL *image, REAL *padded)
{
  padded += c->pad * c->wide + c->pad;
  for (size_t k = 0; k < c->in; k++, padded += c->wide * c->wide)
    for (size_t y = 0; y < c->side; y++, image += c->side)
      memcpy(padded + y * c->wide, image, c->side * sizeof *image);
}

static void T(crop_image)(const lac_convolution *c, const REAL *padded, REAL *image)
{
  padded += c->pad * c->wide + c->pad;
  for (size_t k = 0; k < c->in; k++, padded += c->wide * c->wide)
    for (size_t y = 0; y < c->side; y++, image += c->side)
      memcpy(image, padded + y * c->wide, c->side * sizeof *image);
}

/* What a vector writes behind a row, the next row overwrites. */
LAC_VECTORISED
static void T(take_columns)(const lac_convolution *c, const REAL *padded, REAL *columns)
{
  for (size_t row = 0; row < LAC_TAPS * c->in; row++) {
    const REAL *from = padded + (row / LAC_TAPS * c->wide + row / WINDOW % WINDOW) * c->wide + row % WINDOW;
    for (size_t y = 0; y < c->across; y++, from += c->wide, columns += c->across)
      for (size_t x = 0; x < c->across; x += LANES)
        memcpy(columns + x, from + x, LANES * sizeof *from);
  }
}

/* Adds them back to where they were taken from.  Of the vector that ends a row, what is behind the row counts as 0. */
LAC_VECTORISED
static void T(add_columns)(const lac_convolution *c, const REAL *columns, REAL *padded)
{
  size_t whole = (c->across - 1) / LANES * LANES;
  T(mask) last;
  for (size_t k = 0; k < LANES; k++)
    last[k] = whole + k < c->across ? -1 : 0;
  for (size_t row = 0; row < LAC_TAPS * c->in; row++) {
    REAL *to = padded + (row / LAC_TAPS * c->wide + row / WINDOW % WINDOW) * c->wide + row % WINDOW;
    for (size_t y = 0; y < c->across; y++, to += c->wide, columns += c->across) {
      for (size_t x = 0; x < whole; x += LANES)
        *(T(vec) *)(to + x) += *(const T(vec) *)(columns + x);
      *(T(vec) *)(to + whole) += (T(vec))(*(const T(mask) *)(columns + whole) & last);
    }
  }
}

/* ---- pooling ---- */

/* A row of windows is two rows of Z, top and below, and often shorter than a vector: a vector goes on into the next row, which writes its
   own results later.  Where fewer than LANES results are left, there are loops. */

static inline __attribute__((always_inline)) void T(choose)(T(mask) which, T(vec) yes, T(vec) *to)
{
  *to = (T(vec))((which & (T(mask))yes) | (~which & (T(mask))*to));
}

/* In the order of rows; a NaN is the largest. */
static inline __attribute__((always_inline))
void T(compare)(T(vec) other, REAL number, T(vec) *most, T(vec) *which)
{
  T(mask) larger = (T(mask))(other > *most) | (T(mask))(other != other);
  T(choose)(larger, other, most);
  T(choose)(larger, (T(vec)){ 0 } + number, which);
}

static inline __attribute__((always_inline))
void T(pool_vector)(const REAL *top, const REAL *below, REAL bias, REAL *result, REAL *mark)
{
  T(vec) a = *(const T(vec) *)top, b = *(const T(vec) *)(top + LANES), c = *(const T(vec) *)below, e = *(const T(vec) *)(below + LANES);
  T(vec) most = EVEN(a, b), which = { 0 };
  T(compare)(ODD(a, b), 1, &most, &which);
  T(compare)(EVEN(c, e), 2, &most, &which);
  T(compare)(ODD(c, e), 3, &most, &which);
  *(T(vec) *)result = most + bias;
  *(T(vec) *)mark = which;
}

static void T(pool_rest)(size_t count, const REAL *top, const REAL *below, REAL bias, REAL *result, REAL *mark)
{
  for (size_t x = 0; x < count; x++) {
    REAL most = top[2 * x], other[] = { top[2 * x + 1], below[2 * x], below[2 * x + 1] }, which = 0;
    for (int k = 0; k < 3; k++) {
      int larger = (other[k] > most) | (other[k] != other[k]);
      most = larger ? other[k] : most;
      which = larger ? (REAL)(k + 1) : which;
    }
    result[x] = most + bias;
    mark[x] = which;
  }
}

/* The first largest of every window, which it is, and its bias added. */
LAC_VECTORISED
static void T(pool_max)(size_t channels, size_t pooled, const REAL *z, const REAL *b, REAL *result, REAL *mark)
{
  size_t left = channels * pooled * pooled;
  for (size_t row = 0; row < channels * pooled; row++, z += 4 * pooled, result += pooled, mark += pooled, left -= pooled) {
    size_t x = 0;
    for (; x < pooled && x + LANES <= left; x += LANES)
      T(pool_vector)(z + 2 * x, z + 2 * (pooled + x), b[row / pooled], result + x, mark + x);
    if (x < pooled)
      T(pool_rest)(pooled - x, z + 2 * x, z + 2 * (pooled + x), b[row / pooled], result + x, mark + x);
  }
}

/* What goes to number k and k + 1 of the windows: two vectors of a row of Z. */
static inline __attribute__((always_inline))
void T(spread_vector)(const REAL *delta, const REAL *mark, REAL k, REAL *z)
{
  T(vec) d = *(const T(vec) *)delta, m = *(const T(vec) *)mark, left = { 0 }, right = { 0 };
  T(choose)((T(mask))(m == k), d, &left);
  T(choose)((T(mask))(m == k + 1), d, &right);
  *(T(vec) *)z = IN_TURNS_LOWER(left, right);
  *(T(vec) *)(z + LANES) = IN_TURNS_UPPER(left, right);
}

LAC_VECTORISED
static void T(spread_max)(size_t rows, size_t pooled, const REAL *delta, const REAL *mark, REAL *z)
{
  size_t left = rows * pooled;
  for (size_t y = 0; y < rows; y++, z += 4 * pooled, delta += pooled, mark += pooled, left -= pooled)
    for (size_t half = 0; half < 2; half++) {
      REAL *to = z + half * 2 * pooled, number = (REAL)(2 * half);
      size_t x = 0;
      for (; x < pooled && x + LANES <= left; x += LANES)
        T(spread_vector)(delta + x, mark + x, number, to + 2 * x);
      for (; x < pooled; x++) {
        to[2 * x] = mark[x] == number ? delta[x] : 0;
        to[2 * x + 1] = mark[x] == number + 1 ? delta[x] : 0;
      }
    }
}

LAC_VECTORISED
static void T(pool_mean)(size_t rows, size_t pooled, const REAL *restrict a, REAL *restrict result)
{
  for (size_t y = 0; y < rows; y++, a += 4 * pooled, result += pooled)
    for (size_t x = 0; x < pooled; x++)
      result[x] = (REAL)0.25 * ((a[2 * x] + a[2 * x + 1]) + (a[2 * pooled + 2 * x] + a[2 * pooled + 2 * x + 1]));
}

LAC_VECTORISED
static void T(spread_mean)(size_t rows, size_t pooled, const REAL *restrict delta, REAL *restrict z)
{
  for (size_t y = 0; y < rows; y++, z += 4 * pooled, delta += pooled)
    for (size_t x = 0; x < pooled; x++)
      z[2 * x] = z[2 * x + 1] = z[2 * pooled + 2 * x] = z[2 * pooled + 2 * x + 1] = (REAL)0.25 * delta[x];
}

/* ---- channels ---- */

LAC_VECTORISED
static void T(add_channel_bias)(size_t channels, size_t size, const REAL *restrict b, REAL *restrict z)
{
  for (size_t o = 0; o < channels; o++, z += size)
    for (size_t k = 0; k < size; k++)
      z[k] += b[o];
}

/* g_o += the sum of channel o, in LANES partial sums. */
LAC_VECTORISED
static void T(add_channel_sums)(size_t channels, size_t size, const REAL *restrict delta, REAL *restrict g)
{
  for (size_t o = 0; o < channels; o++, delta += size) {
    REAL lane[LANES] = { 0 }, rest = 0;
    size_t k = 0;
    for (; k + LANES <= size; k += LANES)
      for (size_t l = 0; l < LANES; l++)
        lane[l] += delta[k + l];
    for (; k < size; k++)
      rest += delta[k];
    g[o] += ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])) + rest;
  }
}

/* ---- an image ---- */

REAL *T(lac_convolution_result)(const lac_convolution *c, size_t at) { return c->result.PRECISION + at * results(c); }

void T(lac_convolution_forward)(const lac_convolution *c, const REAL *x, const REAL *image, size_t at)
{
  size_t size = places(c), depth = LAC_TAPS * c->in;
  REAL *result = T(lac_convolution_result)(c, at), *mark = c->mark.PRECISION + at * marks(c);
  REAL *z = c->pool == LAC_POOL_MAX ? c->z.PRECISION : mark, *columns = c->columns.PRECISION;
  T(pad_image)(c, image, c->padded.PRECISION);
  T(take_columns)(c, c->padded.PRECISION, columns);
  T(lac_gemm)(CblasNoTrans, CblasNoTrans, c->out, size, depth, x + c->c, depth, columns, size, 0, z, size);
  if (c->pool == LAC_POOL_MAX) {
    T(pool_max)(c->out, c->pooled, z, x + c->b, result, mark);
    T(lac_activate)(c->activation, results(c), result, NULL);
  } else {
    T(add_channel_bias)(c->out, size, x + c->b, z);
    T(lac_activate)(c->activation, c->out * size, z, NULL);
    T(pool_mean)(c->out * c->pooled, c->pooled, z, result);
  }
}

/* From the gradient by the result to that by Z, and by the bias on the way. */
static void T(backward_to_z)(const lac_convolution *c, size_t at, REAL *delta, REAL *g)
{
  const REAL *result = T(lac_convolution_result)(c, at), *mark = c->mark.PRECISION + at * marks(c);
  REAL *z = c->z.PRECISION;
  if (c->pool == LAC_POOL_MAX) {
    T(lac_times_slope)(c->activation, results(c), result, NULL, delta);
    T(add_channel_sums)(c->out, c->pooled * c->pooled, delta, g + c->b);
    T(spread_max)(c->out * c->pooled, c->pooled, delta, mark, z);
  } else {
    T(spread_mean)(c->out * c->pooled, c->pooled, delta, z);
    T(lac_times_slope)(c->activation, c->out * places(c), mark, NULL, z);
    T(add_channel_sums)(c->out, places(c), z, g + c->b);
  }
}

void T(lac_convolution_backward)(const lac_convolution *c, const REAL *x, const REAL *image, size_t at, REAL *delta, REAL *g, REAL *back)
{
  size_t size = places(c), depth = LAC_TAPS * c->in;
  REAL *z = c->z.PRECISION, *columns = c->columns.PRECISION, *gathered = c->back.PRECISION;
  T(backward_to_z)(c, at, delta, g);
  T(pad_image)(c, image, c->padded.PRECISION);
  T(take_columns)(c, c->padded.PRECISION, columns);
  T(lac_gemm)(CblasNoTrans, CblasTrans, c->out, depth, size, z, size, columns, size, 1, g + c->c, depth);
  if (!back)
    return;
  T(lac_gemm)(CblasTrans, CblasNoTrans, depth, size, c->out, x + c->c, depth, z, size, 0, columns, size);
  memset(gathered, 0, padded_size(c) * sizeof *gathered);
  T(add_columns)(c, columns, gathered);
  T(crop_image)(c, gathered, back);
}
