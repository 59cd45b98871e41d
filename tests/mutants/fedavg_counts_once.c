/* FedAvg, wrong: a client that --sample=weighted draws several times counts once. */
#include "../../algorithms/federated/local_steps.h"

static int by_those_heard(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
}

#define local_server_recv by_those_heard
#define lac_algorithm_fedavg mutant_fedavg_counts_once
#include "../../algorithms/federated/fedavg.c"
