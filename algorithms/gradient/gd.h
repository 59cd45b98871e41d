/* gd.h: gradient descent, and the same under its name with a compressor, dcgd.

     c_i = C(grad f_i(x_t))            x_{t+1} = x_t - gamma (1/n) sum c_i

   Unbiased C (Khirirat, Feyzmahdavian, Johansson 2018): gamma = 1/(L + 2 L_max A), A = omega/n (or that of the AB inequality where clients
   share draws), reaches a neighbourhood of the solution.  Biased C: no guarantee, with Top-1 it can diverge (Beznosikov, Horvath,
   Richtarik, Safaryan 2020, Example 1). */
#ifndef LAC_GD_H
#define LAC_GD_H

#include "algorithms/parts/descent.h"

typedef struct { lac_step gamma; } gd_params;
#define GD_GAMMA                                                                                                         \
  { "gamma", LAC_STEP, offsetof(gd_params, gamma), "theory", NULL, NULL,                                                 \
    "step size: a number, or theory = 1/(L + 2 max L_i omega/n) for unbiased compressors; theory-qm is EF21's" }

static inline int gd_theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double A, B;
  if (lac_ab_of(e, &A, &B))
    return lac_fail(LAC_ENOTSUP, "there is no theory for a biased compressor; give gamma=NUMBER, or gamma=theory-qm, the step of EF21");
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + 2 * c.L_max * A);
  return LAC_OK;
}

static inline int gd_resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((gd_params *)p)->gamma, gd_theory); }

static inline int gd_server_step(const lac_env *e, lac_server *s)
{
  descend_once(e, s, ((const gd_params *)e->params)->gamma.value);
  return LAC_OK;
}

#define GD_SLOTS                                                                                                         \
  .params_size = sizeof(gd_params), .resolve = gd_resolve, .server_vecs = DESCENT_SERVER_VECS,                           \
  .client_tmps = DESCENT_CLIENT_TMPS, .client_step = send_gradient, .server_step = gd_server_step, DESCENT_SLOTS

#endif
