/* slices.c: rows times a matrix, its transpose, and the softmax loss.  classes.c includes this file once for each precision: REAL is
   its type, T(name) the name with the precision behind it, PRECISION the member of lac_reals.

   A nonzero meets a row of the matrix, so the sums of a row of the product stay in registers while the row's nonzeros pass.  For
   that the matrix lies in panels of PANEL columns, one panel behind the other, each of them features x its columns, padded to 16
   bytes: a panel stays in the second cache.  The order of every sum is that of the nonzeros, whatever the width of a vector. */
#define VECS 8
#define LANES (16 / sizeof(REAL))
#define PANEL (2 * VECS * LANES)

typedef REAL T(half) __attribute__((vector_size(16), may_alias));
typedef REAL T(vec) __attribute__((vector_size(32), aligned(16), may_alias));
typedef double T(wide) __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

const REAL *T(lac_slice_dense)(const lac_slice *s, REAL *room, size_t *ld)
{
  const lac_rows *rows = s->of->rows;
  const REAL *dense = s->of->dense.PRECISION;
  if (!s->list) {
    *ld = rows->ld;
    return dense + s->first * rows->ld;
  }
  *ld = rows->d;
  for (size_t r = 0; r < s->count; r++)
    memcpy(room + r * rows->d, dense + row_of(s, r) * rows->ld, rows->d * sizeof *room);
  return room;
}

void T(lac_slice_row)(const lac_slice *s, size_t r, REAL *to)
{
  const lac_rows *rows = s->of->rows;
  size_t row = row_of(s, r);
  if (!s->of->sparse) {
    memcpy(to, s->of->dense.PRECISION + row * rows->ld, rows->d * sizeof *to);
    return;
  }
  memset(to, 0, rows->d * sizeof *to);
  for (size_t e = rows->ptr[row]; e < rows->ptr[row + 1]; e++)
    to[rows->col[e]] = s->of->val.PRECISION[e];
}

LAC_VECTORISED
void T(lac_row_squares)(size_t rows, size_t cols, const REAL *of, size_t ld, double *square)
{
  enum { CHAINS = 8 };
  for (size_t r = 0; r < rows; r++, of += ld) {
    double lane[CHAINS] = { 0 };
    size_t j = 0;
    for (; j + CHAINS <= cols; j += CHAINS)
      for (size_t i = 0; i < CHAINS; i++)
        lane[i] += (double)of[j + i] * (double)of[j + i];
    for (size_t i = 0; j + i < cols; i++)
      lane[i] += (double)of[j + i] * (double)of[j + i];
    square[r] = lac_sum(lane, CHAINS);
  }
}

void T(lac_slice_squares)(const lac_slice *s, double *square)
{
  const lac_rows *rows = s->of->rows;
  for (size_t r = 0; r < s->count; r++) {
    size_t row = row_of(s, r);
    if (s->of->sparse)
      T(lac_row_squares)(1, rows->ptr[row + 1] - rows->ptr[row], s->of->val.PRECISION + rows->ptr[row], 0, &square[r]);
    else
      T(lac_row_squares)(1, rows->d, s->of->dense.PRECISION + row * rows->ld, 0, &square[r]);
  }
}

/* ---- panels ---- */

static size_t T(padded)(size_t columns) { return (columns + LANES - 1) / LANES * LANES; }

size_t T(lac_panels_size)(size_t features, size_t width) { return features * T(padded)(width); }

/* LANES vectors of a matrix, the rows of a square, become its columns. */
static inline __attribute__((always_inline)) void T(turn)(T(half) *v)
{
  for (size_t done = 1; done < LANES; done *= 2) {
    T(half) mixed[LANES];
    for (size_t i = 0; i < LANES / 2; i++) {
      mixed[2 * i] = T(lower)(v[i], v[i + LANES / 2]);
      mixed[2 * i + 1] = T(upper)(v[i], v[i + LANES / 2]);
    }
    memcpy(v, mixed, sizeof mixed);
  }
}

/* Squares of `from` that lie by columns: entries of a column are neighbours there, entries of a row in the panel. */
static inline __attribute__((always_inline))
size_t T(pack_squares)(size_t features, size_t columns, const double *from, size_t across, REAL *to)
{
  size_t j = 0, row = T(padded)(columns);
  for (; j + LANES <= features; j += LANES)
    for (size_t k = 0; k + LANES <= columns; k += LANES) {
      T(half) v[LANES];
      for (size_t l = 0; l < LANES; l++)
        v[l] = __builtin_convertvector(*(const T(wide) *)(from + (k + l) * across + j), T(half));
      T(turn)(v);
      for (size_t l = 0; l < LANES; l++)
        *(T(half) *)(to + (j + l) * row + k) = v[l];
    }
  return j;
}

