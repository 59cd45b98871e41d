/* SCALLION, wrong: the server's step is eta_g in the place of eta_g eta K. */
#include "../../algorithms/federated/control_variates.h"

static int step_eta_g(const lac_env *e, lac_server *s)
{
  if (!is_init(e)) {
    lac_axpy(e->d, -local_eta_g(e) / e->participants, s->v[SUM], s->v[X]);
    lac_axpy(e->d, -local_eta_g(e), s->v[C], s->v[X]);
  }
  lac_axpy(e->d, 1.0 / e->n, s->v[SUM], s->v[C]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

#define control_server_step step_eta_g
#define lac_algorithm_scallion mutant_scallion_step_eta_g
#include "../../algorithms/federated/scallion.c"
