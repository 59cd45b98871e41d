/* FedAvg (McMahan, Moore, Ramage, Hampson, Aguera y Arcas, AISTATS 2017), with a step size of the server (Karimireddy et al. 2020).

     y = x;  K times: y -= eta g_i(y);  x - y is sent;  x -= eta_g (1/|S|) sum (x - y)

   K > 1 and clients that differ: its fixed point is not x*, since each client drifts towards its own solution.  K = 1: (stochastic)
   gradient descent with the step eta eta_g. */
#include "local_steps.h"

static const lac_option options[] = { LOCAL_OPTIONS, { 0 } };

static const char *refuse(const lac_env *e)
{
  return !sends_in_full(e) ? "fedavg sends what its clients moved in full; fedpaq and fedef compress it" : refuse_K(e);
}

/* One step of every client: gradient descent with eta eta_g = 1/L.  Else clients drift. */
static int theory(const lac_env *e, double *eta)
{
  lac_smoothness c;
  if (local_K(e, 0) > 1 || !has_equal_K(e))
    return lac_fail(LAC_ENOTSUP, "with more than one local step clients drift by an amount that no known constant bounds; give eta=NUMBER");
  if (lac_participation_of(e) < 1)
    return lac_fail(LAC_ENOTSUP, "it is that of gradient descent, which needs all clients; give eta=NUMBER or leave --sample out");
  LAC_TRY(lac_smoothness_of(e, &c));
  *eta = 1 / (c.L * local_eta_g(e));
  return LAC_OK;
}

static int resolve(const lac_env *e, void *params) { return local_resolve(e, &((local_params *)params)->eta, theory); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=theory", .as = "gd" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=theory*0.5,eta_g=2", .as = "gd:gamma=theory*0.5" },
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1,eta_g=1.5", .with = "sample=uniform:s=3 rounds=1",
    .as = "scaffold:K=3,eta=0.1,eta_g=1.5" },      /* whose first c and c_i are 0 */
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.1", .as = "gd:gamma=0.1", .with =
    "problem=lsq dataset=synthetic:rows=6,d=20,labels=real,hetero=1 clients=7 rounds=40 sample=weighted:s=9 dropout=0.3" },
  { .claim = LAC_SOLVES, .options = "K=1,eta=0.3", .with = "problem=quadratic:mu=0.1", .rounds = 3000 },
  { .claim = LAC_ALSO, .options = "K=3,eta_g=1.5" },
  { .claim = LAC_ALSO, .options = "K=epochs:2" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_fedavg = {
  .name = "fedavg",
  .summary = "local steps and their mean; clients that differ drift",
  .reference = "McMahan et al., AISTATS 2017, arXiv:1602.05629",
  .options = options,
  .params_size = sizeof(local_params),
  .refuse = refuse,
  .resolve = resolve,
  .client_step = walk_and_send,
  FEDAVG_SLOTS,
  .partial = LAC_ANY_MESSAGES,
  .certificates = certificates,
};
