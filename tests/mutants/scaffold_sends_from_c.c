/* SCAFFOLD, wrong: the new c_i less c is sent in the place of the change of c_i (form=classic). */
#include "../../algorithms/federated/control_variates.h"

static int send_from_c(const lac_env *e, const lac_mirror *m, const lac_client *c, double *x, lac_msg *up)
{
  if (x != c->tmp[MOVED])
    lac_sub(e->d, c->v[CI], m->v[MIRROR_C], x);
  return lac_send(e, x, up);
}

#define lac_send(e, x, up) send_from_c(e, m, c, x, up)
#define lac_algorithm_scaffold mutant_scaffold_sends_from_c
#include "../../algorithms/federated/scaffold.c"
