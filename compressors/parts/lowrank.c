#include "lowrank.h"

#include "vec.h"
#include <math.h>

static int has_matrix(const lac_site *s)
{
  for (size_t i = 0; i < s->layer_count; i++)
    if (s->layers[i].cols > 1)
      return 1;
  return 0;
}

static lac_part in_full(size_t numbers, size_t offset) { return (lac_part){ .rows = numbers, .cols = 1, .offset = offset }; }

static lac_part matrix(size_t rows, size_t cols, size_t offset, uint64_t rank)
{
  if (rank >= rows || rank >= cols || rank * (rows + cols) >= rows * cols)
    return in_full(rows * cols, offset);
  return (lac_part){ rows, cols, offset, (size_t)rank };
}

int lac_part_of(const lac_site *s, uint64_t rank, size_t i, lac_part *part)
{
  if (has_matrix(s)) {
    if (i < s->layer_count)
      *part = matrix(s->layers[i].rows, s->layers[i].cols, s->layers[i].offset, rank);
    return i < s->layer_count;
  }
  size_t rows = (size_t)sqrt((double)s->d), cols = s->d / rows, left = s->d - rows * cols;
  if (i == 0)
    *part = matrix(rows, cols, 0, rank);
  else
    *part = in_full(left, rows * cols);
  return i == 0 || (i == 1 && left);
}

typedef double four __attribute__((vector_size(32), aligned(8)));

/* Two dot products with one x, each in the order of lac_dot: 16 sums side by side, which are then added by halves. */
LAC_VECTORISED
static void two_dots(size_t d, const double *x, const double *y, const double *z, double *xy, double *xz)
{
  enum { LANES = 16, FOURS = LANES / 4 };
  four a[FOURS] = { { 0 } }, b[FOURS] = { { 0 } };
  double lane[2][LANES];
  size_t j = 0;
  for (; j + LANES <= d; j += LANES)
#pragma GCC unroll 4
    for (size_t v = 0; v < FOURS; v++) {
      four at = *(const four *)(x + j + 4 * v);
      a[v] += at * *(const four *)(y + j + 4 * v);
      b[v] += at * *(const four *)(z + j + 4 * v);
    }
  memcpy(lane[0], a, sizeof a);
  memcpy(lane[1], b, sizeof b);
  for (size_t l = 0; j + l < d; l++) {
    lane[0][l] += x[j + l] * y[j + l];
    lane[1][l] += x[j + l] * z[j + l];
  }
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++) {
      lane[0][l] += lane[0][l + half];
      lane[1][l] += lane[1][l + half];
    }
  *xy = lane[0][0];
  *xz = lane[1][0];
}

void lac_times(const lac_part *p, const double *m, const double *q, double *to)
{
  for (size_t i = 0; i < p->rows; i++) {
    const double *row = m + i * p->cols;
    size_t k = 0;
    for (; k + 2 <= p->rank; k += 2)
      two_dots(p->cols, row, q + k * p->cols, q + (k + 1) * p->cols, to + k * p->rows + i, to + (k + 1) * p->rows + i);
    if (k < p->rank)
      to[k * p->rows + i] = lac_dot(p->cols, row, q + k * p->cols);
  }
}

enum { FOUR = 4 };

/* y += a_0 x_0 + ... + a_3 x_3, from the left; a step between the factors and one between the vectors. */
LAC_VECTORISED
static void add_four(size_t d, const double *a, size_t a_step, const double *restrict x, size_t x_step, double *restrict y)
{
  const double a0 = a[0], a1 = a[a_step], a2 = a[2 * a_step], a3 = a[3 * a_step];
  for (size_t j = 0; j < d; j++)
    y[j] = (((y[j] + a0 * x[j]) + a1 * x[x_step + j]) + a2 * x[2 * x_step + j]) + a3 * x[3 * x_step + j];
}

LAC_VECTORISED
static void add_one(size_t d, double a, const double *x, double *y) { lac_axpy(d, a, x, y); }

static void add_all(size_t d, size_t count, const double *a, size_t a_step, const double *x, size_t x_step, double *y)
{
  size_t k = 0;
  for (; k + FOUR <= count; k += FOUR)
    add_four(d, a + k * a_step, a_step, x + k * x_step, x_step, y);
  for (; k < count; k++)
    add_one(d, a[k * a_step], x + k * x_step, y);
}

/* Four rows for all columns, so that the rows stay in the cache. */
void lac_times_transposed(const lac_part *p, const double *m, const double *columns, double *to)
{
  lac_zero(p->rank * p->cols, to);
  for (size_t i = 0, rows; i < p->rows; i += rows) {
    rows = p->rows - i < FOUR ? p->rows - i : FOUR;
    for (size_t k = 0; k < p->rank; k++)
      add_all(p->cols, rows, columns + k * p->rows + i, 1, m + i * p->cols, p->cols, to + k * p->cols);
  }
}

int lac_outer_add(const lac_part *p, const double *columns, const double *q, double scale, double *row, double *y)
{
  double most = lac_largest(p->rank * p->rows, columns) * lac_largest(p->rank * p->cols, q) * (double)p->rank;
  for (size_t i = 0; i < p->rows; i++) {
    lac_zero(p->cols, row);
    add_all(p->cols, p->rank, columns + i, p->rows, q, p->cols, row);
    if (!(most < 1e300) && !lac_all_finite(p->cols, row))
      return lac_fail(LAC_EFORMAT, "the message holds factors whose product is not finite");
    add_one(p->cols, scale, row, y + i * p->cols);
  }
  return LAC_OK;
}

static void divide(size_t size, double by, double *x)
{
  for (size_t i = 0; i < size; i++)
    x[i] /= by;
}

/* Gram-Schmidt, twice: the second pass removes what rounding left of the other columns in the first. */
static void orthonormalise_one(size_t size, size_t k, double *columns)
{
  const double dependent = 1e-10;
  double *c = columns + k * size, most = lac_largest(size, c);
  if (most == 0)
    return;
  divide(size, most, c);
  double before = sqrt(lac_norm_sq(size, c));
  for (int pass = 0; pass < 2; pass++)
    for (size_t j = 0; j < k; j++)
      lac_axpy(size, -lac_dot(size, columns + j * size, c), columns + j * size, c);
  double after = sqrt(lac_norm_sq(size, c));
  if (after > dependent * before)
    divide(size, after, c);
  else
    lac_zero(size, c);
}

void lac_orthonormalise(size_t size, size_t count, double *columns)
{
  for (size_t k = 0; k < count; k++)
    orthonormalise_one(size, k, columns);
}
