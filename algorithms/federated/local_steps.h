/* local_steps.h: what SCAFFOLD and its compressed forms share: K local steps with control variates, and the server's side.

     y = x;  K times: y -= eta (g_i(y) - c_i + c);  mean_i = (x - y)/(K eta) - c + c_i, the mean of the K local gradients
     server, with m = (1/|S|) sum of the decoded messages:  x -= eta_g eta K (m + c);  c += (|S|/n) m      (x takes the old c)

   The server's vectors begin with X, C, SUM, the mirror's with X, C, the client's with CI. */
#ifndef LAC_LOCAL_STEPS_H
#define LAC_LOCAL_STEPS_H

#include "algorithm.h"

enum { X, C, SUM, SERVER_VECS };
enum { MIRROR_X, MIRROR_C, MIRROR_VECS };
enum { CI, LOCAL_CLIENT_VECS };
enum { Y, GRAD, INCREMENT, CLIENT_TMPS };
enum { ZERO, GRADIENT };

/* Parameters of a method begin with these. */
typedef struct { double eta, eta_g; uint64_t K; int init; } local_params;

#define LOCAL_OPTIONS                                                                                                    \
  { "eta", LAC_REAL, offsetof(local_params, eta), "0.05", ">0", NULL, "local step size" },                               \
  { "eta_g", LAC_REAL, offsetof(local_params, eta_g), "1", ">0", NULL, "global step size" },                             \
  { "K", LAC_UINT, offsetof(local_params, K), "5", "[1,65535]", NULL, "local steps a round" },                           \
  { "init", LAC_CHOICE, offsetof(local_params, init), "zero", NULL, "zero|gradient",                                     \
    "what c_i of every client starts from; gradient: that at x_0 (with --batch, of a batch), sent in full before round 0" }

/* init=gradient: round 0 begins with an exchange in full, in which all clients take part, sampled or not. */
static int has_init(const lac_env *e) { return e->round == 0 && ((const local_params *)e->params)->init == GRADIENT; }
static unsigned phases(const lac_env *e) { return has_init(e) ? 2 : 1; }
static int is_init(const lac_env *e) { return has_init(e) && e->phase == 0; }

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  LAC_TRY(lac_send(e, s->v[X], down));
  return is_init(e) ? LAC_OK : lac_send(e, s->v[C], down);
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  LAC_TRY(lac_receive(e, down, m->v[MIRROR_X]));
  return is_init(e) ? LAC_OK : lac_receive(e, down, m->v[MIRROR_C]);
}

/* c_i = grad f_i(x_0), in full. */
static int send_init(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->v[CI]));
  return lac_send(e, c->v[CI], up);
}

/* tmp[INCREMENT] = (x - y)/(K eta) - c. */
static int local_steps(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  const local_params *p = e->params;
  double *y = c->tmp[Y], *grad = c->tmp[GRAD], *increment = c->tmp[INCREMENT];
  lac_copy(e->d, m->v[MIRROR_X], y);
  for (unsigned k = 0; k < p->K; k++) {
    LAC_TRY(lac_gradient(e, c, k, y, grad));
    lac_axpy(e->d, -1, c->v[CI], grad);
    lac_axpy(e->d, 1, m->v[MIRROR_C], grad);
    lac_axpy(e->d, -p->eta, grad, y);
  }
  lac_sub(e->d, m->v[MIRROR_X], y, increment);
  for (size_t j = 0; j < e->d; j++)
    increment[j] = increment[j] / ((double)p->K * p->eta) - m->v[MIRROR_C][j];
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return is_init(e) ? lac_receive_add(e, up, 1, s->v[SUM]) : lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  const local_params *p = e->params;
  double step = p->eta_g * p->eta * (double)p->K;
  if (!is_init(e)) {
    lac_axpy(e->d, -step / e->participants, s->v[SUM], s->v[X]);
    lac_axpy(e->d, -step, s->v[C], s->v[X]);
  }
  lac_axpy(e->d, 1.0 / e->n, s->v[SUM], s->v[C]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return is_init(e) ? lac_dense_bits(e) : lac_compressed_bits(e, exact);
}

/* The slots of lac_algorithm_type that are the same for all. */
#define LOCAL_SLOTS                                                                                                      \
  .server_vecs = SERVER_VECS, .mirror_vecs = MIRROR_VECS, .client_tmps = CLIENT_TMPS, .partial = 1, .phases = phases,     \
  .everyone = is_init,                                                                                                   \
  .server_init = server_init, .server_send = server_send, .host_recv = host_recv, .server_recv = server_recv,            \
  .server_step = server_step, .iterate = X, .uplink_bits = uplink_bits

#endif
