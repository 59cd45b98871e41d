/* SCAFFOLD, wrong: with init=gradient only the clients that are drawn in round 0 start from their gradient, the others from 0. */
#define lac_algorithm_scaffold right_scaffold
#include "../../algorithms/federated/scaffold.c"

/* plugins.c reads it later. */
lac_algorithm_type mutant_scaffold_starts_drawn;
static __attribute__((constructor(1000))) void make(void)
{
  mutant_scaffold_starts_drawn = right_scaffold;
  mutant_scaffold_starts_drawn.everyone = NULL;
}
