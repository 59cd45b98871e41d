/* DiLoCo (Douillard et al. 2023) and Streaming DiLoCo (Douillard et al. 2025, Algorithm 2): every client m trains on, fragments p
   of the parameters are averaged now and then, and late.  A round is one inner step t = 1, 2, ...

     theta_m <- inner step (AdamW, or SGD)
     (t - t_p) mod H = 0, t - t_p >= H:        send C(G_p - theta_{m,p})                          (first=partial: t - t_p >= 0)
     sent at t - tau:   D_p = mean;  B_p = mu B_p + D_p;  G_p -= eta_o (D_p + mu B_p);  theta_{m,p} = alpha theta_{m,p} + (1-alpha) G_p

   G is the shared anchor and the iterate that is evaluated.  One fragment, tau = 0, alpha = 0: DiLoCo.  With H = 1, inner=sgd,
   mu = 0, eta_o = 1 besides: data-parallel gradient descent.  AdamW (decoupled weight decay, bias correction) is never reset.

   Fragments: coordinates come in layers of `layer` numbers; layer l belongs to fragment l mod P (strided) or floor(l / (layers/P))
   (sequential); t_p = p * spacing. */
#include "algorithm.h"

#include <math.h>

enum { G, B, SUM, PART, SERVER_VECS };
enum { MIRROR_G, MIRROR_VECS };
enum { THETA, M, V, CLIENT_VECS };
enum { GRAD, DELTA, CLIENT_TMPS };
enum { STRIDED, SEQUENTIAL };
enum { ADAMW, SGD };
enum { FULL, PARTIAL };

typedef struct {
  uint64_t H, fragments, layer, spacing, tau;
  int pattern, first, inner;
  double alpha, eta_o, mu, lr, beta1, beta2, eps, wd;
} params;

static const lac_option options[] = {
  { "H", LAC_UINT, offsetof(params, H), "10", ">=1", NULL, "inner steps between two exchanges of a fragment" },
  { "fragments", LAC_UINT, offsetof(params, fragments), "1", ">=1", NULL, "fragments P" },
  { "pattern", LAC_CHOICE, offsetof(params, pattern), "strided", NULL, "strided|sequential", "which layers make a fragment" },
  { "layer", LAC_UINT, offsetof(params, layer), "1", ">=1", NULL, "coordinates of a layer" },
  { "spacing", LAC_UINT, offsetof(params, spacing), "0", NULL, NULL, "steps from one fragment to the next; 0: H/(P+1), at least 1" },
  { "first", LAC_CHOICE, offsetof(params, first), "full", NULL, "full|partial", "full: H steps before the first exchange of each" },
  { "tau", LAC_UINT, offsetof(params, tau), "0", "[0,60]", NULL, "steps between sending and receiving; communication overlaps them" },
  { "alpha", LAC_REAL, offsetof(params, alpha), "0", "[0,1]", NULL, "how much of its own value a client keeps when it receives" },
  { "eta_o", LAC_REAL, offsetof(params, eta_o), "0.7", ">0", NULL, "outer step size" },
  { "mu", LAC_REAL, offsetof(params, mu), "0.9", "[0,1)", NULL, "outer Nesterov momentum" },
  { "inner", LAC_CHOICE, offsetof(params, inner), "adamw", NULL, "adamw|sgd", "inner optimiser" },
  { "lr", LAC_REAL, offsetof(params, lr), "0.01", ">0", NULL, "inner step size" },
  { "beta1", LAC_REAL, offsetof(params, beta1), "0.9", "[0,1)", NULL, "AdamW" },
  { "beta2", LAC_REAL, offsetof(params, beta2), "0.95", "[0,1)", NULL, "AdamW" },
  { "eps", LAC_REAL, offsetof(params, eps), "1e-8", ">0", NULL, "AdamW" },
  { "wd", LAC_REAL, offsetof(params, wd), "0.1", ">=0", NULL, "AdamW, weight decay" },
  { 0 }
};

/* ---- fragments and their steps ---- */

static uint64_t spacing(const params *p)
{
  uint64_t s = p->H / (p->fragments + 1);
  return p->spacing ? p->spacing : s ? s : 1;
}

