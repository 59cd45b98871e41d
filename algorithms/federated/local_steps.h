/* local_steps.h: what methods with local steps share.  FedAvg (fedavg.c) is all of it:

     y = x;  K times: y -= eta g_i(y)                 a client's walk
     C(x - y), sent;  x -= eta_g (1/|S|) sum C(x - y)

   With --weights each summand counts n w_i (lac_weight), here and in the other methods.  A lost message is one of a smaller S.

   The other methods say what a step adds to the gradient, what is sent, and what the server makes of it.
   The server's vectors begin with X and SUM, the mirror's with X. */
#ifndef LAC_LOCAL_STEPS_H
#define LAC_LOCAL_STEPS_H

#include "algorithms/parts/needs.h"

enum { X, SUM, LOCAL_SERVER_VECS };
enum { MIRROR_X, LOCAL_MIRROR_VECS };
enum { Y, GRAD, MOVED, LOCAL_CLIENT_TMPS };

/* Parameters of a method begin with these. */
typedef struct { double eta, eta_g; uint64_t K; } local_params;

#define LOCAL_OPTIONS                                                                                                    \
  { "eta", LAC_REAL, offsetof(local_params, eta), "0.05", ">0", NULL, "local step size" },                               \
  { "eta_g", LAC_REAL, offsetof(local_params, eta_g), "1", ">0", NULL, "global step size" },                             \
  { "K", LAC_UINT, offsetof(local_params, K), "5", "[1,65535]", NULL, "local steps a round" }

/* Of methods that are known to diverge in places. */
#define BEYOND_OPTION(params)                                                                                            \
  { "beyond", LAC_CHOICE, offsetof(params, beyond), "no", NULL, "no|yes", "yes: run also where it is known to diverge" }

static inline double local_eta(const lac_env *e) { return ((const local_params *)e->params)->eta; }
static inline double local_eta_g(const lac_env *e) { return ((const local_params *)e->params)->eta_g; }
static inline double local_K(const lac_env *e) { return (double)((const local_params *)e->params)->K; }

static inline int local_server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static inline int local_server_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[X], down); }

static inline int local_host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_X]); }

/* tmp[MOVED] = x - y after K steps y -= eta (g_i(y) - less + more + mu (y - x)); a vector that is NULL is 0. */
static inline int walk(const lac_env *e, const lac_mirror *m, lac_client *c, const double *less, const double *more, double mu)
{
  const local_params *p = e->params;
  const double *x = m->v[MIRROR_X];
  double *y = c->tmp[Y], *grad = c->tmp[GRAD];
  lac_copy(e->d, x, y);
  for (unsigned k = 0; k < p->K; k++) {
    LAC_TRY(lac_gradient(e, c, k, y, grad));
    if (less)
      lac_axpy(e->d, -1, less, grad);
    if (more)
      lac_axpy(e->d, 1, more, grad);
    for (size_t j = 0; mu > 0 && j < e->d; j++)
      grad[j] += mu * (y[j] - x[j]);
    lac_axpy(e->d, -p->eta, grad, y);
  }
  lac_sub(e->d, x, y, c->tmp[MOVED]);
  return LAC_OK;
}

/* The client of FedAvg. */
static inline int walk_and_send(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(walk(e, m, c, NULL, NULL, 0));
  return lac_compress(e, LAC_UP, c->id, c->tmp[MOVED], up, 0, NULL);
}

static inline int local_server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, lac_weight(e, client), s->v[SUM]);
}

/* x -= step (1/|S|) sum of the messages */
static inline void move_by_mean(const lac_env *e, lac_server *s, double step)
{
  lac_axpy(e->d, -step / e->draws, s->v[SUM], s->v[X]);
  lac_zero(e->d, s->v[SUM]);
}

static inline int local_server_step(const lac_env *e, lac_server *s)
{
  move_by_mean(e, s, local_eta_g(e));
  return LAC_OK;
}

/* Whether messages are sent as they are: C(x) = x. */
static inline int sends_in_full(const lac_env *e)
{
  double omega;
  return lac_omega_of(e, LAC_UP, &omega) == LAC_OK && omega == 0;
}

/* Slots of lac_algorithm_type: of all, and those of FedAvg. */
#define LOCAL_SLOTS                                                                                                      \
  .weighing = LAC_WEIGHS_MESSAGES, .client_tmps = LOCAL_CLIENT_TMPS, .server_init = local_server_init, .iterate = X
#define FEDAVG_SLOTS                                                                                                     \
  LOCAL_SLOTS, .server_vecs = LOCAL_SERVER_VECS, .mirror_vecs = LOCAL_MIRROR_VECS,                                       \
  .server_send = local_server_send, .host_recv = local_host_recv, .server_recv = local_server_recv,                      \
  .server_step = local_server_step, .uplink_bits = lac_compressed_bits

#endif
