/* SCAFFOLD, wrong: c += (2/n) sum, the change of a client counted twice. */
#include "algorithm.h"

static inline void change_twice(const lac_env *e, double a, const double *x, double *y)
{
  lac_axpy(e->d, a == 1.0 / e->n ? 2 * a : a, x, y);
}

#define lac_axpy(d, a, x, y) change_twice(e, a, x, y)
#define lac_algorithm_scaffold mutant_scaffold_c_twice
#include "../../algorithms/federated/scaffold.c"
