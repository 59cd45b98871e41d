/* MASHA2, wrong: the clients' memories are empty when w has changed. */
#include "algorithm.h"

#define lac_full_gradient(e, c, x, g) \
  ((g) == (c)->v[OWN_FW] ? lac_zero((e)->d, (c)->v[ERROR]) : (void)0, lac_full_gradient(e, c, x, g))
#define lac_algorithm_masha2 mutant_masha2_forgets_at_coin
#include "../../algorithms/variational/masha2.c"
