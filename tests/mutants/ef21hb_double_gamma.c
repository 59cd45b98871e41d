/* EF21-HB, wrong: v = eta v + gamma g and then x -= gamma v, as the poster prints it. */
#include "../../algorithms/error-feedback/ef21.h"

static inline void twice(size_t d, double minus_gamma, const double *v, double *x) { lac_axpy(d, -minus_gamma * minus_gamma, v, x); }

#define lac_axpy twice
#define lac_algorithm_ef21hb mutant_ef21hb_double_gamma
#include "../../algorithms/error-feedback/ef21hb.c"
