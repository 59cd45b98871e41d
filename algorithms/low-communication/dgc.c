/* Deep Gradient Compression (Lin, Han, Mao, Wang, Dally, ICLR 2018): momentum that is corrected for what sparse messages hold back.  With
   N clients:

     client k   g = grad f_k(x), scaled to a norm of at most clip sqrt(N)      the paper scales g/N to clip/sqrt(N)
                u = mu u + g;  v = v + u                                       nesterov=yes: v = v + g + mu u, with the new u
                sends C(v);  v = v - C(v);  u_j = 0 where C(v)_j is not 0      mask=no: u stays as it is
     server     s = s + (1/N) sum C(v_k);  sends C'(s);  s = s - C'(s)
     all        x = x - gamma C'(s)

   correction=no: v = v + g without a u, and the momentum is of what arrives: u = mu u + C'(s), x = x - gamma u (nesterov=yes:
   x = x - gamma (C'(s) + mu u)).

   The paper's C is --up=topk, of every tensor by itself --up=layerwise+topk; its density falls over the first rounds with
   --up=layerwise+schedule:values=25%/6.25%,every=50+topk:k=1%.  dense=biases: biases and gains go in full, as u and without a v, and
   every other tensor is compressed by itself.  With mask=no and --up=identity it is gradient descent with momentum.

   C' is --down.  In the paper's all-gather everybody gets what any other one sends: --down=threshold:tau=1e-300, all that is not 0. */
#include "algorithms/parts/needs.h"

#include <math.h>

enum { X, VELOCITY, HEARD, COPY_VECS };      /* at the server and in the mirror; HEARD: C'(s) */
enum { SUM = COPY_VECS, SERVER_VECS };
enum { U, V, CLIENT_VECS };
enum { GRAD, SENT, CLIENT_TMPS };
enum { NO, YES };
enum { NONE, BIASES };

typedef struct { double gamma, mu, clip; int nesterov, correction, mask, dense; } params;
static const lac_option options[] = {
  { "gamma", LAC_REAL, offsetof(params, gamma), "0.1", ">0", NULL, "step size", .step_size = 1 },
  { "mu", LAC_REAL, offsetof(params, mu), "0.9", "[0,1)", NULL, "momentum" },
  { "nesterov", LAC_CHOICE, offsetof(params, nesterov), "no", NULL, "no|yes", "Nesterov's momentum" },
  { "correction", LAC_CHOICE, offsetof(params, correction), "yes", NULL, "no|yes",
    "momentum at the clients, of what is not sent yet, too; no: of what everybody has received" },
  { "mask", LAC_CHOICE, offsetof(params, mask), "yes", NULL, "no|yes", "clear the momentum of the coordinates that are sent" },
  { "clip", LAC_REAL, offsetof(params, clip), "0", ">=0", NULL, "largest norm of a client's g/N, times the root of N; 0: any" },
  { "dense", LAC_CHOICE, offsetof(params, dense), "none", NULL, "none|biases",
    "biases: these and gains go in full, and every other tensor is compressed by itself" },
  { 0 }
};

static const params *of(const lac_env *e) { return e->params; }

/* ---- what travels ---- */

/* The parts of v: the tensors of the problem, or one that is all of it. */
static size_t parts_of(const lac_env *e, const lac_layer **layers)
{
  lac_site s = lac_lane_site(e, LAC_UP, e->d);
  *layers = s.layers;
  return of(e)->dense == BIASES ? s.layer_count : 0;
}

static int has_biases(const lac_layer *layers, size_t parts)
{
  while (parts && lac_layer_drawn(&layers[parts - 1]))
    parts--;
  return parts > 0;
}

static size_t size_of(const lac_layer *l) { return l->rows * l->cols; }

