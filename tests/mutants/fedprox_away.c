/* FedProx, wrong: the sign of mu, so that clients are driven away from x. */
#include "../../algorithms/federated/local_steps.h"

static int walk_away(const lac_env *e, const lac_mirror *m, lac_client *c, double mu)
{
  double *y = c->tmp[Y], *grad = c->tmp[GRAD];
  const double *x = m->v[MIRROR_X];
  lac_copy(e->d, x, y);
  for (unsigned k = 0; k < local_K(e, c->id); k++) {
    LAC_TRY(lac_gradient(e, c, k, y, grad));
    for (size_t j = 0; j < e->d; j++)
      grad[j] -= mu * (y[j] - x[j]);
    lac_axpy(e->d, -local_eta(e), grad, y);
  }
  lac_sub(e->d, x, y, c->tmp[MOVED]);
  return LAC_OK;
}

#define walk(e, m, c, less, more, mu) walk_away(e, m, c, mu)
#define lac_algorithm_fedprox mutant_fedprox_away
#include "../../algorithms/federated/fedprox.c"
