/* domain.h: steps back into the domain of a constraint, for the slot prox.  All work in place, on d numbers; not a number in, not a number
   out. */
#ifndef LAC_DOMAIN_H
#define LAC_DOMAIN_H

#include <stddef.h>

/* The nearest point with |x| <= radius, the Euclidean norm. */
void lac_project_ball(size_t d, double radius, double *x);
/* The nearest point with max |x_j| <= radius. */
void lac_project_box(size_t d, double radius, double *x);
/* The nearest point of the simplex, x >= 0 with sum 1: x_j = max(x_j - tau, 0), tau exact but for rounding, at most d passes
   (Michelot 1986). */
void lac_project_simplex(size_t d, double *x);
/* x_j = exp(x_j) / sum_k exp(x_k): the point of the simplex that the entropy sum_j x_j log x_j takes from the dual. */
void lac_softmax(size_t d, double *x);

#endif