static const char *refuse(const lac_env *e)
{
  const lac_layer *layers;
  size_t parts = parts_of(e, &layers);
  const char *why = NULL;
  if (of(e)->dense == BIASES && !has_biases(layers, parts))
    return "dgc: this problem has no biases, and dense=biases would send nothing in full; leave it out, and take --up=layerwise+topk where "
           "it has layers";
  if (has_unbounded_error(e, LAC_UP) || has_unbounded_error(e, LAC_DOWN))
    return "dgc" NEEDS_BOUNDED "; take --up=topk";
  if (lac_broadcast_width(e) < 64)
    return "dgc: the server sends no vector in full that --broadcast could round, and compresses by --down; leave --broadcast out";
  for (size_t i = 0; i < parts && !why; i++) {
    lac_site s = lac_lane_site(e, LAC_UP, size_of(&layers[i]));
    why = lac_layer_drawn(&layers[i]) ? lac_refuse(&s) : NULL;
  }
  return why;
}

/* SENT = C(v), as the server will decode it. */
static int send_parts(const lac_env *e, lac_client *c, lac_msg *up)
{
  const lac_layer *layers;
  size_t parts = parts_of(e, &layers);
  double *v = c->v[V], *sent = c->tmp[SENT];
  lac_zero(e->d, sent);
  if (!parts)
    return lac_compress(e, LAC_UP, c->id, v, up, 1, sent);
  for (size_t i = 0; i < parts; i++) {
    size_t at = layers[i].offset, size = size_of(&layers[i]);
    if (lac_layer_drawn(&layers[i]))
      LAC_TRY(lac_compress_part(e, LAC_UP, c->id, size, v + at, up, 1, sent + at));
    else {
      LAC_TRY(lac_msg_put_reals(up, LAC_F64, v + at, size));
      lac_copy(size, v + at, sent + at);
    }
  }
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  const lac_layer *layers;
  size_t parts = parts_of(e, &layers);
  double share = 1.0 / e->n;
  if (!parts)
    return lac_decompress(e, LAC_UP, client, up, share, s->v[SUM]);
  for (size_t i = 0; i < parts; i++) {
    size_t size = size_of(&layers[i]);
    double *to = s->v[SUM] + layers[i].offset;
    if (lac_layer_drawn(&layers[i]))
      LAC_TRY(lac_decompress_part(e, LAC_UP, client, size, up, share, to));
    else
      LAC_TRY(lac_msg_add_reals(up, LAC_F64, share, to, size));
  }
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  const lac_layer *layers;
  size_t parts = parts_of(e, &layers);
  uint64_t bits = 0;
  int one;
  *exact = 1;
  if (e->phase)
    return 0;
  if (!parts)
    return lac_compressed_bits(e, exact);
  for (size_t i = 0; i < parts; i++)
    if (lac_layer_drawn(&layers[i])) {
      bits += lac_part_bits(e, LAC_UP, size_of(&layers[i]), &one);
      *exact = *exact && one;
    } else
      bits += 64 * (uint64_t)size_of(&layers[i]);
  return bits;
}

/* ---- the client ---- */

static void clip(const lac_env *e, double *g)
{
  double most = of(e)->clip * sqrt(e->n), norm = most > 0 ? sqrt(lac_norm_sq(e->d, g)) : 0;
  for (size_t j = 0; norm > most && j < e->d; j++)
    g[j] *= most / norm;
}

/* v += u, or g + mu u. */
LAC_VECTORISED
static void accumulate(size_t d, double mu, int nesterov, const double *restrict g, double *restrict u, double *restrict v)
{
  for (size_t j = 0; !nesterov && j < d; j++) {
    u[j] = mu * u[j] + g[j];
    v[j] += u[j];
  }
  for (size_t j = 0; nesterov && j < d; j++) {
    u[j] = mu * u[j] + g[j];
    v[j] += g[j] + mu * u[j];
  }
}

LAC_VECTORISED
static void clear_sent(size_t d, const double *restrict sent, double *restrict u)
{
  for (size_t j = 0; j < d; j++)
    u[j] = sent[j] != 0 ? 0 : u[j];
}

