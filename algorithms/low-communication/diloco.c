/* DiLoCo (Douillard et al. 2023) and Streaming DiLoCo (Douillard et al. 2025, Algorithm 2): every client m trains on, fragments p
   of the parameters are averaged now and then, and late.  A round is one inner step t = 1, 2, ...

     theta_m <- inner step (AdamW; optimiser.h has the others)
     (t - t_p) mod H = 0, t - t_p >= H:        send C(G_p - theta_{m,p})                          (first=partial: t - t_p >= 0)
     sent at t - tau:   D_p = mean;  B_p = mu B_p + D_p;  G_p -= eta_o (D_p + mu B_p);  theta_{m,p} = alpha theta_{m,p} + (1-alpha) G_p

   G is the shared anchor and the iterate that is evaluated.  One fragment, tau = 0, alpha = 0: DiLoCo.  With H = 1, inner=sgd,
   mu = 0, eta_o = 1 besides: data-parallel gradient descent.  The inner optimiser is never reset.  The outer step is Nesterov's, written
   above; outer=sgd with eta_o = 1 takes the mean of the clients: local SGD.

   --sample (one fragment, tau = 0, alpha = 0): a draw holds for the H steps of an outer round, D is the mean over it, and whoever was away
   starts from G; its moments, and the count of steps that corrects their bias, are as it left them.

   Fragments and their steps t_p: fragments.h. */
#include "algorithms/parts/optimiser.h"
#include "fragments.h"

enum { G, B, SUM, PART, SQUARES, SERVER_VECS };      /* the last one: v of optimiser.h, where B is m */
enum { MIRROR_G, MIRROR_VECS };
enum { THETA, M, V, CLIENT_VECS };
enum { GRAD, DELTA, CLIENT_PART, CLIENT_TMPS };

typedef struct {
  fragment_params cut;
  optimiser inner, outer;
  double alpha;
} params;

static const lac_option options[] = {
  FRAGMENT_OPTIONS(params, cut),
  { "alpha", LAC_REAL, offsetof(params, alpha), "0", "[0,1]", NULL, "how much of its own value a client keeps when it receives" },
  { "eta_o", LAC_REAL, offsetof(params, outer.lr), "0.7", ">0", NULL, "outer step size" },
  { "mu", LAC_REAL, offsetof(params, outer.beta1), "0.9", "[0,1)", NULL, "outer momentum" },
  OPTIMISER_CHOICE(params, inner, "inner", "adamw", "inner optimiser"),
  OPTIMISER_OPTIONS(params, inner, "0.01", "inner step size"),
  FRAGMENT_UP2_OPTION(params, cut),
  { "outer", LAC_CHOICE, offsetof(params, outer.kind), "nesterov", NULL, OPTIMISERS, "outer optimiser", .later = 1 },
  { "beta2_o", LAC_REAL, offsetof(params, outer.beta2), "0.99", "[0,1)", NULL, "of the squares: outer=adam, adamw", .later = 1 },
  { "eps_o", LAC_REAL, offsetof(params, outer.eps), "0.1", ">0", NULL, "added to the root: outer=adam, adamw", .later = 1 },
  { "wd_o", LAC_REAL, offsetof(params, outer.wd), "0", ">=0", NULL, "weight decay: outer=adamw", .later = 1 },
  { 0 }
};

static unsigned lag(const lac_env *e) { return (unsigned)((const params *)e->params)->cut.tau; }

/* Round r is step r + 1; what landed at the end of step r goes down at its start. */
static unsigned speaks(const lac_env *e)
{
  const params *p = e->params;
  return (any(e, &p->cut, lands, e->round) ? LAC_SERVER_SPEAKS : 0) | (any(e, &p->cut, sends, e->round + 1) ? LAC_CLIENTS_SPEAK : 0);
}

/* The first round of the outer round at hand. */
static uint64_t sampled_in(const lac_env *e)
{
  const params *p = e->params;
  return e->round - e->round % fragment_H(e, &p->cut);
}

static const char *refuse(const lac_env *e)
{
  const params *p = e->params;
  if (lac_participation_of(e) < 1 && (p->cut.count > 1 || p->cut.tau > 0))
    return "diloco: with several fragments, or late ones, clients are in no common outer round that --sample and --dropout could draw for; "
           "take fragments=1,tau=0";
  if (lac_participation_of(e) < 1 && p->alpha > 0)
    return "diloco: a client that was away has nothing of its own to keep; with --sample and --dropout take alpha=0";
  return refuse_fragments(e, &p->cut);
}

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
  for (uint64_t k = 0; k < p->cut.count; k++)
    if (lands(e, &p->cut, k, e->round)) {
      gather(e, &p->cut, k, s->v[G], s->v[PART]);
      LAC_TRY(lac_send_part(e, fragment_size(e, &p->cut, k), s->v[PART], down));
    }
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  const params *p = e->params;
  for (uint64_t k = 0; k < p->cut.count; k++)
    if (lands(e, &p->cut, k, e->round))
      for (walk w = walk_over(e, &p->cut, k); next_tensor(&w);)
        LAC_TRY(lac_receive_part(e, w.size, down, m->v[MIRROR_G] + w.at));
  return LAC_OK;
}

