/* rows.c: f(x) = (1/m) sum_r phi(a_r.x, y_r) over rows a_r, dense or sparse, in one pass.

   A block of rows is read from memory once for z = A x; the link turns z into phi' for the whole block, vectorised;
   then g += A' z finds the block in the cache.  Sums have a fixed number of lanes, so that every vector length gives
   the same bits. */
#include "rows.h"
#include "columns.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8, DENSE_BYTES = 48 << 10, CSR_ENTRIES = 4 << 10 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Adjacent pairs, as a horizontal addition would do it. */
static double add_lanes(const double *s) { return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])); }

LAC_VECTORISED
double lac_sum(const double *x, size_t m)
{
  double lane[LANES] = { 0 };
  size_t r = 0;
  for (; r + LANES <= m; r += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] += x[r + l];
  for (size_t l = 0; r + l < m; l++)
    lane[l] += x[r + l];
  return add_lanes(lane);
}

/* Rows from `first` on that stay in the cache between the two passes over them. */
static size_t block_rows(const lac_rows *a, size_t first)
{
  size_t most = least(a->m - first, LAC_LINK_ROWS), count = 1;
  if (a->dense) {
    size_t fit = DENSE_BYTES / (a->ld * sizeof *a->dense) & ~(size_t)3;
    return least(fit < 4 ? 4 : fit, most);
  }
  while (count < most && a->ptr[first + count + 1] - a->ptr[first] <= CSR_ENTRIES)
    count++;
  return count;
}

/* ---- sparse ----

   A core is bound here by the instructions and loads of a nonzero, not by the bus: two columns come in one load and
   rows of one length follow each other (lac_rows_arrange), so that the ends of rows are no surprise. */

typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

typedef struct { size_t left, right; } columns;

static inline columns two_columns(const uint32_t *col)
{
  uint64_t both;
  memcpy(&both, col, sizeof both);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return (columns){ (uint32_t)both, both >> 32 };
#else
  return (columns){ both >> 32, (uint32_t)both };
#endif
}

/* val NULL: ones. */
static inline pair times_two(const double *val, const uint32_t *col, const double *x)
{
  columns c = two_columns(col);
  pair entries = { x[c.left], x[c.right] };
  if (val)
    entries *= *(const pair *)val;
  return entries;
}

#define AFTER(val, k) ((val) ? (val) + (k) : NULL)

/* z[r] = a_r.x */
static inline __attribute__((always_inline))
void times_as(const double *val, const lac_rows *a, size_t first, size_t count, const double *x, double *z)
{
  const uint32_t *col = a->col + a->ptr[first];
  for (size_t r = 0; r < count; r++) {
    size_t length = a->ptr[first + r + 1] - a->ptr[first + r], k = 0;
    pair s = { 0, 0 }, t = { 0, 0 };
    for (; k + 4 <= length; k += 4) {
      s += times_two(AFTER(val, k), col + k, x);
      t += times_two(AFTER(val, k + 2), col + k + 2, x);
    }
    s += t;
    if (length & 2) {
      s += times_two(AFTER(val, k), col + k, x);
      k += 2;
    }
    z[r] = (length & 1 ? s[0] + (val ? val[k] : 1) * x[col[k]] : s[0]) + s[1];
    val = AFTER(val, length);
    col += length;
  }
}

static void sparse_times(const lac_rows *a, size_t first, size_t count, const double *x, double *z)
{
  if (a->val)
    times_as(a->val + a->ptr[first], a, first, count, x, z);
  else
    times_as(NULL, a, first, count, x, z);
}

/* Columns of a row are distinct: the two sums do not depend on each other. */
static inline void add_two(double z, const double *val, const uint32_t *col, double *g)
{
  columns c = two_columns(col);
  double left = g[c.left] + (val ? z * val[0] : z), right = g[c.right] + (val ? z * val[1] : z);
  g[c.left] = left;
  g[c.right] = right;
}

