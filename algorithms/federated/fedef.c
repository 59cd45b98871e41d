/* Fed-EF-SGD (Li, Li, ICML 2023): FedAvg with biased compression and error feedback.

     u = e_i + (x - y), C(u) is sent, e_i = u - C(u);  x -= eta_g (1/|S|) sum C(u)

   e_i of a client that is not sampled grows stale; the drift of FedAvg remains. */
#include "local_steps.h"

enum { E, CLIENT_VECS };
static const lac_option options[] = { LOCAL_OPTIONS, { 0 } };

static const char *refuse(const lac_env *e)
{
  double alpha;
  return lac_alpha_of(e, LAC_UP, &alpha) ? "fedef" NEEDS_ALPHA : refuse_K(e);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(walk(e, m, c, NULL, NULL, 0));
  lac_axpy(e->d, 1, c->tmp[MOVED], c->v[E]);
  lac_copy(e->d, c->v[E], c->tmp[MOVED]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[MOVED], up, -1, c->v[E]);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1", .with = "up=identity", .as = "fedavg:K=3,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.1", .with = "up=topk:k=4", .as = "ef14:gamma=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_fedef = {
  .name = "fedef",
  .summary = "FedAvg with biased compression and error feedback",
  .reference = "Li, Li, ICML 2023, arXiv:2211.14292",
  .options = options,
  .params_size = sizeof(local_params),
  .client_vecs = CLIENT_VECS,
  .refuse = refuse,
  .resolve = resolve_without_theory,
  FEDAVG_SLOTS,
  .partial = LAC_SOME_CLIENTS,
  .participation = "e_i keeps what its messages did not hold, and supposes that they arrive and count alike",
  .client_step = client_step,
  .certificates = certificates,
};
