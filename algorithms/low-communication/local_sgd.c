/* Local SGD (Stich, ICLR 2019): H local steps, then the mean of the clients (slow_momentum.h).

     theta_i = x;  H times: theta_i <- inner step;   x = (1/|S|) sum theta_i

   inner=sgd is FedAvg without a step size of the server.  With another inner optimiser a client keeps its moments: they are neither sent
   nor reset.  diloco with outer=sgd, eta_o=1 makes the same points in rounds of one step. */
#include "slow_momentum.h"

static const lac_option options[] = { LOCAL_OPTIONS, { 0 } };

static int server_step(const lac_env *e, lac_server *s)
{
  take_mean(e, s);
  lac_axpy(e->d, -1, s->v[SUM], s->v[X]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "H=1,lr=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "H=3,lr=0.1", .with = "sample=uniform:s=3", .as = "fedavg:K=3,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "H=epochs:2,lr=0.1", .as = "fedavg:K=epochs:2,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "H=1,inner=momentum,lr=0.1,beta1=0.5", .as = "dpadamw:optimiser=momentum,lr=0.1,beta1=0.5" },
  { .claim = LAC_SOLVES, .options = "H=1,lr=0.3", .with = "problem=quadratic:mu=0.1", .rounds = 3000 },
  { .claim = LAC_ALSO, .options = "H=3,inner=adamw" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_local_sgd = {
  .name = "local_sgd",
  .summary = "H local steps of SGD or another optimiser, and the mean of the clients",
  .reference = "Stich, ICLR 2019, arXiv:1805.09767",
  .options = options,
  .params_size = sizeof(local_params),
  .server_vecs = LOCAL_SERVER_VECS,
  LOCAL_SLOTS,
  .partial = LAC_ANY_MESSAGES,
  .server_step = server_step,
  .certificates = certificates,
};
