/* FLASC (Kuo, Raje, Rajesh, Smith 2024): sparse messages both ways around dense local training, made for adapters (--problem=lora).

     y = C_down(x), u = 0;  K times: u = mu u + g_i(y), y -= eta u                  from what arrived, all coordinates are trained
     C_up(C_down(x) - y) is sent;  D = (1/|S|) sum of these
     the server, which keeps x in full:  a step of AdamW from x along D                 or of another optimiser

   The paper's compressors are --down=topk and --up=topk: the entries of largest magnitude of x, and of what a client has moved.  They keep
   no memory of what they drop.  A coordinate that was not sent down starts at 0, and may be sent up all the same.

   freeze=yes, the control: a coordinate that arrived as 0 stays 0, so that clients train what they were sent alone.

   at=dense: the trace and the result are those of x.  at=sent: they are those of x without what C_down dropped from it at last, which
   are the coordinates that clients would not be sent; the authors' code evaluates that. */
#include "algorithms/parts/optimiser.h"
#include "local_steps.h"

enum { M = LOCAL_SERVER_VECS, V, DENSE, SENT, SERVER_VECS };      /* X: what is evaluated */
enum { U = LOCAL_CLIENT_TMPS, CLIENT_TMPS };
enum { AT_DENSE, AT_SENT };

typedef struct {
  local_params local;
  double mu;
  int freeze, at;
  optimiser server;
} params;

static const lac_option options[] = {
  { "eta", LAC_STEP, offsetof(params, local.eta), "0.05", NULL, NULL, "local step size: a number", .step_size = 1 },
  { "mu", LAC_REAL, offsetof(params, mu), "0.9", "[0,1)", NULL, "local momentum, 0 at the start of every round" },
  { "K", LAC_STEPS, offsetof(params, local.K), "5", "[1,65535]", NULL,
    "local steps a round; epochs:E: E passes over the client's rows, E ceil(rows/batch) steps" },
  { "freeze", LAC_CHOICE, offsetof(params, freeze), "no", NULL, "no|yes", "yes: clients train what they were sent alone" },
  { "at", LAC_CHOICE, offsetof(params, at), "dense", NULL, "dense|sent",
    "what is evaluated: all that the server has; or without the coordinates that it did not send at last" },
  OPTIMISER_CHOICE(params, server, "server", "adamw", "the server's optimiser"),
  { "eta_g", LAC_REAL, offsetof(params, server.lr), "0.005", ">0", NULL, "its step size" },
  { "beta1", LAC_REAL, offsetof(params, server.beta1), "0.9", "[0,1)", NULL, "its momentum: all but sgd" },
  { "beta2", LAC_REAL, offsetof(params, server.beta2), "0.999", "[0,1)", NULL, "of the squares: adam, adamw" },
  { "eps", LAC_REAL, offsetof(params, server.eps), "1e-8", ">0", NULL, "added to the root: adam, adamw" },
  { "wd", LAC_REAL, offsetof(params, server.wd), "0.01", ">=0", NULL, "weight decay: adamw" },
  { 0 }
};

static const params *of(const lac_env *e) { return e->params; }

static const char *refuse(const lac_env *e)
{
  if (lac_broadcast_width(e) < 64)
    return "flasc: the server sends no vector in full that --broadcast could round, and compresses by --down; leave --broadcast out";
  return refuse_K(e);
}

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[DENSE]);
  return local_server_init(e, s, x0);
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  lac_zero(e->d, s->v[SENT]);
  return lac_compress(e, LAC_DOWN, e->n, s->v[DENSE], down, 1, s->v[SENT]);
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  lac_zero(e->d, m->v[MIRROR_X]);
  return lac_decompress(e, LAC_DOWN, e->n, down, 1, m->v[MIRROR_X]);
}

/* Clients stay where nothing arrived. */
LAC_VECTORISED
static void freeze(size_t d, const double *restrict arrived, double *restrict g)
{
  for (size_t j = 0; j < d; j++)
    g[j] = arrived[j] != 0 ? g[j] : 0;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const params *p = of(e);
  const double *x = m->v[MIRROR_X];
  double *y = c->tmp[Y], *u = c->tmp[U];
  uint64_t K = local_K(e, c->id);
  optimiser local = { .kind = MOMENTUM, .lr = local_eta(e), .beta1 = p->mu };
  lac_copy(e->d, x, y);
  lac_zero(e->d, u);
  for (unsigned k = 0; k < K; k++) {
    LAC_TRY(lac_gradient(e, c, k, y, c->tmp[GRAD]));
    if (p->freeze)
      freeze(e->d, x, c->tmp[GRAD]);
    optimise(&local, k + 1, e->d, c->tmp[GRAD], u, NULL, y);
  }
  lac_sub(e->d, x, y, c->tmp[MOVED]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[MOVED], up, 0, NULL);
}

/* What counts of a coordinate: 0 if it was dropped.  A 0 arrives whether it is sent or not. */
LAC_VECTORISED
static void mark_sent(size_t d, const double *restrict dense, double *restrict sent)
{
  for (size_t j = 0; j < d; j++)
    sent[j] = sent[j] != 0 || dense[j] == 0 ? 1 : 0;
}

static int server_step(const lac_env *e, lac_server *s)
{
  double *mean = s->v[SUM], *sent = s->v[SENT], *dense = s->v[DENSE];
  for (size_t j = 0; j < e->d; j++)
    mean[j] /= e->draws;
  mark_sent(e->d, dense, sent);
  optimise(&of(e)->server, e->round + 1, e->d, mean, s->v[M], s->v[V], dense);
  for (size_t j = 0; j < e->d; j++)
    s->v[X][j] = of(e)->at == AT_DENSE || sent[j] != 0 ? dense[j] : 0;
  lac_zero(e->d, mean);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1,mu=0,server=sgd,eta_g=1.5", .as = "fedavg:K=3,eta=0.1,eta_g=1.5" },
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1,mu=0,server=sgd,eta_g=1.5", .with = "sample=uniform:s=3",
    .as = "fedavg:K=3,eta=0.1,eta_g=1.5" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=1,server=sgd,eta_g=0.1", .with = "up=randk:k=4", .as = "gd:gamma=0.1" },
  { .claim = LAC_SOLVES, .options = "K=3,eta=0.05,server=sgd,eta_g=1", .with = "problem=quadratic:hetero=0", .rounds = 10000 },
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1,mu=0,at=sent", .as = "flasc:K=3,eta=0.1,mu=0,at=dense" },
  { .claim = LAC_ALSO, .options = "K=2,freeze=yes,server=sgd" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_flasc = {
  .name = "flasc",
  .summary = "sparse messages both ways (--down, --up) around dense local steps; AdamW at the server",
  .reference = "Kuo, Raje, Rajesh, Smith 2024, arXiv:2406.05233",
  .options = options,
  .params_size = sizeof(params),
  .partial = LAC_ANY_MESSAGES,
  .compresses_down = 1,
  .weighing = LAC_WEIGHS_MESSAGES,
  .gradients = local_K,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = LOCAL_MIRROR_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = refuse,
  .resolve = resolve_without_theory,
  .server_init = server_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = local_server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = lac_compressed_bits,
  .certificates = certificates,
};