static int in_fragment(const params *p, size_t d, uint64_t fragment, size_t j)
{
  uint64_t layer = j / p->layer, layers = (d + p->layer - 1) / p->layer;
  return (p->pattern == STRIDED ? layer % p->fragments : layer * p->fragments / layers) == fragment;
}

static size_t fragment_size(const params *p, size_t d, uint64_t fragment)
{
  size_t size = 0;
  for (size_t j = 0; j < d; j += p->layer)
    if (in_fragment(p, d, fragment, j))
      size += d - j < p->layer ? d - j : p->layer;
  return size;
}

/* part = x on the fragment, and back. */
static void gather(const params *p, size_t d, uint64_t fragment, const double *x, double *part)
{
  for (size_t j = 0; j < d; j++)
    if (in_fragment(p, d, fragment, j))
      *part++ = x[j];
}

static void scatter(const params *p, size_t d, uint64_t fragment, const double *part, double *x)
{
  for (size_t j = 0; j < d; j++)
    if (in_fragment(p, d, fragment, j))
      x[j] = *part++;
}

/* Is the fragment sent at step t? */
static int sends(const params *p, uint64_t fragment, uint64_t t)
{
  uint64_t offset = fragment * spacing(p);
  return t >= offset + (p->first == FULL ? p->H : 0) && (t - offset) % p->H == 0;
}

/* Does its average arrive at step t? */
static int lands(const params *p, uint64_t fragment, uint64_t t) { return t > p->tau && sends(p, fragment, t - p->tau); }

static int any(const params *p, int (*when)(const params *, uint64_t, uint64_t), uint64_t t)
{
  for (uint64_t k = 0; k < p->fragments; k++)
    if (when(p, k, t))
      return 1;
  return 0;
}

static unsigned lag(const lac_env *e) { return (unsigned)((const params *)e->params)->tau; }

/* Round r is step r + 1; what landed at the end of step r goes down at its start. */
static unsigned speaks(const lac_env *e)
{
  const params *p = e->params;
  return (any(p, lands, e->round) ? LAC_SERVER_SPEAKS : 0) | (any(p, sends, e->round + 1) ? LAC_CLIENTS_SPEAK : 0);
}

static const char *refuse(const lac_env *e)
{
  const params *p = e->params;
  if (p->fragments > e->d)
    return "diloco: fragments is more than the coordinates";
  if (p->tau >= p->H)
    return "diloco: tau must be less than H";
  for (uint64_t k = 0; k < p->fragments; k++) {
    size_t size = fragment_size(p, e->d, k);
    if (size == 0)
      return "diloco: a fragment has no coordinates; lower fragments or layer";
    lac_site s = lac_up_site(e, size);
    if (lac_refuse(&s))
      return lac_refuse(&s);
  }
  return NULL;
}

/* ---- a round ---- */

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[G]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[MIRROR_G]);
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  const params *p = e->params;
  for (uint64_t k = 0; k < p->fragments; k++)
    if (lands(p, k, e->round)) {
      gather(p, e->d, k, s->v[G], s->v[PART]);
      LAC_TRY(lac_send_part(e, fragment_size(p, e->d, k), s->v[PART], down));
    }
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  const params *p = e->params;
  for (uint64_t k = 0; k < p->fragments; k++)
    for (size_t j = 0; lands(p, k, e->round) && j < e->d; j++)
      if (in_fragment(p, e->d, k, j))
        LAC_TRY(lac_receive_part(e, 1, down, &m->v[MIRROR_G][j]));
  return LAC_OK;
}

/* theta = alpha theta + (1-alpha) G on what has landed; in round 0 theta is G. */
static void merge(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  const params *p = e->params;
  if (e->round == 0)
    lac_copy(e->d, m->v[MIRROR_G], c->v[THETA]);
  for (uint64_t k = 0; k < p->fragments; k++)
    for (size_t j = 0; lands(p, k, e->round) && j < e->d; j++)
      if (in_fragment(p, e->d, k, j))
        c->v[THETA][j] = p->alpha * c->v[THETA][j] + (1 - p->alpha) * m->v[MIRROR_G][j];
}