/* g += sum_r z[r] a_r */
static inline __attribute__((always_inline))
void add_as(const double *val, const lac_rows *a, size_t first, size_t count, const double *z, double *g)
{
  const uint32_t *col = a->col + a->ptr[first];
  for (size_t r = 0; r < count; r++) {
    size_t length = a->ptr[first + r + 1] - a->ptr[first + r], k = 0;
    double slope = z[r];
    for (; k + 4 <= length; k += 4) {
      add_two(slope, AFTER(val, k), col + k, g);
      add_two(slope, AFTER(val, k + 2), col + k + 2, g);
    }
    if (length & 2) {
      add_two(slope, AFTER(val, k), col + k, g);
      k += 2;
    }
    if (length & 1)
      g[col[k]] += slope * (val ? val[k] : 1);
    val = AFTER(val, length);
    col += length;
  }
}

static void sparse_add(const lac_rows *a, size_t first, size_t count, const double *z, double *g)
{
  if (a->val)
    add_as(a->val + a->ptr[first], a, first, count, z, g);
  else
    add_as(NULL, a, first, count, z, g);
}

/* ---- dense ---- */

/* 32 bytes: gcc takes longer vectors apart in memory where the processor has none. */
typedef double quad __attribute__((vector_size(32), aligned(8), may_alias));

typedef struct { quad a, b, c, e; } chains;

static inline chains add_products(chains s, const double *row, const double *x)
{
  const quad *r = (const quad *)row, *v = (const quad *)x;
  return (chains){ s.a + r[0] * v[0], s.b + r[1] * v[1], s.c + r[2] * v[2], s.e + r[3] * v[3] };
}

/* What the chains hold, and what is left over from column j on. */
static inline double finish_row(chains s, const double *row, const double *x, size_t j, size_t d)
{
  quad all = (s.a + s.c) + (s.b + s.e);
  double rest = 0;
  for (; j < d; j++)
    rest += row[j] * x[j];
  return ((all[0] + all[2]) + (all[1] + all[3])) + rest;
}

/* z[r] = a_r.x, rows in the order of memory, each in two chains of eight lanes; two rows share what is loaded of x. */
LAC_VECTORISED
static void dense_times(const lac_rows *a, size_t first, size_t count, const double *x, double *z)
{
  const double *row = a->dense + first * a->ld;
  size_t r = 0, d = a->d;
  for (; r + 2 <= count; r += 2, row += 2 * a->ld) {
    chains s = { { 0 }, { 0 }, { 0 }, { 0 } }, t = s;
    size_t j = 0;
    for (; j + 2 * LANES <= d; j += 2 * LANES) {
      s = add_products(s, row + j, x + j);
      t = add_products(t, row + a->ld + j, x + j);
    }
    z[r] = finish_row(s, row, x, j, d);
    z[r + 1] = finish_row(t, row + a->ld, x, j, d);
  }
  if (r < count) {
    chains s = { { 0 }, { 0 }, { 0 }, { 0 } };
    size_t j = 0;
    for (; j + 2 * LANES <= d; j += 2 * LANES)
      s = add_products(s, row + j, x + j);
    z[r] = finish_row(s, row, x, j, d);
  }
}

/* g += z[0] a + z[1] b + z[2] c + z[3] e for four rows: g is loaded and stored once. */
LAC_VECTORISED
static void dense_add4(const double *restrict a, size_t ld, size_t d, const double *z, double *restrict g)
{
  const double *b = a + ld, *c = b + ld, *e = c + ld;
  for (size_t j = 0; j < d; j++)
    g[j] += (z[0] * a[j] + z[1] * b[j]) + (z[2] * c[j] + z[3] * e[j]);
}

/* The bus would be idle while g += A'z finds its rows in the cache: meanwhile the rows of the next block come. */
static void prefetch(const double *from, size_t numbers)
{
  for (size_t j = 0; j < numbers; j += 8)
    __builtin_prefetch(from + j, 0, 2);
}

static void dense_add(const lac_rows *a, size_t first, size_t count, const double *z, double *g)
{
  size_t r = 0;
  for (; r + 4 <= count; r += 4) {
    if (first + r + count + 4 <= a->m)
      prefetch(a->dense + (first + r + count) * a->ld, 4 * a->ld);
    dense_add4(a->dense + (first + r) * a->ld, a->ld, a->d, z + r, g);
  }
  for (; r < count; r++)
    lac_axpy(a->d, z[r], a->dense + (first + r) * a->ld, g);
}

/* ---- both ---- */

static void shift(const lac_intercept *c, double *z, size_t m)
{
  for (size_t r = 0; c && r < m; r++)
    z[r] += c->x;
}

