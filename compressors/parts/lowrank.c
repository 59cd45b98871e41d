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

void lac_times(const lac_part *p, const double *m, const double *q, double *to)
{
  for (size_t i = 0; i < p->rows; i++)
    for (size_t k = 0; k < p->rank; k++)
      to[k * p->rows + i] = lac_dot(p->cols, m + i * p->cols, q + k * p->cols);
}

void lac_times_transposed(const lac_part *p, const double *m, const double *columns, double *to)
{
  lac_zero(p->rank * p->cols, to);
  for (size_t i = 0; i < p->rows; i++)
    for (size_t k = 0; k < p->rank; k++)
      lac_axpy(p->cols, columns[k * p->rows + i], m + i * p->cols, to + k * p->cols);
}

int lac_outer_add(const lac_part *p, const double *columns, const double *q, double scale, double *row, double *y)
{
  for (size_t i = 0; i < p->rows; i++) {
    lac_zero(p->cols, row);
    for (size_t k = 0; k < p->rank; k++)
      lac_axpy(p->cols, columns[k * p->rows + i], q + k * p->cols, row);
    if (!lac_all_finite(p->cols, row))
      return lac_fail(LAC_EFORMAT, "the message holds factors whose product is not finite");
    lac_axpy(p->cols, scale, row, y + i * p->cols);
  }
  return LAC_OK;
}

static void divide(size_t size, double by, double *x)
{
  for (size_t i = 0; i < size; i++)
    x[i] /= by;
}

/* Gram-Schmidt, twice: what rounding left of the other columns after the first time is gone after the second. */
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
