/* slow_momentum.h: methods whose round is H local steps of an inner optimiser from a common x, and one exchange (H counts steps, or passes
   over a client's rows).

     theta_i = x_t;  H times: theta_i <- inner step                          client
     C(x_t - theta_i) is sent                                                D_t, their mean, is a gradient times a step size
     u = mu u + D/lr;   x_{t+1} = x_t - eta_o lr u                            server; local_sgd: x - D

   The inner optimiser of a client is neither reset nor averaged.  slowmo takes D = D_t, co2 the D of the round before. */
#ifndef LAC_SLOW_MOMENTUM_H
#define LAC_SLOW_MOMENTUM_H

#include "algorithms/parts/optimiser.h"

enum { X, SUM, LOCAL_SERVER_VECS };
enum { MIRROR_X, LOCAL_MIRROR_VECS };
enum { M, V, LOCAL_CLIENT_VECS };
enum { THETA, GRAD, MOVED = GRAD, LOCAL_CLIENT_TMPS };

/* Parameters of a method begin with these. */
typedef struct { lac_steps H; optimiser inner; } local_params;

#define LOCAL_OPTIONS                                                                                                    \
  { "H", LAC_STEPS, offsetof(local_params, H), "10", "[1,65535]", NULL,                                                  \
    "local steps a round; epochs:E: those of E passes over the client's rows" },                                         \
  OPTIMISER_CHOICE(local_params, inner, "inner", "sgd", "inner optimiser"),                                              \
  OPTIMISER_OPTIONS(local_params, inner, "0.05", "inner step size")

static inline const local_params *local(const lac_env *e) { return e->params; }

static inline uint64_t local_H(const lac_env *e, uint32_t client)
{
  return local(e)->H.epochs ? local(e)->H.epochs * lac_epoch_steps(e, client) : local(e)->H.number;
}

/* NULL, or why there are too many steps: those of an exchange are numbered (lac_gradient). */
static inline const char *refuse_H(const lac_env *e)
{
  uint64_t least, most;
  lac_epoch_steps_of(e, &least, &most);
  return local(e)->H.epochs <= 65535 / most ? NULL :
         "H=epochs:E is more than 65535 local steps for a client; take a larger --batch, fewer epochs or H=NUMBER";
}

static inline int local_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static inline int local_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[X], down); }

static inline int local_host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_X]); }

static inline int local_walk(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *theta = c->tmp[THETA], *grad = c->tmp[GRAD];
  uint64_t H = local_H(e, c->id);
  lac_copy(e->d, m->v[MIRROR_X], theta);
  for (unsigned k = 0; k < H; k++) {
    LAC_TRY(lac_gradient(e, c, k, theta, grad));
    optimise(&local(e)->inner, c->steps * H + k + 1, e->d, grad, c->v[M], c->v[V], theta);
  }
  lac_sub(e->d, m->v[MIRROR_X], theta, c->tmp[MOVED]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[MOVED], up, 0, NULL);
}

static inline int local_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, lac_weight(e, client), s->v[SUM]);
}

/* SUM becomes D. */
static inline void take_mean(const lac_env *e, lac_server *s)
{
  for (size_t j = 0; j < e->d; j++)
    s->v[SUM][j] /= e->draws;
}

/* u = mu u + D/(lr Lambda), held between -phi and phi unless phi is 0. */
static inline void slow_step(double mu, double scale, double phi, size_t d, const double *restrict D, double *restrict u)
{
  for (size_t j = 0; j < d; j++) {
    u[j] = mu * u[j] + D[j] / scale;
    u[j] = phi > 0 ? fmax(-phi, fmin(phi, u[j])) : u[j];
  }
}

/* The slots of lac_algorithm_type that they all fill alike. */
#define LOCAL_SLOTS                                                                                                      \
  .weighing = LAC_WEIGHS_MESSAGES, .counts_steps = 1, .gradients = local_H,                                              \
  .mirror_vecs = LOCAL_MIRROR_VECS, .client_vecs = LOCAL_CLIENT_VECS,                                                    \
  .client_tmps = LOCAL_CLIENT_TMPS, .refuse = refuse_H, .server_init = local_init, .server_send = local_send,            \
  .host_recv = local_host_recv, .client_step = local_walk, .server_recv = local_recv, .iterate = X,                      \
  .uplink_bits = lac_compressed_bits

#endif
