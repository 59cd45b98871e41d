/* MASHA1, wrong: with the coin w takes the new iterate, w^{k+1} = z^{k+1}. */
#include "algorithm.h"

#include <string.h>

#define lac_prox(e, gamma, x) do {            \
    lac_prox(e, gamma, x);                    \
    if (strcmp(__func__, "move") == 0)        \
      lac_copy((e)->d, x, v[Z]);              \
  } while (0)
#define lac_algorithm_masha1 mutant_masha1_new_point
#include "../../algorithms/variational/masha1.c"
