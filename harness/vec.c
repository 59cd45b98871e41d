#include "vec.h"

#include "base.h"

LAC_VECTORISED
int lac_all_finite(size_t d, const double *x)
{
  const uint64_t exponent = UINT64_C(0x7ff) << 52;
  uint64_t bad = 0;
  for (size_t j = 0; j < d; j++) {
    uint64_t bits;
    memcpy(&bits, &x[j], sizeof bits);
    bad |= (bits & exponent) == exponent;
  }
  return !bad;
}
