/* vec.h: the few vector operations that methods are written in.  Vectors of d doubles; in and out may not overlap
   unless they are the same vector. */
#ifndef LAC_VEC_H
#define LAC_VEC_H

#include <stddef.h>
#include <string.h>

static inline void lac_zero(size_t d, double *x) { memset(x, 0, d * sizeof *x); }
static inline void lac_copy(size_t d, const double *x, double *y) { memcpy(y, x, d * sizeof *x); }

/* y += a x */
static inline void lac_axpy(size_t d, double a, const double *restrict x, double *restrict y)
{
  for (size_t j = 0; j < d; j++)
    y[j] += a * x[j];
}

/* z = x - y */
static inline void lac_sub(size_t d, const double *x, const double *y, double *z)
{
  for (size_t j = 0; j < d; j++)
    z[j] = x[j] - y[j];
}

int lac_all_finite(size_t d, const double *x);
double lac_largest(size_t d, const double *x);      /* max |x_j|; not finite when an entry is not */

/* x.y, in an order that does not depend on the CPU: a BLAS chooses other code on other machines. */
double lac_dot(size_t d, const double *x, const double *y);
static inline double lac_norm_sq(size_t d, const double *x) { return lac_dot(d, x, x); }

#endif
