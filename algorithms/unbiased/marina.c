/* MARINA (Gorbunov, Burlachenko, Li, Richtarik, ICML 2021): unbiased compression of changes, and rare exchanges in full.

     x_{t+1} = x_t - gamma g_t
     g_{t+1} = grad f(x_{t+1}), sent in full                                     with probability p, one coin for all clients
     g_{t+1} = g_t + (1/n) sum Q_i(grad f_i(x_{t+1}) - grad f_i(x_t))            else

   g_0 = grad f(x_0).  Q_i independent (randk), or with a permutation that the clients share (permk: Szlendak, Tyurin, Richtarik 2021).

   theory: p = 1/(1 + omega) (randk: k/d; permk: 1/n), gamma = 1/(L + L_qm sqrt((1-p) A/p)), A of the AB inequality: omega/n for
   independent draws, 1 for permk.  For permk the papers have L_+- (laconic show --constants), which is no larger than L_qm. */
#include "algorithms/parts/descent.h"

#include <math.h>

enum { G = DESCENT_SERVER_VECS, SERVER_VECS };
enum { OLD, CLIENT_VECS };
enum { NEW, CLIENT_TMPS };

typedef struct { lac_step gamma, p; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, or theory = 1/(L + L_qm sqrt((1-p) A/p)); *FACTOR", .step_size = 1 },
  { "p", LAC_STEP, offsetof(params, p), "theory", NULL, NULL, "probability of an exchange in full: a number, or theory = 1/(1 + omega)" },
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double omega;
  return lac_omega_of(e, LAC_UP, &omega) ? "marina" NEEDS_OMEGA " or permk" : NULL;
}

static int theory_p(const lac_env *e, double *p)
{
  double omega;
  LAC_TRY(lac_omega_of(e, LAC_UP, &omega));
  *p = 1 / (1 + omega);
  return LAC_OK;
}

static int theory_gamma(const lac_env *e, double *gamma)
{
  double p = ((const params *)e->params)->p.value, A, B;
  lac_smoothness c;
  LAC_TRY(lac_ab_of(e, &A, &B));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + c.L_qm * sqrt((1 - p) * A / p));
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  LAC_TRY(lac_step_resolve(e, &p->p, theory_p));
  if (p->p.value > 1)
    return lac_fail(LAC_EUSER, "marina: p=%g is no probability; give a number in (0,1], or theory", p->p.value);
  return lac_step_resolve(e, &p->gamma, theory_gamma);
}

static int is_full(const lac_env *e) { return e->round == 0 || lac_coin(e, e->round, ((const params *)e->params)->p.value); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *now = c->tmp[NEW], *old = c->v[OLD];
  LAC_TRY(lac_full_gradient(e, c, m->v[MIRROR_X], now));
  if (is_full(e)) {
    lac_copy(e->d, now, old);
    return lac_send(e, now, up);
  }
  for (size_t j = 0; j < e->d; j++) {
    double change = now[j] - old[j];
    old[j] = now[j];
    now[j] = change;
  }
  return lac_compress(e, LAC_UP, c->id, now, up, 0, NULL);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return is_full(e) ? lac_receive_add(e, up, 1, s->v[SUM]) : descent_recv(e, s, client, up);
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (is_full(e))
    lac_zero(e->d, s->v[G]);
  lac_axpy(e->d, 1.0 / e->n, s->v[SUM], s->v[G]);
  lac_zero(e->d, s->v[SUM]);
  lac_axpy(e->d, -((const params *)e->params)->gamma.value, s->v[G], s->v[X]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return is_full(e) ? lac_dense_bits(e) : lac_compressed_bits(e, exact);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3,p=0.5", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=randk:k=4", .rounds = 40000 },
  { 0 }
};

const lac_algorithm_type lac_algorithm_marina = {
  .name = "marina",
  .summary = "unbiased compression of the change of the gradients, and rare exchanges in full",
  .reference = "Gorbunov, Burlachenko, Li, Richtarik, ICML 2021, arXiv:2102.07845",
  .options = options,
  .params_size = sizeof(params),
  .participation = "g follows the change of every gradient; PP-MARINA, which estimates it from some of them, is not in the suite",
  .whole = "g follows gradients of two rounds; VR-MARINA, which draws rows, is not in the suite",
  .refuse = refuse,
  .resolve = resolve,
  DESCENT_BROADCAST,
  .mirror_vecs = DESCENT_MIRROR_VECS,
  .server_vecs = SERVER_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
