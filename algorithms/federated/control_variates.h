/* control_variates.h: what SCAFFOLD and its compressed forms share beyond local_steps.h: a local step subtracts c_i, which stands for
   grad f_i, and adds c = (1/n) sum c_i, which stands for grad f.

     y = x;  K times: y -= eta (g_i(y) - c_i + c);  increment_i = (x - y)/(K eta) - c = mean of the K local gradients - c_i
     server, with m = (1/|S|) sum of the messages:  x -= eta_g eta K (m + c);  c += (|S|/n) m      (x takes the old c)

   With --weights messages count n w_i, so that c = sum w_i c_i, and of x - y = K eta (increment + c) the first part alone is weighed.
   The server's vectors begin with X, SUM, C, the mirror's with X, C, the client's with CI. */
#ifndef LAC_CONTROL_VARIATES_H
#define LAC_CONTROL_VARIATES_H

#include "local_steps.h"

enum { C = LOCAL_SERVER_VECS, CONTROL_SERVER_VECS };
enum { MIRROR_C = LOCAL_MIRROR_VECS, CONTROL_MIRROR_VECS };
enum { CI, CONTROL_CLIENT_VECS };
enum { INCREMENT = MOVED };      /* in the place of x - y */
enum { ZERO, GRADIENT };

/* Parameters of a method begin with these. */
typedef struct { local_params local; int init; } control_params;

#define CONTROL_OPTIONS                                                                                                  \
  LOCAL_OPTIONS,                                                                                                         \
  { "init", LAC_CHOICE, offsetof(control_params, init), "zero", NULL, "zero|gradient",                                   \
    "what c_i of every client starts from; gradient: that at x_0 (with --batch, of a batch), sent in full before round 0" }

/* init=gradient: round 0 begins with an exchange in full, in which all clients take part, sampled or not. */
static inline int has_init(const lac_env *e) { return e->round == 0 && ((const control_params *)e->params)->init == GRADIENT; }
static inline unsigned control_phases(const lac_env *e) { return has_init(e) ? 2 : 1; }
static inline int is_init(const lac_env *e) { return has_init(e) && e->phase == 0; }

static inline int control_server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  LAC_TRY(lac_send(e, s->v[X], down));
  return is_init(e) ? LAC_OK : lac_send(e, s->v[C], down);
}

static inline int control_host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  LAC_TRY(lac_receive(e, down, m->v[MIRROR_X]));
  return is_init(e) ? LAC_OK : lac_receive(e, down, m->v[MIRROR_C]);
}

/* Of methods whose server makes x - y of (x - y)/(K eta) - c. */
#define SERVER_KNOWS_ONE_K "the server multiplies the sum of their messages by it"

/* c_i = grad f_i(x_0), in full. */
static inline int send_init(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->v[CI]));
  return lac_send(e, c->v[CI], up);
}

static inline int controlled_walk(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  return walk(e, m, c, c->v[CI], m->v[MIRROR_C], 0);
}

/* tmp[INCREMENT] = (x - y)/(K eta) - c */
static inline int walk_to_increment(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  double *increment = c->tmp[INCREMENT];
  LAC_TRY(controlled_walk(e, m, c));
  for (size_t j = 0; j < e->d; j++)
    increment[j] = increment[j] / ((double)local_K(e, c->id) * local_eta(e)) - m->v[MIRROR_C][j];
  return LAC_OK;
}

static inline int control_server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  double weight = lac_weight(e, client);
  return is_init(e) ? lac_receive_add(e, up, weight, s->v[SUM]) : lac_decompress(e, LAC_UP, client, up, weight, s->v[SUM]);
}

static inline int control_server_step(const lac_env *e, lac_server *s)
{
  double step = local_eta_g(e) * local_eta(e) * (double)local_K(e, 0);      /* as of every client */
  if (!is_init(e)) {
    lac_axpy(e->d, -step / e->draws, s->v[SUM], s->v[X]);
    lac_axpy(e->d, -step, s->v[C], s->v[X]);
  }
  lac_axpy(e->d, 1.0 / e->n, s->v[SUM], s->v[C]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static inline uint64_t control_uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return is_init(e) ? lac_dense_bits(e) : lac_compressed_bits(e, exact);
}

/* Of a client in a round, at most; round 0 may have one more. */
static inline uint64_t control_gradients(const lac_env *e, uint32_t client)
{
  return local_K(e, client) + (((const control_params *)e->params)->init == GRADIENT);
}

/* Slots of lac_algorithm_type: of all, and those of one message up. */
#define CONTROL_SLOTS                                                                                                    \
  .mirror_vecs = CONTROL_MIRROR_VECS, .phases = control_phases, .everyone = is_init, .weighing = LAC_WEIGHS_MESSAGES,    \
  .partial = LAC_SOME_CLIENTS,                                                                                           \
  .participation = "c_i moves with the message, and c = sum w_i c_i of the server has to move with it",                  \
  .server_init = local_server_init, .server_send = control_server_send, .host_recv = control_host_recv, .iterate = X
#define SINGLE_SLOTS                                                                                                     \
  CONTROL_SLOTS, .server_vecs = CONTROL_SERVER_VECS, .client_tmps = LOCAL_CLIENT_TMPS,                                   \
  .server_recv = control_server_recv, .server_step = control_server_step, .uplink_bits = control_uplink_bits

#endif