static inline __attribute__((always_inline))
size_t T(unpack_squares)(size_t features, size_t columns, REAL *from, size_t across, double *to)
{
  size_t j = 0, row = T(padded)(columns);
  for (; j + LANES <= features; j += LANES)
    for (size_t k = 0; k + LANES <= columns; k += LANES) {
      T(half) v[LANES];
      for (size_t l = 0; l < LANES; l++) {
        T(half) *at = (T(half) *)(from + (j + l) * row + k);
        v[l] = *at;
        *at = (T(half)){ 0 };
      }
      T(turn)(v);
      for (size_t l = 0; l < LANES; l++)
        *(T(wide) *)(to + (k + l) * across + j) = __builtin_convertvector(v[l], T(wide));
    }
  return j;
}

/* Squares first, then the columns behind them in the rows of squares, then the rows behind all squares. */
LAC_VECTORISED
void T(lac_panels_pack)(size_t features, size_t width, const double *from, size_t down, size_t across, REAL *to)
{
  for (size_t first = 0, columns; first < width; first += columns, from += columns * across) {
    columns = width - first < PANEL ? width - first : PANEL;
    size_t squares = down == 1 ? T(pack_squares)(features, columns, from, across, to) : 0;
    for (size_t j = 0; j < features; j++, to += T(padded)(columns))
      for (size_t k = j < squares ? columns / LANES * LANES : 0; k < columns; k++)
        to[k] = (REAL)from[j * down + k * across];
  }
}

LAC_VECTORISED
void T(lac_panels_unpack)(size_t features, size_t width, REAL *from, size_t down, size_t across, double *to)
{
  for (size_t first = 0, columns; first < width; first += columns, to += columns * across) {
    columns = width - first < PANEL ? width - first : PANEL;
    size_t squares = down == 1 ? T(unpack_squares)(features, columns, from, across, to) : 0;
    for (size_t j = 0; j < features; j++, from += T(padded)(columns))
      for (size_t k = j < squares ? columns / LANES * LANES : 0; k < columns; k++) {
        to[j * down + k * across] = from[k];
        from[k] = 0;
      }
  }
}

/* ---- a panel: `halves`, its columns in units of 16 bytes, is known where these are compiled ---- */

static inline __attribute__((always_inline))
void T(panel_times)(const lac_slice *s, size_t halves, const REAL *w, size_t columns, size_t ld, REAL *z)
{
  const lac_rows *rows = s->of->rows;
  const REAL *val = s->of->val.PRECISION;
  for (size_t r = 0; r < s->count; r++, z += ld) {
    T(vec) sum[VECS] = { 0 };
    T(half) last = { 0 };
    REAL out[PANEL] __attribute__((aligned(16)));
    for (size_t e = rows->ptr[row_of(s, r)], end = rows->ptr[row_of(s, r) + 1]; e < end; e++) {
      const REAL *of = w + rows->col[e] * (halves * LANES);
      for (size_t k = 0; k < halves / 2; k++)
        sum[k] += val[e] * ((const T(vec) *)of)[k];
      if (halves % 2)
        last += val[e] * ((const T(half) *)of)[halves - 1];
    }
    for (size_t k = 0; k < halves / 2; k++)
      ((T(vec) *)out)[k] = sum[k];
    if (halves % 2)
      ((T(half) *)out)[halves - 1] = last;
    memcpy(z, out, columns * sizeof *z);
  }
}

static inline __attribute__((always_inline))
void T(panel_add)(const lac_slice *s, size_t halves, const REAL *delta, size_t columns, size_t ld, REAL *g)
{
  const lac_rows *rows = s->of->rows;
  const REAL *val = s->of->val.PRECISION;
  REAL in[PANEL] __attribute__((aligned(16))) = { 0 };
  for (size_t r = 0; r < s->count; r++, delta += ld) {
    T(vec) d[VECS];
    memcpy(in, delta, columns * sizeof *in);
    for (size_t k = 0; k < halves / 2; k++)
      d[k] = ((const T(vec) *)in)[k];
    T(half) last = ((const T(half) *)in)[halves - 1];
    for (size_t e = rows->ptr[row_of(s, r)], end = rows->ptr[row_of(s, r) + 1]; e < end; e++) {
      REAL *of = g + rows->col[e] * (halves * LANES);
      for (size_t k = 0; k < halves / 2; k++)
        ((T(vec) *)of)[k] += val[e] * d[k];
      if (halves % 2)
        ((T(half) *)of)[halves - 1] += val[e] * last;
    }
  }
}

