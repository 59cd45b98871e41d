#include "stats.h"
#include "elementary.h"

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
  double between = place - (double)low;
  return between == 0 || x[low] == x[high] ? x[low] : x[low] + between * (x[high] - x[low]);
}

const char *const lac_centre_name[] = { [LAC_CENTRE_MEDIAN] = "median", [LAC_CENTRE_MEAN] = "mean", [LAC_CENTRE_GMEAN] = "gmean", NULL };

static double mean_of(const double *x, size_t count)
{
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += x[i];
  return sum / (double)count;
}

static double geometric_mean_of(const double *x, size_t count)
{
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    if (!(x[i] > 0))
      return 0;
    sum += lac_log(x[i]);
  }
  return lac_exp(sum / (double)count);
}

double lac_centre_of(lac_centre c, double *x, size_t count)
{
  switch (c) {
  case LAC_CENTRE_MEAN: return mean_of(x, count);
  case LAC_CENTRE_GMEAN: return geometric_mean_of(x, count);
  default: return lac_quantile(x, count, 0.5);
  }
}

double lac_deviation(const double *x, size_t count)
{
  double mean = mean_of(x, count), sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += (x[i] - mean) * (x[i] - mean);
  return count > 1 ? sqrt(sum / (double)(count - 1)) : 0;
}
