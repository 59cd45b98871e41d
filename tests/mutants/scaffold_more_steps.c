/* SCAFFOLD, wrong: x - y of K steps is divided, and later multiplied, by K + 1 steps: x is right with all clients,
   c_i follows its gradient too slowly. */
#include "../../algorithms/federated/local_steps.h"

static inline uint64_t one_more(const lac_env *e, uint32_t client) { return local_K(e, client) + 1; }

#define local_K one_more
#define lac_algorithm_scaffold mutant_scaffold_more_steps
#include "../../algorithms/federated/scaffold.c"
