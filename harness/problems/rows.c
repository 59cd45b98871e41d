/* rows.c: f(x) = (1/m) sum_r phi(a_r.x, y_r) over rows a_r, dense or sparse, in one pass.

   A block of rows is read from memory once for z = A x; the link turns z into phi' for the whole block, vectorised;
   then g += A' z finds the block in the cache.  Sums have a fixed number of lanes, so that every vector length gives
   the same bits. */
#include "problem.h"

#include <string.h>

enum { LANES = 8, DENSE_BYTES = 24 << 10, CSR_ENTRIES = 4 << 10 };

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

/* ---- sparse ---- */

/* z[r] = a_r.x; two chains a row, so that additions overlap. */
static void sparse_times(const lac_rows *a, size_t first, size_t count, const double *x, double *z)
{
  for (size_t r = 0; r < count; r++) {
    size_t k = a->ptr[first + r], end = a->ptr[first + r + 1];
    double even = 0, odd = 0;
    for (; k + 2 <= end; k += 2) {
      even += a->val[k] * x[a->col[k]];
      odd += a->val[k + 1] * x[a->col[k + 1]];
    }
    if (k < end)
      even += a->val[k] * x[a->col[k]];
    z[r] = even + odd;
  }
}

/* g += sum_r z[r] a_r */
static void sparse_add(const lac_rows *a, size_t first, size_t count, const double *z, double *g)
{
  for (size_t r = 0; r < count; r++)
    for (size_t k = a->ptr[first + r]; k < a->ptr[first + r + 1]; k++)
      g[a->col[k]] += z[r] * a->val[k];
}

/* ---- dense ---- */

LAC_VECTORISED
static void dense_times(const lac_rows *a, size_t first, size_t count, const double *x, double *z)
{
  for (size_t r = 0; r < count; r++) {
    const double *row = a->dense + (first + r) * a->ld;
    double lane[LANES] = { 0 };
    size_t j = 0;
    for (; j + LANES <= a->d; j += LANES)
      for (size_t l = 0; l < LANES; l++)
        lane[l] += row[j + l] * x[j + l];
    for (size_t l = 0; j + l < a->d; l++)
      lane[l] += row[j + l] * x[j + l];
    z[r] = add_lanes(lane);
  }
}

LAC_VECTORISED
static void dense_add(const lac_rows *a, size_t first, size_t count, const double *z, double *restrict g)
{
  for (size_t r = 0; r < count; r++) {
    const double *row = a->dense + (first + r) * a->ld;
    for (size_t j = 0; j < a->d; j++)
      g[j] += z[r] * row[j];
  }
}

/* ---- both ---- */

/* Rows from `first` on that stay in the cache between the two passes over them. */
static size_t block_rows(const lac_rows *a, size_t first)
{
  size_t most = a->m - first < LAC_BLOCK ? a->m - first : LAC_BLOCK, count = 1;
  if (a->dense) {
    size_t fit = DENSE_BYTES / (a->ld * sizeof *a->dense) & ~(size_t)3;
    return fit < 4 ? (most < 4 ? most : 4) : fit < most ? fit : most;
  }
  while (count < most && a->ptr[first + count + 1] - a->ptr[first] <= CSR_ENTRIES)
    count++;
  return count;
}

/* sum_r phi, and g += sum_r phi' a_r. */
static double pass(const lac_rows *a, const double *x, lac_link link, double *g)
{
  double z[LAC_BLOCK] __attribute__((aligned(64))), f = 0;
  for (size_t first = 0, count; first < a->m; first += count) {
    count = block_rows(a, first);
    (a->dense ? dense_times : sparse_times)(a, first, count, x, z);
    f += link(a->y + first, z, count);
    (a->dense ? dense_add : sparse_add)(a, first, count, z, g);
  }
  return f;
}

static void scale(size_t d, double s, double *g)
{
  for (size_t j = 0; j < d; j++)
    g[j] *= s;
}

void lac_rows_value_grad(const lac_rows *rows, const double *x, lac_link link, double *f, double *g)
{
  double share = rows->m ? 1 / (double)rows->m : 0;
  memset(g, 0, rows->d * sizeof *g);
  *f = pass(rows, x, link, g) * share;
  scale(rows->d, share, g);
}

/* phi = z^2 / 2: the gradient is A'A v, the value is not wanted. */
static double half_square(const double *y, double *z, size_t m)
{
  (void)y, (void)z, (void)m;
  return 0;
}

void lac_rows_gram(const lac_rows *rows, const double *v, double *out)
{
  double unused;
  lac_rows_value_grad(rows, v, half_square, &unused, out);
}
