/* Branch-Train-Merge (Li, Gururangan, Dettmers, Lewis, Althoff, Smith, Zettlemoyer 2022): a seed phase together, then experts that train
   alone, each on its client's data, then their average.  A round is one step of the optimiser:

     round t < seed             C(grad f_i(x)) is sent;  x <- step along the mean
     of `branch` rounds behind  the first: the server sends x, theta_i = x, and theta_i's moments are 0
                                each: theta_i <- step along grad f_i(theta_i), without communication
                                the last: C(x - theta_i) is sent;  x -= sum w_i C(x - theta_i), the average of the experts
     and so on, from that average.

   expert=k: x is expert k instead, and the loss in the last row is its own; the experts of the first branches are the same for every k.
   The trace is that of x, which rests while experts train.  Branches of length 1 are steps of local training with an average after each.

   The paper's ensemble, p(next | past) = sum_k p(k | past) p_k(next | past), is no vector, and is not made here. */
#include "algorithms/parts/optimiser.h"

enum { X, SUM, M, V, SERVER_VECS };
enum { MIRROR_X, MIRROR_VECS };
enum { THETA, CLIENT_M, CLIENT_V, CLIENT_VECS };
enum { GRAD, CLIENT_TMPS };

typedef struct {
  uint64_t seed, branch, expert;
  optimiser inner;
} params;

static const lac_option options[] = {
  { "seed", LAC_UINT, offsetof(params, seed), "50", NULL, NULL, "rounds of the seed phase" },
  { "branch", LAC_UINT, offsetof(params, branch), "50", ">=1", NULL, "rounds in which experts train alone before they are averaged" },
  { "expert", LAC_UINT, offsetof(params, expert), "0", NULL, NULL,
    "the expert, from 1, that takes the place of the average: that of client 0 is 1; 0: the average" },
  OPTIMISER_CHOICE(params, inner, "inner", "adamw", "optimiser of the seed phase and of the experts"),
  OPTIMISER_OPTIONS(params, inner, "0.01", "its step size"),
  { 0 }
};

static const params *of(const lac_env *e) { return e->params; }

/* Where in its branch a round is, from 0, or -1 in the seed phase. */
static int64_t place(const lac_env *e)
{
  return e->round < of(e)->seed ? -1 : (int64_t)((e->round - of(e)->seed) % of(e)->branch);
}

static int begins(const lac_env *e) { return place(e) == 0; }
static int ends(const lac_env *e) { return place(e) + 1 == (int64_t)of(e)->branch; }
static int is_seed(const lac_env *e) { return place(e) < 0; }

static unsigned speaks(const lac_env *e)
{
  return (is_seed(e) || begins(e) ? LAC_SERVER_SPEAKS : 0) | (is_seed(e) || ends(e) ? LAC_CLIENTS_SPEAK : 0);
}

static uint64_t sampled_in(const lac_env *e) { return is_seed(e) ? e->round : e->round - (uint64_t)place(e); }

static const char *refuse(const lac_env *e)
{
  if (of(e)->expert > e->n)
    return "btm: expert=k is the number of a client, from 1; there are fewer clients";
  if (of(e)->expert && lac_participation_of(e) < 1)
    return "btm: with expert=k that client takes part in every branch; leave --sample and --dropout out, or expert";
  return NULL;
}

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  return is_seed(e) || begins(e) ? lac_send(e, s->v[X], down) : LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  return is_seed(e) || begins(e) ? lac_receive(e, down, m->v[MIRROR_X]) : LAC_OK;
}

static int train(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  if (begins(e)) {
    lac_copy(e->d, m->v[MIRROR_X], c->v[THETA]);
    lac_zero(e->d, c->v[CLIENT_M]);
    lac_zero(e->d, c->v[CLIENT_V]);
  }
  LAC_TRY(lac_gradient(e, c, 0, c->v[THETA], c->tmp[GRAD]));
  optimise(&of(e)->inner, (uint64_t)place(e) + 1, e->d, c->tmp[GRAD], c->v[CLIENT_M], c->v[CLIENT_V], c->v[THETA]);
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *own = c->tmp[GRAD];
  if (is_seed(e))
    LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], own));
  else {
    LAC_TRY(train(e, m, c));
    lac_sub(e->d, m->v[MIRROR_X], c->v[THETA], own);
  }
  return is_seed(e) || ends(e) ? lac_compress(e, LAC_UP, c->id, own, up, 0, NULL) : LAC_OK;
}

/* What a message counts, so that the sum over e->draws is what x moves by. */
static double share(const lac_env *e, uint32_t client)
{
  if (is_seed(e) || !of(e)->expert)
    return lac_weight(e, client);
  return client + 1 == of(e)->expert ? e->draws : 0;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return is_seed(e) || ends(e) ? lac_decompress(e, LAC_UP, client, up, share(e, client), s->v[SUM]) : LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  double *sum = s->v[SUM];
  if (!is_seed(e) && !ends(e))
    return LAC_OK;
  for (size_t j = 0; j < e->d; j++)
    sum[j] /= e->draws;
  if (is_seed(e))
    optimise(&of(e)->inner, e->round + 1, e->d, sum, s->v[M], s->v[V], s->v[X]);
  else
    lac_axpy(e->d, -1, sum, s->v[X]);
  lac_zero(e->d, sum);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return is_seed(e) || ends(e) ? lac_compressed_bits(e, exact) : 0;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "seed=1000,inner=sgd,lr=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "seed=1000,lr=0.01,wd=0.1", .with = "clients=1", .as = "diloco:H=1,mu=0,eta_o=1,lr=0.01,wd=0.1" },
  { .claim = LAC_EQUALS, .options = "seed=0,branch=4,inner=sgd,lr=0.1", .as = "diloco:H=4,inner=sgd,lr=0.1,mu=0,eta_o=1" },
  { .claim = LAC_EQUALS, .options = "seed=0,branch=4,inner=sgd,lr=0.1", .with = "dropout=0.3",
    .as = "diloco:H=4,inner=sgd,lr=0.1,mu=0,eta_o=1" },
  { .claim = LAC_SOLVES, .options = "seed=9,branch=3,inner=sgd,lr=0.3", .with = "problem=quadratic:hetero=0,mu=0.1", .rounds = 3000 },
  { .claim = LAC_ALSO, .options = "seed=3,branch=4" },
  { .claim = LAC_ALSO, .options = "seed=0,branch=1,inner=sgd" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_btm = {
  .name = "btm",
  .summary = "a seed phase together, experts that train alone, their average",
  .reference = "Li et al. 2022, arXiv:2208.03306",
  .options = options,
  .params_size = sizeof(params),
  .partial = LAC_ANY_MESSAGES,
  .weighing = LAC_WEIGHS_MESSAGES,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .sampled_in = sampled_in,
  .refuse = refuse,
  .speaks = speaks,
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
