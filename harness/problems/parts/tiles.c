/* tiles.c: the passes of winograd.h.  winograd.c includes this file once for each precision: REAL is its type, WHOLE a whole number of that
   size, T(name) the name with the precision behind it, PRECISION the member of lac_reals, EPSILON the distance from 1 to
   the next number, SQRT the root.

   A vector has an entry of LANES tiles or filters.  What it holds behind the end of a row is of no use, and goes where the next row is
   written later. */

typedef REAL T(vec) __attribute__((vector_size(LANES * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
typedef WHOLE T(mask) __attribute__((vector_size(LANES * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

/* ---- six numbers, `s` apart ---- */

#define NEAR ((REAL)0.70710678118654752440)
#define FAR ((REAL)1.41421356237309504880)

/* B' */
INLINE void T(fit)(T(vec) *v, size_t s)
{
  T(vec) a = v[0], b = v[s], c = v[2 * s], d = v[3 * s], e = v[4 * s], f = v[5 * s];
  T(vec) even = e - 2 * c, odd = NEAR * (d - 2 * b), more = e - (REAL)0.5 * c, less = FAR * (d - (REAL)0.5 * b);
  v[0] = a - (REAL)2.5 * c + e;
  v[s] = even + odd;
  v[2 * s] = even - odd;
  v[3 * s] = more + less;
  v[4 * s] = more - less;
  v[5 * s] = b - (REAL)2.5 * d + f;
}

/* B */
INLINE void T(fit_back)(T(vec) *v, size_t s)
{
  T(vec) a = v[0], f = v[5 * s], even = v[s] + v[2 * s], odd = NEAR * (v[s] - v[2 * s]);
  T(vec) more = v[3 * s] + v[4 * s], less = FAR * (v[3 * s] - v[4 * s]);
  v[0] = a;
  v[s] = f - 2 * odd - (REAL)0.5 * less;
  v[2 * s] = (REAL)-2.5 * a - 2 * even - (REAL)0.5 * more;
  v[3 * s] = odd + less - (REAL)2.5 * f;
  v[4 * s] = a + even + more;
  v[5 * s] = f;
}

/* A': six to two */
INLINE void T(read_off)(T(vec) *v, size_t s)
{
  T(vec) first = v[0] + (v[s] + v[2 * s]) + (v[3 * s] + v[4 * s]);
  v[s] = NEAR * (v[s] - v[2 * s]) + FAR * (v[3 * s] - v[4 * s]) + v[5 * s];
  v[0] = first;
}

/* A */
INLINE void T(read_off_back)(T(vec) *v, size_t s)
{
  T(vec) a = v[0], b = v[s], near = NEAR * b, far = FAR * b;
  v[s] = a + near;
  v[2 * s] = a - near;
  v[3 * s] = a + far;
  v[4 * s] = a - far;
  v[5 * s] = b;
}

/* G: five to six */
INLINE void T(evaluate)(T(vec) *v, size_t s)
{
  T(vec) a = v[0], b = v[s], c = v[2 * s], d = v[3 * s], e = v[4 * s];
  T(vec) even = (REAL)(-2.0 / 3) * (a + (REAL)0.5 * c + (REAL)0.25 * e), odd = (REAL)(-2.0 / 3) * NEAR * (b + (REAL)0.5 * d);
  T(vec) more = (REAL)(1.0 / 6) * (a + 2 * c + 4 * e), less = (REAL)(1.0 / 6) * FAR * (b + 2 * d);
  v[s] = even + odd;
  v[2 * s] = even - odd;
  v[3 * s] = more + less;
  v[4 * s] = more - less;
  v[5 * s] = e;
}

/* G' */
INLINE void T(evaluate_back)(T(vec) *v, size_t s)
{
  T(vec) even = (REAL)(-2.0 / 3) * (v[s] + v[2 * s]), odd = (REAL)(-2.0 / 3) * NEAR * (v[s] - v[2 * s]);
  T(vec) more = (REAL)(1.0 / 6) * (v[3 * s] + v[4 * s]), less = (REAL)(1.0 / 6) * FAR * (v[3 * s] - v[4 * s]);
  v[0] += even + more;
  v[s] = odd + less;
  v[2 * s] = (REAL)0.5 * even + 2 * more;
  v[3 * s] = (REAL)0.5 * odd + 2 * less;
  v[4 * s] = (REAL)0.25 * even + 4 * more + v[5 * s];
}

/* ---- all entries of some tiles or filters ---- */

INLINE void T(load)(const REAL *from, size_t plane, T(vec) *v)
{
  for (size_t i = 0; i < SIDE; i++, from += SIDE * plane)
    for (size_t j = 0; j < SIDE; j++)
      v[i * SIDE + j] = *(const T(vec) *)(from + j * plane);
}

INLINE void T(store)(const T(vec) *v, REAL *to, size_t plane)
{
  for (size_t i = 0; i < SIDE; i++, to += SIDE * plane)
    for (size_t j = 0; j < SIDE; j++)
      *(T(vec) *)(to + j * plane) = v[i * SIDE + j];
}

/* The square of a tile: its first `side` rows and columns. */
INLINE void T(store_square)(const T(vec) *tile, size_t side, REAL *to)
{
  T(vec) sum = { 0 };
  for (size_t i = 0; i < side; i++)
    for (size_t j = 0; j < side; j++)
      sum += tile[i * SIDE + j] * tile[i * SIDE + j];
  *(T(vec) *)to = sum;
}

LAC_VECTORISED
static void T(make_inputs)(const lac_winograd *w, size_t count, const REAL *images, REAL *v)
{
  T(vec) tile[ENTRIES];
  for (size_t k = 0; k < w->in; k++)
    for (size_t r = 0; r < count; r++)
      for (size_t y = 0; y < w->tiles; y++, v += w->tiles) {
        const REAL *row = images + (4 * (r * w->in + k) * w->half + y) * w->half;
        for (size_t x = 0; x < w->tiles; x += LANES) {
          for (size_t i = 0; i < SIDE; i++)
            for (size_t j = 0; j < SIDE; j++)
              tile[i * SIDE + j] = *(const T(vec) *)(row + x + pixel(w, i, j));
          T(store_square)(tile, SIDE, v + x + ENTRIES * input_plane(w));
          BOTH_WAYS(T(fit), SIDE, SIDE, tile);
          T(store)(tile, v + x, input_plane(w));
        }
      }
}

/* Its transpose.  Tiles behind the end of a row count as 0. */
LAC_VECTORISED
static void T(add_inputs)(const lac_winograd *w, size_t count, const REAL *v, REAL *back)
{
  T(vec) tile[ENTRIES];
  for (size_t k = 0; k < w->in; k++)
    for (size_t r = 0; r < count; r++)
      for (size_t y = 0; y < w->tiles; y++, v += w->tiles) {
        REAL *row = back + (4 * (r * w->in + k) * w->half + y) * w->half;
        for (size_t x = 0; x < w->tiles; x += LANES) {
          T(mask) inside;
          for (size_t l = 0; l < LANES; l++)
            inside[l] = x + l < w->tiles ? -1 : 0;
          T(load)(v + x, input_plane(w), tile);
          BOTH_WAYS(T(fit_back), SIDE, SIDE, tile);
          for (size_t i = 0; i < SIDE; i++)
            for (size_t j = 0; j < SIDE; j++)
              *(T(vec) *)(row + x + pixel(w, i, j)) += (T(vec))((T(mask))tile[i * SIDE + j] & inside);
        }
      }
}

/* From the last tiles to the first: planes follow one another. */
LAC_VECTORISED
static void T(make_outputs)(const lac_winograd *w, size_t count, const REAL *m, REAL *z)
{
  T(vec) tile[ENTRIES];
  size_t size = tiles(w);
  for (size_t r = 0; r < count; r++)
    for (size_t o = 0; o < w->out; o++, z += 4 * size)
      for (size_t t = (size + LANES - 1) / LANES * LANES; t > 0;) {
        t -= LANES;
        T(load)(m + (o * count + r) * size + t, output_plane(w), tile);
        BOTH_WAYS(T(read_off), SIDE, 2, tile);
        for (size_t k = 0; k < 4; k++)
          *(T(vec) *)(z + k * size + t) = tile[k / 2 * SIDE + k % 2];
      }
}

LAC_VECTORISED
static void T(take_outputs)(const lac_winograd *w, size_t count, const REAL *z, REAL *m)
{
  T(vec) tile[ENTRIES];
  size_t size = tiles(w);
  for (size_t o = 0; o < w->out; o++)
    for (size_t r = 0; r < count; r++, m += size)
      for (size_t t = 0; t < size; t += LANES) {
        for (size_t k = 0; k < 4; k++)
          tile[k / 2 * SIDE + k % 2] = *(const T(vec) *)(z + (4 * (r * w->out + o) + k) * size + t);
        T(store_square)(tile, 2, m + t + ENTRIES * output_plane(w));
        BOTH_WAYS(T(read_off_back), 2, SIDE, tile);
        T(store)(tile, m + t, output_plane(w));
      }
}

LAC_VECTORISED
void T(lac_winograd_taps)(const lac_winograd *w, const REAL *c)
{
  T(vec) filter[ENTRIES] = { 0 };
  for (size_t f = 0; f < filters(w); f += LANES) {
    for (size_t l = 0; l < LANES && f + l < filters(w); l++, c += LAC_TAPS)
      for (size_t k = 0; k < LAC_TAPS; k++)
        filter[k / TAPS * SIDE + k % TAPS][l] = c[k];
    BOTH_WAYS(T(evaluate), TAPS, SIDE, filter);
    T(store)(filter, w->u.PRECISION + f, filter_plane(w));
  }
}

/* g_tap += v_tap for one filter, unless that is rounding. */
INLINE void T(add_filter)(const T(vec) *v, size_t lane, REAL least, REAL *g)
{
  for (size_t k = 0; k < LAC_TAPS; k++) {
    REAL tap = v[k / TAPS * SIDE + k % TAPS][lane];
    g[k] += tap < least && tap > -least ? 0 : tap;
  }
}

LAC_VECTORISED
void T(lac_winograd_collect)(const lac_winograd *w, REAL *g)
{
  T(vec) filter[ENTRIES];
  const REAL *squares = w->du.PRECISION + ENTRIES * filter_plane(w);
  for (size_t f = 0; f < filters(w); f += LANES) {
    T(load)(w->du.PRECISION + f, filter_plane(w), filter);
    BOTH_WAYS(T(evaluate_back), SIDE, TAPS, filter);
    for (size_t l = 0; l < LANES && f + l < filters(w); l++, g += LAC_TAPS)
      T(add_filter)(filter, l, isfinite(squares[f + l]) ? ROUNDING * EPSILON * SQRT(squares[f + l]) : 0, g);
  }
  memset(w->du.PRECISION, 0, MATRICES * filter_plane(w) * sizeof *g);
}

/* ---- the passes ---- */

void T(lac_winograd_forward)(const lac_winograd *w, size_t count, const REAL *images, REAL *z)
{
  size_t columns = count * tiles(w);
  REAL *u = w->u.PRECISION, *v = w->v.PRECISION, *m = w->m.PRECISION;
  T(make_inputs)(w, count, images, v);
  for (size_t p = 0; p < ENTRIES; p++, u += filter_plane(w), v += input_plane(w), m += output_plane(w))
    T(lac_gemm)(CblasNoTrans, CblasNoTrans, w->out, columns, w->in, u, w->in, v, columns, 0, m, columns);
  T(make_outputs)(w, count, w->m.PRECISION, z);
}

void T(lac_winograd_backward)(const lac_winograd *w, size_t count, const REAL *images, const REAL *z, REAL *back)
{
  size_t columns = count * tiles(w);
  REAL *u = w->u.PRECISION, *du = w->du.PRECISION, *v = w->v.PRECISION, *m = w->m.PRECISION;
  T(make_inputs)(w, count, images, v);
  T(take_outputs)(w, count, z, m);
  for (size_t p = 0; p < MATRICES; p++, u += filter_plane(w), du += filter_plane(w), v += input_plane(w), m += output_plane(w)) {
    T(lac_gemm)(CblasNoTrans, CblasTrans, w->out, w->in, columns, m, columns, v, columns, 1, du, w->in);
    if (p < ENTRIES)
      T(lac_gemm)(CblasTrans, CblasNoTrans, w->in, columns, w->out, u, w->in, m, columns, 0, v, columns);
  }
  memset(back, 0, 4 * count * w->in * w->half * w->half * sizeof *back);
  T(add_inputs)(w, count, w->v.PRECISION, back);
}
