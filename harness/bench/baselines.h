/* baselines.h: what other people would do with a vector of doubles: copy it, a general compressor, an error-bounded one.  For
   laconic bench compressors. */
#ifndef LAC_BASELINES_H
#define LAC_BASELINES_H

#include "base.h"

typedef struct {
  const char *name, *what;
  const char *missing;                                    /* NULL, or why it is not in this build */
  size_t (*bound)(const double *x, size_t d);             /* bytes that encode may need */
  int (*encode)(const double *x, size_t d, uint8_t *out, size_t room, size_t *size);
  int (*decode)(const uint8_t *in, size_t size, double *y, size_t d);      /* y = C(x); NULL: nothing to do */
  double tolerance;                                       /* |C(x)_j - x_j| <= tolerance max |x_j| */
} lac_baseline;
extern const lac_baseline lac_baselines[];                /* ends with a NULL name; the first is memcpy */

#endif
