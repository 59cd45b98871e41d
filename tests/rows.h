/* rows.h: what the tests of data and problems share. */
#ifndef LAC_TESTS_ROWS_H
#define LAC_TESTS_ROWS_H

#include "data.h"
#include <math.h>

/* Entry (r, j), however the rows are stored. */
static inline double entry(const lac_rows *a, size_t r, size_t j)
{
  if (a->dense)
    return a->dense[r * a->ld + j];
  for (size_t k = a->ptr[r]; k < a->ptr[r + 1]; k++)
    if (a->col[k] == j)
      return a->val[k];
  return 0;
}

static inline double dot(size_t d, const double *x, const double *y)
{
  double s = 0;
  for (size_t j = 0; j < d; j++)
    s += x[j] * y[j];
  return s;
}

static inline int near_rel(double got, double want, double tolerance) { return fabs(got - want) <= tolerance * (1 + fabs(want)); }

#endif