#define EACH_WIDTH(of) of(1) of(2) of(3) of(4) of(5) of(6) of(7) of(8) of(9) of(10) of(11) of(12) of(13) of(14) of(15) of(16)

LAC_VECTORISED
void T(lac_slice_times)(const lac_slice *s, size_t width, const REAL *w, REAL *z)
{
#define TIMES(halves) case halves: T(panel_times)(s, halves, w, columns, width, z + first); break;
  for (size_t first = 0, columns; first < width; first += columns, w += s->of->rows->d * T(padded)(columns)) {
    columns = width - first < PANEL ? width - first : PANEL;
    switch (T(padded)(columns) / LANES) { EACH_WIDTH(TIMES) }
  }
#undef TIMES
}

LAC_VECTORISED
void T(lac_slice_add)(const lac_slice *s, size_t width, const REAL *delta, REAL *g)
{
#define ADD(halves) case halves: T(panel_add)(s, halves, delta + first, columns, width, g); break;
  for (size_t first = 0, columns; first < width; first += columns, g += s->of->rows->d * T(padded)(columns)) {
    columns = width - first < PANEL ? width - first : PANEL;
    switch (T(padded)(columns) / LANES) { EACH_WIDTH(ADD) }
  }
#undef ADD
}

/* ---- the loss ---- */

LAC_VECTORISED
static void T(exp_minus)(size_t count, REAL *u)
{
  for (size_t i = 0; i < count; i++)
    u[i] = T(lac_exp_minus)(u[i]);
}

/* A row: its scores become their distances to the largest; what the loss has beside the logarithm. */
static REAL T(below_most)(size_t classes, size_t right, REAL *s)
{
  REAL most = s[0];
  for (size_t k = 1; k < classes; k++)
    most = s[k] > most ? s[k] : most;
  REAL loss = most - s[right];
  for (size_t k = 0; k < classes; k++)
    s[k] = most - s[k];
  return loss;
}

/* A row of exponentials becomes share (softmax - onehot); the logarithm of their sum. */
static double T(divide)(size_t classes, size_t right, REAL share, REAL *s)
{
  REAL sum = 0;
  for (size_t k = 0; k < classes; k++)
    sum += s[k];
  REAL factor = share / sum;
  for (size_t k = 0; k < classes; k++)
    s[k] *= factor;
  s[right] -= share;
  return lac_log(sum);
}

double T(lac_slice_softmax)(const lac_slice *s, size_t classes, double share, REAL *score)
{
  double loss[LAC_BLOCK];
  for (size_t r = 0; r < s->count; r++)
    loss[r] = T(below_most)(classes, class_of(s, r), score + r * classes);
  T(exp_minus)(s->count * classes, score);
  for (size_t r = 0; r < s->count; r++)
    loss[r] += T(divide)(classes, class_of(s, r), (REAL)share, score + r * classes);
  return lac_sum(loss, s->count);
}

/* `classes` where the first score is NaN: then none is the largest. */
static size_t T(best_class)(size_t classes, const REAL *s)
{
  size_t best = 0;
  for (size_t k = 1; k < classes; k++)
    best = s[k] > s[best] ? k : best;
  return s[best] == s[best] ? best : classes;
}

void T(lac_slice_right)(const lac_slice *s, size_t classes, const REAL *score, uint8_t *right)
{
  for (size_t r = 0; r < s->count; r++)
    right[r] &= T(best_class)(classes, score + r * classes) == class_of(s, r);
}

void T(lac_slice_score)(const lac_slice *s, size_t classes, REAL *score, lac_score *sum)
{
  for (size_t r = 0; r < s->count; r++)
    sum->right += T(best_class)(classes, score + r * classes) == class_of(s, r);
  sum->loss += T(lac_slice_softmax)(s, classes, 1, score);
}

#undef VECS
#undef LANES
#undef PANEL
#undef EACH_WIDTH