/* The link of a block, and its part of the intercept's gradient. */
static double apply(lac_link link, lac_intercept *c, const double *y, double *z, size_t m)
{
  shift(c, z, m);
  double f = link(y, z, m);
  if (c)
    c->g += lac_sum(z, m);
  return f;
}

/* sum_r phi, and g += sum_r phi' a_r. */
static double pass(const lac_rows *a, const double *x, lac_intercept *c, lac_link link, double *g)
{
  double z[LAC_LINK_ROWS] __attribute__((aligned(64))), f = 0;
  for (size_t first = 0, count; first < a->m; first += count) {
    count = block_rows(a, first);
    (a->dense ? dense_times : sparse_times)(a, first, count, x, z);
    f += apply(link, c, a->y + first, z, count);
    (a->dense ? dense_add : sparse_add)(a, first, count, z, g);
  }
  return f;
}

/* The same, with g += A'z by columns, a chunk at a time. */
static double pass_by_columns(const lac_rows *a, const double *x, lac_intercept *c, lac_link link, double *g)
{
  double z[LAC_CHUNK + 1] __attribute__((aligned(64))), f = 0;
  for (size_t chunk = 0, first = 0; first < a->m; chunk++, first += LAC_CHUNK) {
    size_t rows = least(a->m - first, LAC_CHUNK);
    for (size_t r = 0; r < rows; r += LAC_LINK_ROWS) {
      size_t count = least(rows - r, LAC_LINK_ROWS);
      lac_columns_times(a, first + r, count, x, z + r);
      f += apply(link, c, a->y + first + r, z + r, count);
    }
    z[rows] = 0;
    lac_columns_add(a->columns, chunk, z, g);
  }
  return f;
}

static void clear(size_t d, double *g, lac_intercept *c)
{
  memset(g, 0, d * sizeof *g);
  if (c)
    c->g = 0;
}

static void scale(size_t d, double s, double *g, lac_intercept *c)
{
  for (size_t j = 0; j < d; j++)
    g[j] *= s;
  if (c)
    c->g *= s;
}

void lac_rows_value_grad(const lac_rows *rows, const double *x, lac_intercept *c, lac_link link, double *f, double *g)
{
  double share = rows->m ? 1 / (double)rows->m : 0;
  clear(rows->d, g, c);
  *f = (rows->columns ? pass_by_columns : pass)(rows, x, c, link, g) * share;
  scale(rows->d, share, g, c);
}

/* ---- batches ---- */

static size_t place_of(const lac_rows *a, uint32_t row) { return a->place ? a->place[row] : row; }

/* As block_rows; listed sparse rows are few or scattered, and their number alone is bounded. */
static size_t batch_rows(const lac_rows *a, size_t left)
{
  size_t fit = a->dense ? DENSE_BYTES / (a->ld * sizeof *a->dense) + 1 : LAC_LINK_ROWS;
  return least(left, least(fit, LAC_LINK_ROWS));
}

static double times_row(const lac_rows *a, size_t r, const double *x)
{
  double z;
  if (a->columns)
    return lac_columns_times_row(a, r, x);
  (a->dense ? dense_times : sparse_times)(a, r, 1, x, &z);
  return z;
}

static void add_row(const lac_rows *a, size_t r, double slope, double *g)
{
  if (a->columns)
    lac_columns_add_row(a, r, slope, g);
  else
    (a->dense ? dense_add : sparse_add)(a, r, 1, &slope, g);
}

static double row_sq(const lac_rows *a, size_t r)
{
  size_t length = a->ptr ? a->ptr[r + 1] - a->ptr[r] : a->d;
  return a->ptr && !a->val ? (double)length : lac_norm_sq(length, a->ptr ? a->val + a->ptr[r] : a->dense + r * a->ld);
}

/* The slope of a row whose gradient, slope a_r, has at most that length. */
static double clip_slope(const lac_rows *a, size_t r, double slope, double most)
{
  double norm = fabs(slope) * sqrt(row_sq(a, r));
  return norm > most ? slope * (most / norm) : slope;
}

