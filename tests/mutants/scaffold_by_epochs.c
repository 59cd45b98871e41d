/* SCAFFOLD, wrong: x - y of K steps is divided, and later multiplied, by the number of epochs, here 1: x is right with all clients, c_i is
   K times too large. */
#include "../../algorithms/federated/local_steps.h"

static inline uint64_t epochs(const lac_env *e, uint32_t client) { return local_K(e, client) > 0; }

#define local_K epochs
#define lac_algorithm_scaffold mutant_scaffold_by_epochs
#include "../../algorithms/federated/scaffold.c"
