/* rows.h: what the tests of data and problems share. */
#ifndef LAC_TESTS_ROWS_H
#define LAC_TESTS_ROWS_H

#include "problem.h"

#include <math.h>
#include <stdlib.h>

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

/* A client's rows anew, labels as the numbers of their classes. */
static inline lac_rows *class_rows(const lac_data *data, uint32_t client)
{
  lac_rows *a = NULL;
  const lac_data_info *info = lac_data_about(data);
  if (lac_data_shard(data, client, &a) != LAC_OK)
    return NULL;
  for (size_t r = 0; r < a->m; r++) {
    double number = 0;
    for (uint32_t k = 0; k < info->classes; k++)
      number += info->distinct[k] < a->y[r];
    a->y[r] = number;
  }
  return a;
}

static inline double dot(size_t d, const double *x, const double *y)
{
  double s = 0;
  for (size_t j = 0; j < d; j++)
    s += x[j] * y[j];
  return s;
}

/* A problem's gradient in f32 against the same in f64, as `open` makes them from a spec; rows are also taken one by one and listed.
   Errors of rounding grow with `root`, the square root of the number of terms of a sum; `size` is what an error is multiplied by. */
typedef struct { double error, bound, value_error; } precision_gap;

static inline precision_gap compare_precisions(const lac_problem *f64, const lac_problem *f32, uint32_t client, const double *x,
                                               const uint32_t *list, size_t count, double root, double size)
{
  precision_gap gap = { 0, 0, 0 };
  void *exact, *rounded;
  double *g = lac_alloc(f64->d * sizeof *g), *h = lac_alloc(f64->d * sizeof *h), f, value = 0, other = 0, square = 0;
  if (f64->type->load(f64, client, &exact) != LAC_OK || f32->type->load(f32, client, &rounded) != LAC_OK)
    return (precision_gap){ NAN, NAN, NAN };
  for (size_t i = 0; i < count; i++) {
    f64->type->batch_grad(f64, exact, &list[i], 1, x, &f, g);
    gap.bound += sqrt(dot(f64->d, g, g)) / (double)count;
  }
  gap.bound *= 0x1p-24 * root * size;
  f64->type->batch_grad(f64, exact, list, count, x, &value, g);
  f32->type->batch_grad(f32, rounded, list, count, x, &other, h);
  for (size_t j = 0; j < f64->d; j++)
    square += (g[j] - h[j]) * (g[j] - h[j]);
  gap.error = sqrt(square);
  gap.value_error = fabs(value - other) / (0x1p-24 * root * size * (1 + fabs(value)));
  f64->type->unload(exact);
  f32->type->unload(rounded);
  free(g);
  free(h);
  return gap;
}

static inline int near_rel(double got, double want, double tolerance) { return fabs(got - want) <= tolerance * (1 + fabs(want)); }

#endif
