/* Data-parallel AdamW (Loshchilov, Hutter, ICLR 2019), the baseline of low-communication methods: an exchange a step, and a server that
   makes the step of an optimiser from the mean gradient.

     c_i = C(grad f_i(x_t))            g = (1/n) sum c_i, with --sample (1/|S|) sum over S;  x_{t+1} = optimiser(x_t, g)

   optimiser=sgd is gd; momentum and nesterov are dense momentum SGD and, with up=topk, naive Top-K with the momentum at the server.  Adam
   without bias correction (bias=no) is what 1-bit Adam freezes.  All clients would make the same step from the same mean; one does it for
   them and sends x in full. */
#include "algorithms/parts/descent.h"
#include "algorithms/parts/optimiser.h"

enum { M = DESCENT_SERVER_VECS, V, SERVER_VECS };

typedef struct { optimiser by; } params;
static const lac_option options[] = {
  OPTIMISER_CHOICE(params, by, "optimiser", "adamw", "the step from the mean gradient"),
  OPTIMISER_OPTIONS(params, by, "0.01", "step size"),
  { 0 }
};

static int server_step(const lac_env *e, lac_server *s)
{
  double *mean = s->v[SUM];
  for (size_t j = 0; j < e->d; j++)
    mean[j] /= e->draws;
  optimise(&((const params *)e->params)->by, e->round + 1, e->d, mean, s->v[M], s->v[V], s->v[X]);
  lac_zero(e->d, mean);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "optimiser=sgd,lr=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "optimiser=sgd,lr=0.3", .with = "sample=uniform:s=3", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .options = "optimiser=momentum,lr=0.05,beta1=0.5", .with = "problem=quadratic:mu=0.1", .rounds = 3000 },
  { .claim = LAC_SOLVES, .options = "optimiser=nesterov,lr=0.05,beta1=0.5", .with = "problem=quadratic:mu=0.1", .rounds = 3000 },
  { .claim = LAC_ALSO, .options = "optimiser=adam,bias=no" },
  { .claim = LAC_ALSO, .options = "optimiser=nesterov" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_dpadamw = {
  .name = "dpadamw",
  .summary = "data-parallel AdamW: one exchange a step; also SGD with momentum, Nesterov, Adam",
  .reference = "Loshchilov, Hutter, ICLR 2019, arXiv:1711.05101",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_VECS,
  .client_tmps = DESCENT_CLIENT_TMPS,
  .client_step = send_gradient,
  .server_step = server_step,
  DESCENT_ANSWER,
  .partial = LAC_ANY_MESSAGES,
  .server_recv = descent_recv_any,
  .certificates = certificates,
};
