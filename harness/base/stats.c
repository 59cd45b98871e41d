#include "stats.h"

#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void lac_sort(double *x, size_t count) { qsort(x, count, sizeof *x, by_size); }

double lac_quantile(double *x, size_t count, double at)
{
  lac_sort(x, count);
  if (count == 0)
    return NAN;
  double place = at * (double)(count - 1);
  size_t low = (size_t)place, high = low + 1 < count ? low + 1 : low;
  return x[low] + (place - (double)low) * (x[high] - x[low]);
}