static double batch_block(const lac_rows *a, const uint32_t *list, size_t count, const double *x, lac_intercept *c, lac_link link,
                          double most, double *g)
{
  double z[LAC_LINK_ROWS] __attribute__((aligned(64))), y[LAC_LINK_ROWS];
  y[0] = 0;      /* gcc -O1 warns of no rows */
  for (size_t i = 0; i < count; i++) {
    size_t r = place_of(a, list[i]);
    y[i] = a->y[r];
    z[i] = times_row(a, r, x);
  }
  double f = apply(link, c, y, z, count);
  for (size_t i = 0; i < count; i++) {
    size_t r = place_of(a, list[i]);
    add_row(a, r, isinf(most) ? z[i] : clip_slope(a, r, z[i], most), g);
  }
  return f;
}

/* list NULL: all rows, whose numbers are made a block at a time. */
static void listed_grad(const lac_rows *rows, const uint32_t *list, size_t count, const double *x, lac_intercept *c, lac_link link,
                        double most, double *f, double *g)
{
  uint32_t number[LAC_LINK_ROWS];
  double share = count ? 1 / (double)count : 0, sum = 0;
  clear(rows->d, g, c);
  for (size_t at = 0, block; at < count; at += block) {
    block = batch_rows(rows, count - at);
    for (size_t i = 0; !list && i < block; i++)
      number[i] = (uint32_t)(at + i);
    sum += batch_block(rows, list ? list + at : number, block, x, c, link, most, g);
  }
  *f = sum * share;
  scale(rows->d, share, g, c);
}

void lac_rows_batch_grad(const lac_rows *rows, const uint32_t *list, size_t count, const double *x, lac_intercept *c, lac_link link,
                         double *f, double *g)
{
  listed_grad(rows, list, count, x, c, link, INFINITY, f, g);
}

void lac_rows_clipped_grad(const lac_rows *rows, const uint32_t *list, size_t count, const double *x, lac_link link, double most, double *f,
                           double *g)
{
  listed_grad(rows, list, count, x, NULL, link, most, f, g);
}

/* ---- the forward pass ---- */

void lac_rows_score(const lac_rows *rows, const double *x, const lac_intercept *c, lac_link link, lac_right right, lac_score *score)
{
  double z[LAC_LINK_ROWS] __attribute__((aligned(64)));
  *score = (lac_score){ .rows = rows->m };
  for (size_t first = 0, count; first < rows->m; first += count) {
    count = least(rows->m - first, LAC_LINK_ROWS);
    (rows->columns ? lac_columns_times : rows->dense ? dense_times : sparse_times)(rows, first, count, x, z);
    shift(c, z, count);
    score->right += right ? right(rows->y + first, z, count) : 0;
    score->loss += link(rows->y + first, z, count);
  }
}

/* ---- curvature ---- */

/* phi = z^2 / 2: the gradient is A'A v, the value is not wanted. */
static double half_square(const double *y, double *z, size_t m)
{
  (void)y, (void)z, (void)m;
  return 0;
}

void lac_rows_gram(const lac_rows *rows, const double *v, double *out)
{
  double unused;
  lac_rows_value_grad(rows, v, NULL, half_square, &unused, out);
}

/* ---- support ---- */

static const double counts = 1e-9;

void lac_rows_touched(const lac_rows *a, uint8_t *touched)
{
  for (size_t k = 0; a->ptr && k < a->ptr[a->m]; k++)
    touched[a->columns ? a->columns->col[k] : a->col[k]] |= !a->val || fabs(a->val[k]) > counts;
  for (size_t r = 0; a->dense && r < a->m; r++)
    for (size_t j = 0; j < a->d; j++)
      touched[j] |= fabs(a->dense[r * a->ld + j]) > counts;
}

int lac_rows_touch(lac_rows *a)
{
  a->touched = lac_alloc(a->d);
  if (!a->touched)
    return LAC_ENOMEM;
  lac_rows_touched(a, a->touched);
  return LAC_OK;
}

double lac_rows_longest_sq(const lac_rows *a)
{
  double longest = 0;
  for (size_t r = 0; r < a->m; r++) {
    double sum = row_sq(a, r);
    longest = sum > longest ? sum : longest;
  }
  return longest;
}

/* ---- slots ---- */

void lac_rows_unload(void *shard) { lac_rows_free(shard); }
size_t lac_rows_count(const void *shard) { return ((const lac_rows *)shard)->m; }

size_t lac_rows_pass_bytes(const void *shard)
{
  const lac_rows *a = shard;
  return lac_rows_bytes(a) + (a->columns ? a->columns->bytes : 0);
}
