/* EF21-SGD2M (Fatkhullin, Tyurin, Richtarik, NeurIPS 2023): EF21-SGDM with the average averaged once more.

     v_i += eta (grad f_i(x, xi) - v_i)      u_i += eta (v_i - u_i)      c_i = C(u_i - g_i)      g_i += c_i      (ef21.h)

   theory, for full gradients: gamma = 1/((2/eta - 1) L + L_am xi(alpha)). */
#include "algorithms/low-communication/momentum.h"

enum { U = MOMENTUM_CLIENT_VECS, CLIENT_VECS };

static const lac_option options[] = { EF21_GAMMA("1/((2/eta - 1) L + L_am xi)"), EF21_INIT, MOMENTUM_ETA, { 0 } };

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21sgd2m" NEEDS_ALPHA); }
static double of_L(double eta) { return 2 / eta - 1; }
static int theory(const lac_env *e, double *gamma) { return momentum_theory(e, of_L, gamma); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((ef21_params *)p)->gamma, theory); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(ef21_gradient(e, m, c, c->tmp[WANT]));
  move_average(e, c->tmp[WANT], c->v[V]);
  move_average(e, c->v[V], c->v[U]);
  lac_copy(e->d, c->v[U], c->tmp[WANT]);
  return send_estimate(e, c, up);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1,eta=1", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },
  { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 60000 },
  { .claim = LAC_GRADIENTS, .options = "init=exact" },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21sgd2m = {
  .name = "ef21sgd2m",
  .summary = "EF21 with double momentum at the clients",
  .reference = "Fatkhullin, Tyurin, Richtarik, NeurIPS 2023, arXiv:2305.15155",
  .options = options,
  .params_size = sizeof(momentum_params),
  .participation = "the momenta of those that are away grow stale, which its theorem does not cover; ef21pp has none",
  .refuse = refuse,
  .resolve = resolve,
  .client_vecs = CLIENT_VECS,
  .client_tmps = EF21_CLIENT_TMPS,
  .client_step = client_step,
  EF21_SERVER,
  EF21_SLOTS,
  .certificates = certificates,
};
