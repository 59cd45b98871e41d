/* EF21 (Richtarik, Sokolov, Fatkhullin, NeurIPS 2021, Algorithm 2).

     x_{t+1} = x_t - gamma g_t               g_t = (1/n) sum g_i
     c_i = C(grad f_i(x_{t+1}) - g_i)        g_i += c_i                      (ef21.h)

   theory: gamma = 1/(L + L_qm xi(alpha)), Theorem 1. */
#include "ef21.h"

static const lac_option options[] = { EF21_GAMMA("theory-qm"), EF21_INIT, { 0 } };

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21" NEEDS_ALPHA); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((ef21_params *)p)->gamma, lac_theory_qm); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.3,init=exact", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.3,init=zero", .as = "gd:gamma=0.3", .later = 1 },
  { .claim = LAC_EQUALS, .options = "gamma=theory", .as = "gd:gamma=theory" },
  { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .start = LAC_STARTS_COMPRESSED },
  { .claim = LAC_GRADIENTS, .options = "init=exact" },
  { .claim = LAC_GRADIENTS, .options = "gamma=theory-am,init=exact" },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { .claim = LAC_ALSO, .options = "init=zero" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21 = {
  .name = "ef21",
  .summary = "compresses the difference of the gradient to its last estimate; no floor, no heterogeneity bound",
  .reference = "Richtarik, Sokolov, Fatkhullin, NeurIPS 2021, arXiv:2106.05203",
  .options = options,
  .params_size = sizeof(ef21_params),
  .participation = "ef21pp is its form with some of them",
  .refuse = refuse,
  .resolve = resolve,
  EF21_CLIENT,
  EF21_SERVER,
  EF21_SLOTS,
  .certificates = certificates,
};
