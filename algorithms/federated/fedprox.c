/* FedProx (Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith, MLSys 2020): FedAvg whose clients minimise f_i(y) + (mu/2)|y - x|^2, by K steps.

     y = x;  K times: y -= eta (g_i(y) + mu (y - x))

   A larger mu keeps clients near x; the fixed point is still not x*. */
#include "local_steps.h"

typedef struct { local_params local; double mu; } params;
static const lac_option options[] = {
  LOCAL_OPTIONS,
  { "mu", LAC_REAL, offsetof(params, mu), "1", ">=0", NULL, "weight of the proximal term" },
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  return !sends_in_full(e) ? "fedprox sends what its clients moved in full; fedpaq and fedef compress it" : refuse_K(e);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(walk(e, m, c, NULL, NULL, ((const params *)e->params)->mu));
  return lac_compress(e, LAC_UP, c->id, c->tmp[MOVED], up, 0, NULL);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "mu=0,K=3,eta=0.1", .as = "fedavg:K=3,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.3,mu=2", .as = "gd:gamma=0.3" },
  /* mu = 1/eta and one client: y = x - eta g(y) */
  { .claim = LAC_EQUALS, .options = "K=2,eta=0.1,mu=10", .with = "clients=1", .as = "extragradient:gamma=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_fedprox = {
  .name = "fedprox",
  .summary = "FedAvg with a proximal term that keeps clients near the server's iterate",
  .reference = "Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith, MLSys 2020, arXiv:1812.06127",
  .options = options,
  .params_size = sizeof(params),
  .refuse = refuse,
  .resolve = resolve_without_theory,
  FEDAVG_SLOTS,
  .partial = LAC_ANY_MESSAGES,
  .client_step = client_step,
  .certificates = certificates,
};
