#include "vec.h"

#include "base.h"
#include <math.h>

LAC_VECTORISED
int lac_all_finite(size_t d, const double *x)
{
  const uint64_t exponent = UINT64_C(0x7ff) << 52;
  const uint64_t low = UINT64_C(1) << 52;
  uint64_t bad = 0;
  for (size_t j = 0; j < d; j++) {      /* the sum reaches the sign when all bits of the exponent are 1 */
    uint64_t bits;
    memcpy(&bits, &x[j], sizeof bits);
    bad |= (bits & exponent) + low;
  }
  return !(bad >> 63);
}

LAC_VECTORISED
double lac_dot(size_t d, const double *x, const double *y)
{
  enum { LANES = 16 };
  double lane[LANES] = { 0 };
  size_t j = 0;
  for (; j + LANES <= d; j += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] += x[j + l] * y[j + l];
  for (size_t l = 0; j + l < d; l++)
    lane[l] += x[j + l] * y[j + l];
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++)
      lane[l] += lane[l + half];
  return lane[0];
}

/* Of finite numbers and others: as integers, the magnitudes are in the order of size, and NaN is the largest. */
LAC_VECTORISED
double lac_largest(size_t d, const double *x)
{
  enum { LANES = 16 };                  /* one maximum alone would wait for itself */
  int64_t lane[LANES] = { 0 }, a, most = 0;
  double result;
  size_t j = 0;
  for (; j + LANES <= d; j += LANES)
    for (size_t l = 0; l < LANES; l++) {
      memcpy(&a, &x[j + l], sizeof a);
      a &= INT64_MAX;
      lane[l] = a > lane[l] ? a : lane[l];
    }
  for (size_t l = 0; j + l < d; l++) {
    memcpy(&a, &x[j + l], sizeof a);
    a &= INT64_MAX;
    lane[l] = a > lane[l] ? a : lane[l];
  }
  for (size_t l = 0; l < LANES; l++)
    most = lane[l] > most ? lane[l] : most;
  memcpy(&result, &most, sizeof result);
  return result;
}

/* GSL's linear algebra calls hypot of the C library, whose last digit is not the same in all versions.  This one stands before it on the
   link line, so that GSL calls it: 1.5 ulp.  It is here because what has constants or a solution computed uses this file. */
double hypot(double x, double y)
{
  double large = fmax(fabs(x), fabs(y)), factor = large > 0x1p500 ? 0x1p-600 : large < 0x1p-400 ? 0x1p600 : 1;
  if (isinf(x) || isinf(y))
    return INFINITY;
  x *= factor;
  y *= factor;
  return sqrt(x * x + y * y) / factor;
}