/* theta = alpha theta + (1-alpha) G on what has landed; in round 0 theta is G. */
static void merge(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  const params *p = e->params;
  if (e->round == 0)
    lac_copy(e->d, m->v[MIRROR_G], c->v[THETA]);
  for (uint64_t k = 0; k < p->cut.count; k++)
    if (lands(e, &p->cut, k, e->round))
      for (walk w = walk_over(e, &p->cut, k); next_tensor(&w);)
        for (size_t j = w.at; j < w.at + w.size; j++)
          c->v[THETA][j] = p->alpha * c->v[THETA][j] + (1 - p->alpha) * m->v[MIRROR_G][j];
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const params *p = e->params;
  double *theta = c->v[THETA], *grad = c->tmp[GRAD];
  merge(e, m, c);
  LAC_TRY(lac_gradient(e, c, 0, theta, grad));
  optimise(&p->inner, c->steps + 1, e->d, grad, c->v[M], c->v[V], theta);
  if (!any(e, &p->cut, sends, e->round + 1))
    return LAC_OK;
  lac_sub(e->d, m->v[MIRROR_G], theta, c->tmp[DELTA]);
  for (uint64_t k = 0; k < p->cut.count; k++)
    if (sends(e, &p->cut, k, e->round + 1)) {
      gather(e, &p->cut, k, c->tmp[DELTA], c->tmp[CLIENT_PART]);
      LAC_TRY(send_fragment(e, &p->cut, k, c->id, c->tmp[CLIENT_PART], up));
    }
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  const params *p = e->params;
  for (uint64_t k = 0; k < p->cut.count; k++)
    if (sends(e, &p->cut, k, e->sent + 1)) {
      gather(e, &p->cut, k, s->v[SUM], s->v[PART]);
      LAC_TRY(receive_fragment(e, &p->cut, k, client, lac_weight(e, client), up, s->v[PART]));
      scatter(e, &p->cut, k, s->v[PART], s->v[SUM]);
    }
  return LAC_OK;
}

/* B = mu B + D;  G -= eta_o (D + mu B), D the mean of what came; or the step of another optimiser, the s-th of the fragment. */
static void outer_step(const lac_env *e, lac_server *server, uint64_t s, size_t from, size_t size)
{
  const params *p = e->params;
  double *sum = server->v[SUM] + from;
  for (size_t j = 0; j < size; j++)
    sum[j] /= e->draws;
  optimise(&p->outer, s, size, sum, server->v[B] + from, server->v[SQUARES] + from, server->v[G] + from);
  lac_zero(size, sum);
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  for (uint64_t k = 0; k < p->cut.count; k++)
    if (lands(e, &p->cut, k, e->round + 1))
      for (walk w = walk_over(e, &p->cut, k); next_tensor(&w);)
        outer_step(e, s, exchanges_until(e, &p->cut, k, e->round + 1 - p->cut.tau), w.at, w.size);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  const params *p = e->params;
  uint64_t bits = 0;
  *exact = 1;
  for (uint64_t k = 0; k < p->cut.count; k++)
    if (sends(e, &p->cut, k, e->round + 1))
      bits += fragment_bits(e, &p->cut, k, exact);
  return bits;
}

static int sends_second(const lac_env *e) { return ((const params *)e->params)->cut.up2.count > 0; }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "H=1,inner=sgd,lr=0.3,mu=0,eta_o=1", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .options = "H=4,inner=sgd,lr=0.1,mu=0.5", .with = "problem=quadratic:hetero=0", .rounds = 10000 },
  { .claim = LAC_SOLVES, .options = "H=4,fragments=2,tau=1,alpha=0.5,inner=sgd,lr=0.1,mu=0.5",
    .with = "problem=quadratic:hetero=0,mu=0.1" },
  { .claim = LAC_EQUALS, .options = "H=1,inner=sgd,lr=0.3,mu=0,eta_o=1", .with = "sample=uniform:s=3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "H=1,inner=sgd,lr=0.3,mu=0,eta_o=1", .with = "dropout=0.4", .as = "fedavg:K=1,eta=0.3" },
  { .claim = LAC_EQUALS, .options = "H=1,inner=sgd,lr=0.3,outer=sgd,eta_o=1", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "H=1,inner=sgd,lr=1,outer=adam,eta_o=0.01,mu=0.8,beta2_o=0.9,eps_o=1e-8",
    .as = "dpadamw:optimiser=adam,lr=0.01,beta1=0.8,beta2=0.9", .tolerance = 1e-9 },
  { .claim = LAC_EQUALS, .options = "H=1,inner=sgd,lr=1,eta_o=0.1,mu=0.8", .as = "dpadamw:optimiser=nesterov,lr=0.1,beta1=0.8" },
  { .claim = LAC_ALSO, .options = "H=3" },
  { .claim = LAC_ALSO, .options = "H=4,fragments=2,up2=1,inner=momentum,outer=adam" },
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
  .partial = LAC_ANY_MESSAGES,
  .weighing = LAC_WEIGHS_MESSAGES,
  .counts_steps = 1,
  .sampled_in = sampled_in,
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
  .sends_second = sends_second,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
