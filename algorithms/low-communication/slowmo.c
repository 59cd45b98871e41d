/* SlowMo (Wang, Tantia, Ballas, Rabbat, ICLR 2020): local steps, their mean, and a momentum of the outer steps (slow_momentum.h).

     D_t = x_t - (1/|S|) sum theta_i;   u = mu u + D_t/lr;   x_{t+1} = x_t - eta_o lr u

   The paper's alpha is eta_o, its beta is mu.  mu = 0, eta_o = 1: local SGD.  H = 1, inner=sgd: SGD with momentum. */
#include "slow_momentum.h"

enum { U = LOCAL_SERVER_VECS, SERVER_VECS };

typedef struct { local_params local; double eta_o, mu; } params;
static const lac_option options[] = {
  LOCAL_OPTIONS,
  { "eta_o", LAC_REAL, offsetof(params, eta_o), "1", ">0", NULL, "outer step size, the paper's alpha" },
  { "mu", LAC_REAL, offsetof(params, mu), "0.5", "[0,1)", NULL, "slow momentum, the paper's beta" },
  { 0 }
};

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  double lr = p->local.inner.lr;
  take_mean(e, s);
  slow_step(p->mu, lr, 0, e->d, s->v[SUM], s->v[U]);
  lac_axpy(e->d, -p->eta_o * lr, s->v[U], s->v[X]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "H=3,lr=0.1,mu=0", .as = "local_sgd:H=3,lr=0.1" },
  { .claim = LAC_EQUALS, .options = "H=3,lr=0.1,mu=0,eta_o=1.5", .with = "sample=uniform:s=3", .as = "fedavg:K=3,eta=0.1,eta_g=1.5" },
  { .claim = LAC_EQUALS, .options = "H=1,lr=0.1,mu=0.5", .as = "dpadamw:optimiser=momentum,lr=0.1,beta1=0.5" },
  { .claim = LAC_SOLVES, .options = "H=1,lr=0.1", .with = "problem=quadratic:mu=0.1", .rounds = 3000 },
  { .claim = LAC_SOLVES, .options = "H=4,lr=0.05", .with = "problem=quadratic:hetero=0,mu=0.1", .rounds = 3000 },
  { .claim = LAC_ALSO, .options = "H=3,inner=adamw,eta_o=0.7" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_slowmo = {
  .name = "slowmo",
  .summary = "local steps, and momentum on the mean of what they moved",
  .reference = "Wang, Tantia, Ballas, Rabbat, ICLR 2020, arXiv:1910.00643",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_VECS,
  LOCAL_SLOTS,
  .partial = LAC_ANY_MESSAGES,
  .server_step = server_step,
  .certificates = certificates,
};
