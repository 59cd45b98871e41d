/* EF21 (Richtarik, Sokolov, Fatkhullin, NeurIPS 2021, Algorithm 2).

     x_{t+1} = x_t - gamma g_t               g_t = (1/n) sum g_i
     c_i = C(grad f_i(x_{t+1}) - g_i)        g_i += c_i

   The message of round t is made at x_t, so round 0 makes g_i^0:
     init=compressed   g_i^0 = C(grad f_i(x_0))   (the paper)
     init=exact        g_i^0 = grad f_i(x_0), sent in full (the authors' scripts, which do not count it)
     init=zero         g_i^0 = 0: nothing is sent and x_1 = x_0

   theory: gamma = 1/(L + L_qm xi(alpha)), Theorem 1. */
#include "algorithm.h"

enum { X, SUM, SERVER_VECS };      /* SUM = n g */
enum { MIRROR_X, MIRROR_VECS };
enum { GI, CLIENT_VECS };
enum { DIFF, CLIENT_TMPS };
enum { COMPRESSED, ZERO, EXACT };

typedef struct { lac_step gamma; int init; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL, "step size: a number, theory = theory-qm, or theory-am; *FACTOR" },
  { "init", LAC_CHOICE, offsetof(params, init), "compressed", NULL, "compressed|zero|exact", "what g_i starts from" },
  { 0 }
};

static int init_of(const lac_env *e) { return e->round == 0 ? ((const params *)e->params)->init : COMPRESSED; }

static const char *refuse(const lac_env *e)
{
  double alpha;
  return lac_alpha_of(e, &alpha) ? "ef21 needs a contractive compressor (one with alpha), such as topk or randk:scale=no" : NULL;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, lac_theory_qm); }

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[X], down); }

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_X]); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *diff = c->tmp[DIFF];
  if (init_of(e) == ZERO)
    return LAC_OK;
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], diff));
  if (init_of(e) == EXACT) {
    lac_copy(e->d, diff, c->v[GI]);
    return lac_send(e, diff, up);
  }
  lac_axpy(e->d, -1, c->v[GI], diff);
  return lac_compress(e, c->id, diff, up, 1, c->v[GI]);      /* g_i += C(grad f_i - g_i) */
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  switch (init_of(e)) {
  case ZERO: return LAC_OK;
  case EXACT: return lac_receive_add(e, up, 1, s->v[SUM]);
  default: return lac_decompress(e, client, up, 1, s->v[SUM]);
  }
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  lac_axpy(e->d, -p->gamma.value / e->n, s->v[SUM], s->v[X]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  switch (init_of(e)) {
  case ZERO: return 0;
  case EXACT: return lac_dense_bits(e);
  default: return lac_compressed_bits(e, exact);
  }
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.3,init=exact", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.3,init=zero", .as = "gd:gamma=0.3", .later = 1 },
  { .claim = LAC_EQUALS, .options = "gamma=theory", .as = "gd:gamma=theory" },
  { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .start = LAC_STARTS_COMPRESSED },
  { .claim = LAC_GRADIENTS, .options = "gamma=theory-am,init=exact" },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { .claim = LAC_ALSO, .options = "init=zero" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21 = {
  .name = "ef21",
  .summary = "compresses the difference of the gradient to its last estimate; no floor, no heterogeneity bound",
  .reference = "Richtarik, Sokolov, Fatkhullin, NeurIPS 2021, arXiv:2106.05203",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = refuse,
  .resolve = resolve,
  .server_init = server_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
