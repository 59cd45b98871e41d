/* Gradient descent; with a compressor it is distributed compressed gradient descent (DCGD).

     c_i = C(grad f_i(x_t))            x_{t+1} = x_t - gamma (1/n) sum c_i

   Unbiased C (Khirirat, Feyzmahdavian, Johansson 2018): gamma = 1/(L + 2 max L_i omega/n) reaches a neighbourhood of the solution.
   Biased C: no guarantee, with Top-1 it can diverge (Beznosikov, Horvath, Richtarik, Safaryan 2020, Example 1). */
#include "descent.h"

enum { GRAD, CLIENT_TMPS };

typedef struct { lac_step gamma; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, or theory = 1/(L + 2 max L_i omega/n) for unbiased compressors; theory-qm is EF21's" },
  { 0 }
};

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double omega;
  if (lac_omega_of(e, &omega))
    return lac_fail(LAC_ENOTSUP, "there is no theory for a biased compressor; give gamma=NUMBER, or gamma=theory-qm, the step of EF21");
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + 2 * c.L_max * omega / e->n);
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, theory); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[GRAD]));
  return lac_compress(e, c->id, c->tmp[GRAD], up, 0, NULL);
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  descend(e, s, p->gamma.value);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .rounds = 3000 },
  { .claim = LAC_GRADIENTS, .with = "up=identity" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_gd = {
  .name = "gd",
  .summary = "gradient descent; with a compressor, DCGD",
  .reference = "Khirirat, Feyzmahdavian, Johansson 2018, arXiv:1806.06573",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = DESCENT_SERVER_VECS,
  .client_tmps = CLIENT_TMPS,
  .resolve = resolve,
  .client_step = client_step,
  .server_step = server_step,
  DESCENT_SLOTS,
  .certificates = certificates,
};
