/* control.h: what the methods of the EControl paper share: a memory e_i of what was not sent, beside a shift h_i of the gradient.

     D_i = C(m e_i + g_i - h_i),  sent          each method says its m, and what becomes of e_i and h_i
     server: SUM = what the clients' messages add up to, SHIFT = sum h_i

   init=exact: round 0 begins with an exchange in which every client sends h_i^0 = grad f_i(x_0) in full; init=zero: h_i^0 = 0.
   These forms are unscaled: the step size stands outside C. */
#ifndef LAC_CONTROL_H
#define LAC_CONTROL_H

#include "algorithms/parts/descent.h"

enum { SHIFT = DESCENT_SERVER_VECS, CONTROL_SERVER_VECS };
enum { E, H, CONTROL_CLIENT_VECS };
enum { DIFF, WANT, SENT, CONTROL_CLIENT_TMPS };
enum { ZERO, EXACT };

/* Parameters of a method begin with these. */
typedef struct { lac_step gamma; int init; } control_params;
#define CONTROL_INIT                                                                                                     \
  { "init", LAC_CHOICE, offsetof(control_params, init), "exact", NULL, "zero|exact", "what h_i starts from" }

static inline double control_gamma(const lac_env *e) { return ((const control_params *)e->params)->gamma.value; }

static inline int starts_exact(const lac_env *e) { return e->round == 0 && ((const control_params *)e->params)->init == EXACT; }
static inline unsigned control_phases(const lac_env *e) { return starts_exact(e) ? 2 : 1; }
/* This exchange is that of the h_i^0. */
static inline int is_start(const lac_env *e) { return starts_exact(e) && e->phase == 0; }

/* x does not change between the two exchanges of round 0. */
static inline int control_send(const lac_env *e, lac_server *s, lac_msg *down) { return e->phase ? LAC_OK : descent_send(e, s, down); }

static inline int control_host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  return e->phase ? LAC_OK : descent_host_recv(e, m, down);
}

/* h_i = grad f_i(x_0), in full. */
static inline int send_start(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_full_gradient(e, c, m->v[MIRROR_X], c->v[H]));
  return lac_send(e, c->v[H], up);
}

/* tmp[DIFF] = g_i - h_i */
static inline int difference(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[DIFF]));
  lac_axpy(e->d, -1, c->v[H], c->tmp[DIFF]);
  return LAC_OK;
}

/* Sends D_i = C(weight e_i + tmp[DIFF]), leaves it in tmp[SENT], and e_i += tmp[DIFF] - D_i. */
static inline int send_with_memory(const lac_env *e, lac_client *c, double weight, lac_msg *up)
{
  double *want = c->tmp[WANT], *sent = c->tmp[SENT];
  lac_copy(e->d, c->tmp[DIFF], want);
  lac_axpy(e->d, weight, c->v[E], want);
  lac_zero(e->d, sent);
  LAC_TRY(lac_compress(e, LAC_UP, c->id, want, up, 1, sent));
  lac_axpy(e->d, 1, c->tmp[DIFF], c->v[E]);
  lac_axpy(e->d, -1, sent, c->v[E]);
  return LAC_OK;
}

/* v[which] += h_i^0, or SUM += D_i. */
static inline int control_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up, unsigned which)
{
  return is_start(e) ? lac_receive_add(e, up, 1, s->v[which]) : lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
}

static inline uint64_t control_uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return is_start(e) ? lac_dense_bits(e) : lac_compressed_bits(e, exact);
}

#define CONTROL_SLOTS                                                                                                    \
  .phases = control_phases, .server_init = descent_init, .server_send = control_send, .host_recv = control_host_recv,    \
  .mirror_vecs = DESCENT_MIRROR_VECS, .client_vecs = CONTROL_CLIENT_VECS, .client_tmps = CONTROL_CLIENT_TMPS,            \
  .uplink_bits = control_uplink_bits, .iterate = X, .weighing = LAC_WEIGHS_FUNCTIONS

#endif