/* What is sent in full holds nothing back that u would push again. */
static void mask(const lac_env *e, const double *sent, double *u)
{
  const lac_layer *layers;
  size_t parts = parts_of(e, &layers);
  if (!parts)
    clear_sent(e->d, sent, u);
  for (size_t i = 0; i < parts; i++)
    if (lac_layer_drawn(&layers[i]))
      clear_sent(size_of(&layers[i]), sent + layers[i].offset, u + layers[i].offset);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const params *p = of(e);
  double *g = c->tmp[GRAD], *sent = c->tmp[SENT];
  if (e->phase)
    return LAC_OK;
  LAC_TRY(lac_gradient(e, c, 0, m->v[X], g));
  clip(e, g);
  accumulate(e->d, p->correction ? p->mu : 0, p->nesterov && p->correction, g, c->v[U], c->v[V]);
  LAC_TRY(send_parts(e, c, up));
  lac_axpy(e->d, -1, sent, c->v[V]);
  if (p->mask)
    mask(e, sent, c->v[U]);
  return LAC_OK;
}

/* ---- up in one exchange, down in the next ---- */

static unsigned phases(const lac_env *e)
{
  (void)e;
  return 2;
}

static unsigned speaks(const lac_env *e) { return e->phase == 0 ? LAC_CLIENTS_SPEAK : LAC_SERVER_SPEAKS; }

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[X]);
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (e->phase == 0)
    return LAC_OK;
  lac_zero(e->d, s->v[HEARD]);
  LAC_TRY(lac_compress(e, LAC_DOWN, e->n, s->v[SUM], down, 1, s->v[HEARD]));
  lac_axpy(e->d, -1, s->v[HEARD], s->v[SUM]);
  return LAC_OK;
}

/* The step of a copy. */
static void step(const lac_env *e, double **v)
{
  const params *p = of(e);
  const double *heard = v[HEARD];
  double *x = v[X], *u = v[VELOCITY];
  if (p->correction)
    lac_axpy(e->d, -p->gamma, heard, x);
  for (size_t j = 0; !p->correction && j < e->d; j++) {
    u[j] = p->mu * u[j] + heard[j];
    x[j] -= p->gamma * (p->nesterov ? heard[j] + p->mu * u[j] : u[j]);
  }
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  if (e->phase == 0)
    return LAC_OK;
  lac_zero(e->d, m->v[HEARD]);
  LAC_TRY(lac_decompress(e, LAC_DOWN, e->n, down, 1, m->v[HEARD]));
  step(e, m->v);
  return LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (e->phase)
    step(e, s->v);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1", .as = "gd:gamma=0.1" },      /* everything is sent, and all momentum is cleared */
  { .claim = LAC_EQUALS, .options = "gamma=0.1,mu=0,mask=no", .with = "up=topk:k=2", .as = "ef14:gamma=0.1,form=unscaled" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,mu=0.5,mask=no", .as = "dgc:gamma=0.1,mu=0.5,correction=no" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,mu=0.5,mask=no,nesterov=yes", .as = "dgc:gamma=0.1,mu=0.5,correction=no,nesterov=yes" },
  { .claim = LAC_SOLVES, .options = "gamma=0.05", .with = "problem=quadratic:hetero=0,mu=0.1 up=topk:k=2", .rounds = 20000 },
  { .claim = LAC_SOLVES, .options = "gamma=0.02", .with = "problem=quadratic:hetero=0,mu=0.1 up=topk:k=2 down=topk:k=5", .rounds = 20000 },
  { .claim = LAC_SOLVES, .options = "gamma=0.05,mu=0.5,mask=no,nesterov=yes", .with = "problem=quadratic:mu=0.1", .rounds = 20000 },
  { .claim = LAC_ALSO, .options = "gamma=0.01,mask=no,nesterov=yes" },
  { .claim = LAC_ALSO, .options = "gamma=0.01,correction=no" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_dgc = {
  .name = "dgc",
  .summary = "deep gradient compression: momentum, clipping, error feedback at the clients; --up=topk --down=threshold:tau=1e-300",
  .reference = "Lin, Han, Mao, Wang, Dally 2018, arXiv:1712.01887",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_VECS,
  .mirror_vecs = COPY_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .participation = "every copy of x is made of the messages of all rounds, and v supposes that its own arrive",
  .compresses_down = 1,
  .refuse = refuse,
  .phases = phases,
  .speaks = speaks,
  .server_init = server_init,
  .host_init = host_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
