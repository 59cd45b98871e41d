/* @NAME@ (authors, where, year).

     x_{t+1} = x_t                        write the update here, in the paper's symbols

   Does nothing yet: the clients send their gradients, and x stays. */
#include "algorithm.h"

enum { X, SUM, SERVER_VECS };
enum { MIRROR_X, MIRROR_VECS };
enum { GRAD, CLIENT_TMPS };

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[X], down); }

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_X]); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[GRAD]));
  return lac_compress(e, LAC_UP, c->id, c->tmp[GRAD], up, 0, NULL);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

const lac_algorithm_type lac_algorithm_@NAME@ = {
  .name = "@NAME@",
  .summary = "does nothing yet",
  .reference = "none yet",
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_tmps = CLIENT_TMPS,
  .server_init = server_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = lac_compressed_bits,
};
