/* planes.h: a vector in full, as symbols: what an entropy coder does that stands alone.  Runs of at most LAC_RUN numbers; of each run the
   lowest bytes of all its f64, then the next ones, up to those with the sign: bytes of one kind stand together.  Lossless. */
#ifndef LAC_PLANES_H
#define LAC_PLANES_H

#include "symbols.h"

int lac_planes_encode(const lac_site *s, const double *x, lac_msg *m);
int lac_planes_decode_add(const lac_site *s, double scale, lac_msg *m, double *y);
uint64_t lac_planes_bits(const lac_site *s, int *exact);
int lac_planes_alpha(const lac_site *s, double *alpha);      /* 1 */
int lac_planes_omega(const lac_site *s, double *omega);      /* 0 */

#endif
