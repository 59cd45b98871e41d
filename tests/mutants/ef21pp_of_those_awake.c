/* EF21-PP, wrong: messages count 1/|S| instead of 1/n. */
#include "../../algorithms/error-feedback/ef21.h"

static int by_those_awake(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return take_estimate(e, s->v[SUM], client, (double)e->n / e->participants, up);
}

#define ef21_server_recv by_those_awake
#define lac_algorithm_ef21pp mutant_ef21pp_of_those_awake
#include "../../algorithms/error-feedback/ef21pp.c"
