/* Gradient descent; with a compressor it is known as DCGD, distributed compressed gradient descent (dcgd is another name for it).

     c_i = C(grad f_i(x_t))            x_{t+1} = x_t - gamma (1/n) sum c_i        with --sample (1/|S|) sum over S

   and then prox_{gamma h}, where the problem has a constraint or another simple part h.

   Unbiased C (Khirirat, Feyzmahdavian, Johansson 2018): gamma = 1/(L + 2 L_max A), A = omega/n (or that of the AB inequality where clients
   share draws), reaches a neighbourhood of the solution.  Biased C: no guarantee, with Top-1 it can diverge (Beznosikov, Horvath,
   Richtarik, Safaryan 2020, Example 1).

   On a saddle point it is QGD (qgd is another name for it): with |F(z) - F(z*)|^2 <= L^2 |z - z*|^2 and F mu-strongly monotone,
   gamma = mu/(L^2 + 2 A L_qm^2) gives E|z_t - z*|^2 <= (1 - gamma mu)^t |z_0 - z*|^2, down to a floor where F_i(z*) != 0.

   Some clients at a time: stochastic gradient descent whose batches are clients, with a floor where these differ, and no theory here. */
#include "algorithms/parts/descent.h"

typedef struct { lac_step gamma; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, or theory = 1/(L + 2 max L_i omega/n) for unbiased compressors; theory-qm is EF21's; "
    "of a saddle point mu/(L^2 + 2 L_qm^2 omega/n)", .step_size = 1 },
  { 0 }
};

static int saddle_theory(const lac_env *e, const lac_smoothness *c, double A, double *gamma)
{
  double mu;
  LAC_TRY(lac_convexity_of(e, &mu));
  *gamma = mu / (c->L * c->L + 2 * A * c->L_qm * c->L_qm);
  return LAC_OK;
}

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double A, B;
  LAC_TRY(needs_all_clients(e));
  if (lac_ab_of(e, &A, &B))
    return lac_fail(LAC_ENOTSUP, "there is no theory for a biased compressor; give gamma=NUMBER, or gamma=theory-qm, the step of EF21");
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + 2 * c.L_max * A);
  if (lac_is_saddle(e))
    LAC_TRY(saddle_theory(e, &c, A, gamma));
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, theory); }

static int server_step(const lac_env *e, lac_server *s)
{
  double gamma = ((const params *)e->params)->gamma.value;
  descend_prox(e, s, gamma, gamma);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .rounds = 3000 },
  { .claim = LAC_GRADIENTS, .with = "up=identity" },
  { .claim = LAC_SOLVES, .options = "gamma=0.3", .with = "problem=quadratic:hetero=0,mu=0.1 sample=uniform:s=3" },      /* equal clients */
  { .claim = LAC_DISTANCES, .with = "problem=bilinear:lambda=1,solution=shared up=randk:k=25%", .rate = 1, .scale = 1 },
  { .claim = LAC_ALSO, .options = "gamma=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_gd = {
  .name = "gd",
  .summary = "gradient descent; with a compressor, DCGD",
  .reference = "Khirirat, Feyzmahdavian, Johansson 2018, arXiv:1806.06573",
  .options = options,
  .params_size = sizeof(params),
  .saddle = LAC_SADDLE_TOO,
  .proximal = 1,
  .server_vecs = DESCENT_SERVER_VECS,
  .client_tmps = DESCENT_CLIENT_TMPS,
  .resolve = resolve,
  .client_step = send_gradient,
  .server_step = server_step,
  DESCENT_ANSWER,
  .partial = LAC_ANY_MESSAGES,
  .server_recv = descent_recv_any,
  .certificates = certificates,
};
