/* EControl, wrong: h is updated before e, so that e loses Delta once more: e += g - (h + Delta) - Delta. */
#include "algorithm.h"

static inline void lose_twice(size_t d, double a, const double *x, double *y) { lac_axpy(d, a == -1 ? -2 : a, x, y); }

#define lac_axpy lose_twice
#define lac_algorithm_econtrol mutant_econtrol_loses_twice
#include "../../algorithms/econtrol.c"
