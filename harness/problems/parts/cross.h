/* cross.h: the operator of u'A v, which problems that are games share. */
#ifndef LAC_CROSS_H
#define LAC_CROSS_H

#include <stddef.h>

/* out = (A v, A'u) for x = (u, v), in one pass over A; u and v have h numbers, A is h x h, row by row. */
void lac_cross(size_t h, const double *A, const double *x, double *out);

#endif
