/* EF21-SGD (Fatkhullin, Sokolov, Gorbunov, Li, Richtarik 2021): EF21 on gradients of --batch rows.

     c_i = C(grad of a batch at x - g_i)      g_i += c_i      (ef21.h)

   init=exact sends the gradient of all rows first.  The noise of the batches stays in g_i: it reaches a floor.
   theory: EF21's step, at which the paper's experiments are. */
#include "ef21.h"

static const lac_option options[] = { EF21_GAMMA("theory-qm"), EF21_INIT, { 0 } };

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21sgd" NEEDS_ALPHA); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((ef21_params *)p)->gamma, lac_theory_qm); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (init_of(e) == ZERO)
    return LAC_OK;
  LAC_TRY(ef21_gradient(e, m, c, c->tmp[WANT]));
  return send_estimate(e, c, up);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },      /* without --batch */
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21sgd = {
  .name = "ef21sgd",
  .summary = "EF21 on stochastic gradients (--batch); stalls at the noise of the batches",
  .reference = "Fatkhullin et al. 2021, arXiv:2110.03294",
  .options = options,
  .params_size = sizeof(ef21_params),
  .participation = "ef21pp, with --batch, is its form with some of them",
  .refuse = refuse,
  .resolve = resolve,
  .client_step = client_step,
  .client_vecs = EF21_CLIENT_VECS,
  .client_tmps = EF21_CLIENT_TMPS,
  EF21_SERVER,
  EF21_SLOTS,
  .certificates = certificates,
};
