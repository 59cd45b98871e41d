/* maps.c: the passes of a convolution over images.  convolution.c includes this file once for each precision: REAL is its type, T(name)
   the name with the precision behind it, PRECISION the member of lac_reals. */

/* ---- images in planes ---- */

/* Number (y, x) of an image in its planes. */
#define IN_PLANES(planes, y, x) ((planes) + ((((y) % 2 * 2 + (x) % 2) * (c->wide / 2) + (y) / 2) * (c->wide / 2) + (x) / 2))

/* The zeros around it are there from the beginning. */
LAC_VECTORISED
static void T(split_images)(const lac_convolution *c, size_t count, const REAL *restrict image, REAL *restrict planes)
{
  for (size_t k = 0; k < count * c->in; k++, planes += c->wide * c->wide)
    for (size_t y = 0; y < c->side; y++, image += c->side) {
      REAL *even = IN_PLANES(planes, y + c->pad, c->pad), *odd = IN_PLANES(planes, y + c->pad, c->pad + 1);
      for (size_t x = 0; x < c->side / 2; x++) {
        even[x] = image[2 * x];
        odd[x] = image[2 * x + 1];
      }
    }
}

LAC_VECTORISED
static void T(join_images)(const lac_convolution *c, size_t count, const REAL *restrict planes, REAL *restrict image)
{
  for (size_t k = 0; k < count * c->in; k++, planes += c->wide * c->wide)
    for (size_t y = 0; y < c->side; y++, image += c->side) {
      const REAL *even = IN_PLANES(planes, y + c->pad, c->pad), *odd = IN_PLANES(planes, y + c->pad, c->pad + 1);
      for (size_t x = 0; x < c->side / 2; x++) {
        image[2 * x] = even[x];
        image[2 * x + 1] = odd[x];
      }
    }
}

/* P, its columns in the order of planes.  What a vector writes behind a row, the next row overwrites. */
LAC_VECTORISED
static void T(take_columns)(const lac_convolution *c, const REAL *planes, REAL *columns)
{
  for (size_t row = 0; row < LAC_TAPS * PLACES; row++) {
    size_t tap = row / PLACES, place = row % PLACES, i = tap / WINDOW + place / 2, j = tap % WINDOW + place % 2;
    const REAL *from = IN_PLANES(planes, i, j);
    for (size_t y = 0; y < c->pooled; y++, from += c->wide / 2, columns += c->pooled)
      for (size_t x = 0; x < c->pooled; x += LANES)
        memcpy(columns + x, from + x, LANES * sizeof *from);
  }
}

/* ---- pooling ---- */

/* The first largest of every window, a NaN being the largest; which it is, and its bias added. */
LAC_VECTORISED
static void T(pool_max)(size_t channels, size_t size, const REAL *restrict z, const REAL *restrict b, REAL *restrict result,
                        REAL *restrict mark)
{
  for (size_t o = 0; o < channels; o++, z += PLACES * size, result += size, mark += size)
    for (size_t k = 0; k < size; k++) {
      REAL most = z[k], which = 0;
      for (size_t place = 1; place < PLACES; place++) {
        REAL other = z[place * size + k];
        int larger = (other > most) | (other != other);
        most = larger ? other : most;
        which = larger ? (REAL)place : which;
      }
      result[k] = most + b[o];
      mark[k] = which;
    }
}

LAC_VECTORISED
static void T(spread_max)(size_t channels, size_t size, const REAL *restrict delta, const REAL *restrict mark, REAL *restrict z)
{
  for (size_t o = 0; o < channels; o++, delta += size, mark += size)
    for (size_t place = 0; place < PLACES; place++, z += size)
      for (size_t k = 0; k < size; k++)
        z[k] = mark[k] == (REAL)place ? delta[k] : 0;
}

LAC_VECTORISED
static void T(pool_mean)(size_t channels, size_t size, const REAL *restrict a, REAL *restrict result)
{
  for (size_t o = 0; o < channels; o++, a += PLACES * size, result += size)
    for (size_t k = 0; k < size; k++)
      result[k] = (REAL)0.25 * ((a[k] + a[size + k]) + (a[2 * size + k] + a[3 * size + k]));
}

