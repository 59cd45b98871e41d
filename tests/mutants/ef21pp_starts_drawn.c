/* EF21-PP, wrong: only the clients that are drawn in round 0 make their g_i^0, the others start from 0. */
#define lac_algorithm_ef21pp right_ef21pp
#include "../../algorithms/error-feedback/ef21pp.c"

/* plugins.c reads it later. */
lac_algorithm_type mutant_ef21pp_starts_drawn;
static __attribute__((constructor(1000))) void make(void)
{
  mutant_ef21pp_starts_drawn = right_ef21pp;
  mutant_ef21pp_starts_drawn.everyone = NULL;
}
