/* Fed-EF, wrong: e_i is forgotten. */
#include "../../algorithms/federated/local_steps.h"

static inline void add_to_error(size_t d, const double *moved, double *error)
{
  for (size_t j = 0; j < d; j++)
    error[j] = 0 * error[j] + moved[j];
}

#define lac_axpy(d, a, x, y) add_to_error(d, x, y)
#define lac_algorithm_fedef mutant_fedef_forgets
#include "../../algorithms/federated/fedef.c"
