/* SCAFCOM, wrong: momentum in every local step in the place of once a round. */
#define lac_algorithm_scafcom right_scafcom
#include "../../algorithms/federated/scafcom.c"

static int momentum_in_steps(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const params *p = e->params;
  double *v = c->v[VI], *y = c->tmp[Y], *grad = c->tmp[GRAD], eta = local_eta(e);
  if (is_init(e))
    return client_step(e, m, c, up);
  lac_copy(e->d, m->v[MIRROR_X], y);
  for (unsigned k = 0; k < local_K(e, c->id); k++) {
    LAC_TRY(lac_gradient(e, c, k, y, grad));
    for (size_t j = 0; j < e->d; j++) {
      v[j] = (1 - p->beta) * v[j] + p->beta * grad[j];
      y[j] -= eta * (grad[j] - c->v[CI][j] + m->v[MIRROR_C][j]);
    }
  }
  lac_sub(e->d, v, c->v[CI], c->tmp[INCREMENT]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[INCREMENT], up, 1, c->v[CI]);
}

/* plugins.c reads it later. */
lac_algorithm_type mutant_scafcom_momentum_each_step;
static __attribute__((constructor(1000))) void make(void)
{
  mutant_scafcom_momentum_each_step = right_scafcom;
  mutant_scafcom_momentum_each_step.client_step = momentum_in_steps;
}
