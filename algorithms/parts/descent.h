/* descent.h: a server that sends x in full and adds up what the clients send: the frame of gradient descent and of all its descendants.

     server  sends x_t                                            clients  answer at x_t
     server  SUM += every message, decoded;  then the method's own server_step

   A method that includes this names its own further vectors behind these: enum { V = DESCENT_SERVER_VECS, SERVER_VECS }. */
#ifndef LAC_DESCENT_H
#define LAC_DESCENT_H

#include "algorithms/parts/needs.h"

enum { X, SUM, DESCENT_SERVER_VECS };
enum { MIRROR_X, DESCENT_MIRROR_VECS };

/* "ef21 needs a contractive compressor ...", or NULL. */
static inline const char *without_alpha(const lac_env *e, const char *sentence)
{
  double alpha;
  return lac_alpha_of(e, LAC_UP, &alpha) ? sentence : NULL;
}

static inline int descent_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static inline int descent_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[X], down); }

static inline int descent_host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_X]); }

static inline int descent_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
}

/* The same where messages may be lost or count several times. */
static inline int descent_recv_any(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, lac_weight(e, client), s->v[SUM]);
}

/* x -= (gamma/n) SUM */
static inline void descend(const lac_env *e, lac_server *s, double gamma) { lac_axpy(e->d, -gamma / e->n, s->v[SUM], s->v[X]); }

/* x -= (gamma/|S|) SUM where SUM is of this round alone: of all clients, or of those that were drawn. */
static inline void descend_drawn(const lac_env *e, lac_server *s, double gamma)
{
  lac_axpy(e->d, -gamma / e->draws, s->v[SUM], s->v[X]);
}

static inline void descend_once(const lac_env *e, lac_server *s, double gamma)
{
  descend_drawn(e, s, gamma);
  lac_zero(e->d, s->v[SUM]);
}

/* The same followed by prox_{gamma h}: X = prox(X - (by/|S|) SUM). */
static inline void descend_prox(const lac_env *e, lac_server *s, double by, double gamma)
{
  double *sum = s->v[SUM];
  if (!lac_is_proximal(e)) {      /* in place */
    descend_once(e, s, by);
    return;
  }
  lac_prox_point(e, 1, s->v[X], 0, NULL, by / e->draws, sum, sum);
  lac_prox(e, gamma, sum);
  lac_copy(e->d, sum, s->v[X]);
  lac_zero(e->d, sum);
}

/* The client of compressed gradient descent: C(grad f_i(x)), with tmp[GRAD]. */
enum { GRAD, DESCENT_CLIENT_TMPS };
static inline int send_gradient(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[GRAD]));
  return lac_compress(e, LAC_UP, c->id, c->tmp[GRAD], up, 0, NULL);
}

/* The slots of lac_algorithm_type that they all fill alike. */
#define DESCENT_BROADCAST                                                                                                \
  .server_init = descent_init, .server_send = descent_send, .host_recv = descent_host_recv, .iterate = X,                \
  .weighing = LAC_WEIGHS_FUNCTIONS
#define DESCENT_ANSWER DESCENT_BROADCAST, .mirror_vecs = DESCENT_MIRROR_VECS, .uplink_bits = lac_compressed_bits
#define DESCENT_SLOTS DESCENT_ANSWER, .server_recv = descent_recv

#endif
