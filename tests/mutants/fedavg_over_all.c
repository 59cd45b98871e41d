/* FedAvg, wrong: the sum of the movements over n in the place of |S|. */
#include "../../algorithms/federated/local_steps.h"

static int step_over_all(const lac_env *e, lac_server *s)
{
  lac_axpy(e->d, -local_eta_g(e) / e->n, s->v[SUM], s->v[X]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

#define local_server_step step_over_all
#define lac_algorithm_fedavg mutant_fedavg_over_all
#include "../../algorithms/federated/fedavg.c"
