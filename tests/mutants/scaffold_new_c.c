/* SCAFFOLD, wrong: x takes the new c (form=single). */
#include "../../algorithms/federated/control_variates.h"

static int step_with_new(const lac_env *e, lac_server *s)
{
  double step = local_eta_g(e) * local_eta(e) * (double)local_K(e, 0);
  lac_axpy(e->d, 1.0 / e->n, s->v[SUM], s->v[C]);
  if (!is_init(e)) {
    lac_axpy(e->d, -step / e->draws, s->v[SUM], s->v[X]);
    lac_axpy(e->d, -step, s->v[C], s->v[X]);
  }
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

#define control_server_step step_with_new
#define lac_algorithm_scaffold mutant_scaffold_new_c
#include "../../algorithms/federated/scaffold.c"
