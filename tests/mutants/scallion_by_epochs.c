/* SCALLION, wrong: a client divides x - y by the number of epochs, here 1, in the place of its K steps. */
#include "../../algorithms/federated/control_variates.h"

static int walk_an_epoch(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  LAC_TRY(controlled_walk(e, m, c));
  for (size_t j = 0; j < e->d; j++)
    c->tmp[INCREMENT][j] = c->tmp[INCREMENT][j] / local_eta(e) - m->v[MIRROR_C][j];
  return LAC_OK;
}

#define walk_to_increment walk_an_epoch
#define lac_algorithm_scallion mutant_scallion_by_epochs
#include "../../algorithms/federated/scallion.c"