static void adamw(const lac_env *e, lac_client *c, const double *g)
{
  const params *p = e->params;
  double *theta = c->v[THETA], *m = c->v[M], *v = c->v[V], step = (double)e->round + 1;
  double fix1 = 1 - pow(p->beta1, step), fix2 = 1 - pow(p->beta2, step);
  for (size_t j = 0; j < e->d; j++) {
    m[j] = p->beta1 * m[j] + (1 - p->beta1) * g[j];
    v[j] = p->beta2 * v[j] + (1 - p->beta2) * g[j] * g[j];
    theta[j] = theta[j] * (1 - p->lr * p->wd) - p->lr * (m[j] / fix1) / (sqrt(v[j] / fix2) + p->eps);
  }
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const params *p = e->params;
  double *theta = c->v[THETA], *part = c->tmp[DELTA];
  merge(e, m, c);
  LAC_TRY(lac_gradient(e, c, 0, theta, c->tmp[GRAD]));
  if (p->inner == ADAMW)
    adamw(e, c, c->tmp[GRAD]);
  else
    lac_axpy(e->d, -p->lr, c->tmp[GRAD], theta);
  if (!any(p, sends, e->round + 1))
    return LAC_OK;
  lac_sub(e->d, m->v[MIRROR_G], theta, c->tmp[GRAD]);
  for (uint64_t k = 0; k < p->fragments; k++)
    if (sends(p, k, e->round + 1)) {
      gather(p, e->d, k, c->tmp[GRAD], part);
      LAC_TRY(lac_compress_part(e, c->id, fragment_size(p, e->d, k), part, up, 0, NULL));
    }
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  const params *p = e->params;
  for (uint64_t k = 0; k < p->fragments; k++)
    if (sends(p, k, e->sent + 1)) {
      gather(p, e->d, k, s->v[SUM], s->v[PART]);
      LAC_TRY(lac_decompress_part(e, client, fragment_size(p, e->d, k), up, 1, s->v[PART]));
      scatter(p, e->d, k, s->v[PART], s->v[SUM]);
    }
  return LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  double *g = s->v[G], *b = s->v[B], *sum = s->v[SUM];
  for (uint64_t k = 0; k < p->fragments; k++)
    for (size_t j = 0; lands(p, k, e->round + 1) && j < e->d; j++)
      if (in_fragment(p, e->d, k, j)) {
        double mean = sum[j] / e->n;
        b[j] = p->mu * b[j] + mean;
        g[j] -= p->eta_o * (mean + p->mu * b[j]);
        sum[j] = 0;
      }
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  const params *p = e->params;
  uint64_t bits = 0;
  *exact = 1;
  for (uint64_t k = 0; k < p->fragments; k++)
    if (sends(p, k, e->round + 1)) {
      int one;
      bits += lac_part_bits(e, fragment_size(p, e->d, k), &one);
      *exact = *exact && one;
    }
  return bits;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "H=1,inner=sgd,lr=0.3,mu=0,eta_o=1", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .options = "H=4,inner=sgd,lr=0.1,mu=0.5", .with = "problem=quadratic:hetero=0", .rounds = 10000 },
  { .claim = LAC_SOLVES, .options = "H=4,fragments=2,tau=1,alpha=0.5,inner=sgd,lr=0.1,mu=0.5",
    .with = "problem=quadratic:hetero=0,mu=0.1" },
  { .claim = LAC_ALSO, .options = "H=3" },
  { .claim = LAC_ALSO, .options = "H=4,fragments=2,tau=2,alpha=0.5" },
  { .claim = LAC_ALSO, .options = "H=4,fragments=3,pattern=sequential,first=partial,tau=1,inner=sgd" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_diloco = {
  .name = "diloco",
  .summary = "many local AdamW steps, rare exchanges; streaming: fragment by fragment, late, overlapped",
  .reference = "Douillard et al. 2023, arXiv:2311.08105; streaming: Douillard et al. 2025, arXiv:2501.18512",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = refuse,
  .speaks = speaks,
  .lag = lag,
  .server_init = server_init,
  .host_init = host_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = G,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
