/* EF21-SGDM (Fatkhullin, Tyurin, Richtarik, NeurIPS 2023): momentum at the clients, before compression.

     v_i += eta (grad f_i(x, xi) - v_i)      c_i = C(v_i - g_i)      g_i += c_i      (ef21.h)

   eta is the weight of the NEW gradient.  v_i^0 is the gradient at x_0: of a batch or, with init=exact, of all rows.

   theory, for full gradients: gamma = 1/(L/eta + L_am xi(alpha)).  With batches no constant of the theorem could be verified. */
#include "algorithms/low-communication/momentum.h"

static const lac_option options[] = { EF21_GAMMA("1/(L/eta + L_am xi)"), EF21_INIT, MOMENTUM_ETA, { 0 } };

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21sgdm" NEEDS_ALPHA); }
static double of_L(double eta) { return 1 / eta; }
static int theory(const lac_env *e, double *gamma) { return momentum_theory(e, of_L, gamma); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((ef21_params *)p)->gamma, theory); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(ef21_gradient(e, m, c, c->tmp[WANT]));
  move_average(e, c->tmp[WANT], c->v[V]);
  lac_copy(e->d, c->v[V], c->tmp[WANT]);
  return send_estimate(e, c, up);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1,eta=1", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,eta=0.5", .with = "rounds=1", .as = "gd:gamma=0.1" },      /* v_i^0 is a gradient */
  { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .options = "init=exact" },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21sgdm = {
  .name = "ef21sgdm",
  .summary = "EF21 with momentum at the clients: any batch size",
  .reference = "Fatkhullin, Tyurin, Richtarik, NeurIPS 2023, arXiv:2305.15155",
  .options = options,
  .params_size = sizeof(momentum_params),
  .participation = "the momentum v_i of those that are away grows stale, which its theorem does not cover; ef21pp has none",
  .refuse = refuse,
  .resolve = resolve,
  .client_vecs = MOMENTUM_CLIENT_VECS,
  .client_tmps = EF21_CLIENT_TMPS,
  .client_step = client_step,
  EF21_SERVER,
  EF21_SLOTS,
  .certificates = certificates,
};