LAC_VECTORISED
static void T(spread_mean)(size_t channels, size_t size, const REAL *restrict delta, REAL *restrict z)
{
  for (size_t o = 0; o < channels; o++, delta += size)
    for (size_t place = 0; place < PLACES; place++, z += size)
      for (size_t k = 0; k < size; k++)
        z[k] = (REAL)0.25 * delta[k];
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

/* ---- some images ---- */

void T(lac_convolution_begin)(const lac_convolution *c, const REAL *x)
{
  if (c->many)
    T(lac_winograd_taps)(&c->tiles, x + c->c);
}

REAL *T(lac_convolution_result)(const lac_convolution *c, size_t at) { return c->result.PRECISION + at * results(c); }

/* From Z to the result. */
static void T(finish_forward)(const lac_convolution *c, const REAL *x, size_t at, REAL *z)
{
  size_t size = windows(c);
  REAL *result = T(lac_convolution_result)(c, at);
  if (c->pool == LAC_POOL_MAX) {
    T(pool_max)(c->out, size, z, x + c->b, result, c->mark.PRECISION + at * marks(c));
    T(lac_activate)(c->activation, results(c), result, NULL);
  } else {
    T(add_channel_bias)(c->out, PLACES * size, x + c->b, z);
    T(lac_activate)(c->activation, places(c), z, NULL);
    T(pool_mean)(c->out, size, z, result);
  }
}

void T(lac_convolution_forward)(const lac_convolution *c, const REAL *x, size_t count, const REAL *images, size_t at)
{
  size_t size = PLACES * windows(c);
  REAL *z = c->pool == LAC_POOL_MAX ? c->z.PRECISION : c->mark.PRECISION + at * marks(c);
  T(split_images)(c, count, images, c->padded.PRECISION);
  if (c->many)
    T(lac_winograd_forward)(&c->tiles, count, c->padded.PRECISION, z);
  else {
    T(take_columns)(c, c->padded.PRECISION, c->columns.PRECISION);
    T(lac_gemm)(CblasNoTrans, CblasNoTrans, c->out, size, LAC_TAPS, x + c->c, LAC_TAPS, c->columns.PRECISION, size, 0, z, size);
  }
  for (size_t r = 0; r < count; r++)
    T(finish_forward)(c, x, at + r, z + r * places(c));
}

/* From the gradient by the result to that by Z, and by the bias on the way. */
static void T(begin_backward)(const lac_convolution *c, size_t at, REAL *delta, REAL *g, REAL *z)
{
  size_t size = windows(c);
  const REAL *mark = c->mark.PRECISION + at * marks(c);
  if (c->pool == LAC_POOL_MAX) {
    T(lac_times_slope)(c->activation, results(c), T(lac_convolution_result)(c, at), NULL, delta);
    T(add_channel_sums)(c->out, size, delta, g + c->b);
    T(spread_max)(c->out, size, delta, mark, z);
  } else {
    T(spread_mean)(c->out, size, delta, z);
    T(lac_times_slope)(c->activation, places(c), mark, NULL, z);
    T(add_channel_sums)(c->out, PLACES * size, z, g + c->b);
  }
}

void T(lac_convolution_backward)(const lac_convolution *c, size_t count, const REAL *images, size_t at, REAL *delta, REAL *g, REAL *back)
{
  size_t size = PLACES * windows(c);
  REAL *z = c->z.PRECISION;
  for (size_t r = 0; r < count; r++)
    T(begin_backward)(c, at + r, delta + r * results(c), g, z + r * places(c));
  T(split_images)(c, count, images, c->padded.PRECISION);
  if (c->many) {
    T(lac_winograd_backward)(&c->tiles, count, c->padded.PRECISION, z, c->back.PRECISION);
    T(join_images)(c, count, c->back.PRECISION, back);
  } else {
    T(take_columns)(c, c->padded.PRECISION, c->columns.PRECISION);
    T(lac_gemm)(CblasNoTrans, CblasTrans, c->out, LAC_TAPS, size, z, size, c->columns.PRECISION, size, 1, g + c->c, LAC_TAPS);
  }
}

void T(lac_convolution_end)(const lac_convolution *c, REAL *g)
{
  if (c->many)
    T(lac_winograd_collect)(&c->tiles, g + c->c);
}
