/* spectrum.h: the largest |eigenvalue| of a symmetric matrix that is known by its products. */
#ifndef LAC_SPECTRUM_H
#define LAC_SPECTRUM_H

#include "rng.h"
#include <stddef.h>

/* out = M v; both d doubles, not the same. */
typedef int (*lac_product)(void *self, const double *v, double *out);

/* Vectors of d doubles that are there meanwhile. */
enum { LAC_SPECTRUM_VECTORS = 61 };

/* *norm = max |lambda(M)|, relative error below 1e-12 where the spectrum lets it, never above the true value by more.
   Restarted Lanczos with full reorthogonalisation; the start vector comes from the stream (x0 axis, use 1).
   ENOTSUP when it does not converge. */
int lac_spectral_norm(size_t d, lac_product product, void *self, const lac_seeds *seeds, double *norm);

#endif
