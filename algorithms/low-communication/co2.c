/* CO2 (Sun et al., ICLR 2024): SlowMo whose exchange overlaps the next round (slow_momentum.h).  What the clients moved in round t-1
   arrives at the end of round t:

     m = mu m + D_{t-1}/(lr Lambda_t);   m = clip(m, [-phi, phi]);   x_{t+1} = x_t - eta_o lr m;   x_1 = x_0

   All clients start a round from x_t, not from where they were.  The paper's alpha is eta_o, its beta is mu.  lr is that of round t.

   gap=constant: Lambda_t = lambda, as in the authors' code, where clipping has no effect either.  gap=aware: a reading of the paper's
   "staleness gap", after Barkai, Hakimi, Schuster (arXiv:1909.10802),
   Lambda_t = 1 + |x_t - x_{t-1}|/(|D_{t-1}| + 1e-12).  The paper's own formula could not be verified. */
#include "slow_momentum.h"

enum { MOMENTUM_M = LOCAL_SERVER_VECS, BEFORE, SERVER_VECS };      /* BEFORE: x_{t-1} */
enum { CONSTANT, AWARE };

typedef struct { local_params local; double eta_o, mu, lambda, phi; int gap; } params;
static const lac_option options[] = {
  LOCAL_OPTIONS,
  { "eta_o", LAC_REAL, offsetof(params, eta_o), "1", ">0", NULL, "outer step size, the paper's alpha" },
  { "mu", LAC_REAL, offsetof(params, mu), "0.2", "[0,1)", NULL, "slow momentum, the paper's beta; near 1 late steps overshoot" },
  { "gap", LAC_CHOICE, offsetof(params, gap), "constant", NULL, "constant|aware",
    "staleness gap Lambda by which late steps are divided: lambda, or what x has moved meanwhile" },
  { "lambda", LAC_REAL, offsetof(params, lambda), "1", ">0", NULL, "Lambda of gap=constant" },
  { "phi", LAC_REAL, offsetof(params, phi), "0", ">=0", NULL, "largest entry of the momentum; 0: none" },
  { 0 }
};

static unsigned lag(const lac_env *e)
{
  (void)e;
  return 1;
}

static double distance(size_t d, const double *x, double *y)
{
  lac_axpy(d, -1, x, y);
  return sqrt(lac_norm_sq(d, y));
}

/* BEFORE becomes x_t. */
static double gap_of(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  double gap = p->gap == CONSTANT ? p->lambda : 1 + distance(e->d, s->v[X], s->v[BEFORE]) / (sqrt(lac_norm_sq(e->d, s->v[SUM])) + 1e-12);
  lac_copy(e->d, s->v[X], s->v[BEFORE]);
  return gap;
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  double lr = p->local.inner.lr;
  if (e->round == 0) {      /* nothing has arrived */
    lac_copy(e->d, s->v[X], s->v[BEFORE]);
    return LAC_OK;
  }
  take_mean(e, s);
  slow_step(p->mu, lr * gap_of(e, s), p->phi, e->d, s->v[SUM], s->v[MOMENTUM_M]);
  lac_axpy(e->d, -p->eta_o * lr, s->v[MOMENTUM_M], s->v[X]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .options = "H=1,lr=0.1,eta_o=0.5", .with = "problem=quadratic:mu=0.1", .rounds = 5000 },
  { .claim = LAC_SOLVES, .options = "H=4,lr=0.05,eta_o=0.5", .with = "problem=quadratic:hetero=0,mu=0.1", .rounds = 5000 },
  { .claim = LAC_ALSO, .options = "H=3,inner=adamw,gap=aware" },
  { .claim = LAC_ALSO, .options = "H=2,phi=0.1,lambda=2" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_co2 = {
  .name = "co2",
  .summary = "SlowMo whose exchange overlaps the local steps of the next round",
  .reference = "Sun et al., ICLR 2024, arXiv:2401.16265",
  .options = options,
  .params_size = sizeof(params),
  .participation = "a message that arrives a round late belongs to clients that the round at hand may not have drawn",
  .server_vecs = SERVER_VECS,
  LOCAL_SLOTS,
  .lag = lag,
  .server_step = server_step,
  .certificates = certificates,
};
