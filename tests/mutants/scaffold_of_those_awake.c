/* SCAFFOLD, wrong: c += (1/|S|) sum instead of (1/n) sum: as if the clients that slept had moved too. */
#include "algorithm.h"

static inline void of_those_awake(const lac_env *e, double a, const double *x, double *y)
{
  lac_axpy(e->d, a == 1.0 / e->n ? 1.0 / e->participants : a, x, y);
}

#define lac_axpy(d, a, x, y) of_those_awake(e, a, x, y)
#define lac_algorithm_scaffold mutant_scaffold_of_those_awake
#include "../../algorithms/federated/scaffold.c"
