/* HideNseek (Vallapuram, Zhou, Kwon, Lee, Xu, Hui 2022): the weights are those of the start, and what is learnt is their signs.

   A weight is a_j m_j with m_j = +1 or -1, a_j > 0 where SynFlow (synflow.h) keeps it and 0 elsewhere: a function of x0 and the options,
   known to all.  Client i has scores s, and its weights are w(s)_j = a_j sign(s_j), sign(0) = +1:

     s = what the server sends;  K times: s -= eta a * grad f_i(w(s));  sign(s) is sent, one bit for each weight that is kept
     server: S = (1/|S|) sum sign(s_i), weighted as --weights says;  x = w(S)

   as if sign had the slope 1 (straight-through).  inner=adam, and the like: the steps of another optimiser, which begins anew in every
   round.  It turns the signs of all layers at one pace, where sgd turns those of large a.  The server sends S (tells=mean), or its signs
   alone, a bit each (tells=sign).  In the beginning S is the signs of x0, so x is x0 with weights dropped.  Biases stay what x0 says.

   A client begins each round with S, and what its scores were beyond their signs is lost: it takes long walks, K of about a hundred.

   magnitude=layer: a_j = sqrt(2/(cols q_l)) for all of a layer of which the share q_l is kept, which preserves the size of what passes a
   layer of ReLUs; magnitude=start: |x0_j|.

   mask=zero_one, the control of the paper's experiment: m_j = 1 or 0 and a_j has the sign of x0_j; S is 1 in the beginning. */
#include "algorithms/parts/optimiser.h"
#include "local_steps.h"
#include "synflow.h"

enum { S = LOCAL_SERVER_VECS, BASE, MASK, SERVER_VECS };      /* X is a work vector before round 0 */
enum { MIRROR_S, MIRROR_BASE, MIRROR_MASK, MIRROR_WORK, MIRROR_VECS };
enum { W, SLOPE, SCORE, M, V, CLIENT_TMPS };
enum { SIGN, ZERO_ONE };
enum { LAYER, START };
enum { MEAN, SIGNS };

typedef struct {
  local_params local;
  double density;
  uint64_t prunings;
  int mask, magnitude, tells;
  optimiser inner;
} params;

static const lac_option options[] = {
  { "eta", LAC_STEP, offsetof(params, local.eta), "1", NULL, NULL, "step size of the scores, whose scale is 1: a number",
    .step_size = 1 },
  { "K", LAC_STEPS, offsetof(params, local.K), "5", "[1,65535]", NULL,
    "local steps a round; epochs:E: E passes over the client's rows, E ceil(rows/batch) steps" },
  OPTIMISER_CHOICE(params, inner, "inner", "sgd", "optimiser of the scores"),
  { "beta1", LAC_REAL, offsetof(params, inner.beta1), "0.9", "[0,1)", NULL, "its momentum: all but sgd" },
  { "beta2", LAC_REAL, offsetof(params, inner.beta2), "0.999", "[0,1)", NULL, "of the squares: adam, adamw" },
  { "eps", LAC_REAL, offsetof(params, inner.eps), "1e-8", ">0", NULL, "added to the root: adam, adamw" },
  { "density", LAC_REAL, offsetof(params, density), "0.5", "(0,1]", NULL, "share of the weights that is kept" },
  { "prunings", LAC_UINT, offsetof(params, prunings), "100", "[1,10000]", NULL, "steps in which SynFlow drops the others" },
  { "magnitude", LAC_CHOICE, offsetof(params, magnitude), "layer", NULL, "layer|start",
    "layer: one magnitude for all weights of a layer; start: those of x0" },
  { "mask", LAC_CHOICE, offsetof(params, mask), "sign", NULL, "sign|zero_one",
    "what a bit says: the sign of a weight, or whether it is 0" },
  { "tells", LAC_CHOICE, offsetof(params, tells), "mean", NULL, "mean|sign",
    "what the server sends: mean signs, or their signs, a bit each" },
  { 0 }
};

static const params *of(const lac_env *e) { return e->params; }

static size_t kept(const lac_env *e)
{
  synflow_chain c = synflow_chain_of(e);
  return synflow_kept(&c, of(e)->density, 1, 1);
}

static const char *refuse(const lac_env *e)
{
  synflow_chain c = synflow_chain_of(e);
  double omega;
  int exact;
  if (!synflow_chains(&c) || !synflow_weights(&c))
    return "hidenseek scores a chain of layers, in which each takes what the one before gives, such as those of mlp and cnn; the layers of "
           "this problem are none";
  if (lac_omega_of(e, LAC_UP, &omega) || omega > 0 || lac_compressed_bits(e, &exact) != lac_dense_bits(e))
    return "hidenseek sends one bit for each weight, which no compressor makes shorter; leave --up out";
  if (of(e)->tells == SIGNS && lac_broadcast_width(e) < 64)
    return "hidenseek: with tells=sign the server sends signs, which --broadcast does not round; leave it out, or take tells=mean";
  return refuse_K(e);
}

/* ---- signs, one bit for each weight that is kept ---- */

static int put_signs(const lac_env *e, const double *mask, const double *s, lac_msg *m)
{
  uint64_t word = 0;
  unsigned count = 0;
  for (size_t j = 0; j < e->d; j++)
    if (mask[j]) {
      word |= (uint64_t)(s[j] < 0) << count++;
      if (count == 64) {
        LAC_TRY(lac_msg_put(m, word, 64));
        word = count = 0;
      }
    }
  return lac_msg_put(m, word, count);
}

/* s += weight sign(.) */
static int add_signs(const lac_env *e, const double *mask, double weight, lac_msg *m, double *s)
{
  uint64_t word = 0, left = kept(e);
  unsigned count = 0;
  for (size_t j = 0; j < e->d; j++)
    if (mask[j]) {
      if (count == 0) {
        count = left < 64 ? (unsigned)left : 64;
        left -= count;
        LAC_TRY(lac_msg_get(m, count, &word));
      }
      s[j] += word & 1 ? -weight : weight;
      word >>= 1;
      count--;
    }
  return LAC_OK;
}

/* ---- weights ---- */

/* w(s): elsewhere s stays 1, and the base is the bias or 0. */
LAC_VECTORISED
static void weigh(const lac_env *e, const double *restrict base, const double *restrict s, double *restrict w)
{
  double low = of(e)->mask == SIGN ? -1 : 0;
  for (size_t j = 0; j < e->d; j++)
    w[j] = base[j] * (s[j] < 0 ? low : 1);
}

/* The magnitude that a layer's weights have. */
static double magnitude_of(const lac_layer *l, const double *mask)
{
  double left = 0;
  for (size_t j = l->offset; j < l->offset + l->rows * l->cols; j++)
    left += mask[j];
  return left > 0 ? sqrt(2 * (double)l->rows / left) : 0;
}

/* The base a, and s as it is in the beginning. */
static void make_base(const lac_env *e, const double *x0, const double *mask, double *base, double *s)
{
  synflow_chain c = synflow_chain_of(e);
  lac_layer at;
  lac_copy(e->d, x0, base);
  for (size_t j = 0; j < e->d; j++)
    s[j] = 1;
  for (size_t l = 0; synflow_next(&c, &l, &at);) {
    double size = magnitude_of(&at, mask);
    for (size_t j = at.offset; j < at.offset + at.rows * at.cols; j++) {
      double w = of(e)->magnitude == START ? x0[j] : x0[j] < 0 ? -size : size;
      base[j] = mask[j] * (of(e)->mask == SIGN ? fabs(w) : w);
      s[j] = of(e)->mask == SIGN && mask[j] && w < 0 ? -1 : 1;
    }
  }
}

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  double **v = s->v;
  LAC_TRY(synflow_prune(e, x0, of(e)->density, of(e)->prunings, v[MASK], v[X], v[S], v[SUM]));
  make_base(e, x0, v[MASK], v[BASE], v[S]);
  weigh(e, v[BASE], v[S], v[X]);
  lac_zero(e->d, v[SUM]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  double **v = m->v;
  LAC_TRY(synflow_prune(e, x0, of(e)->density, of(e)->prunings, v[MIRROR_MASK], v[MIRROR_WORK], v[MIRROR_S], v[MIRROR_BASE]));
  make_base(e, x0, v[MIRROR_MASK], v[MIRROR_BASE], v[MIRROR_S]);
  return LAC_OK;
}

/* ---- the round ---- */

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  double *packed = s->v[SUM];      /* until clients answer, there is no sum */
  size_t count = 0;
  if (of(e)->tells == SIGNS)
    return put_signs(e, s->v[MASK], s->v[S], down);
  for (size_t j = 0; j < e->d; j++)
    if (s->v[MASK][j])
      packed[count++] = s->v[S][j];
  LAC_TRY(lac_send_part(e, count, packed, down));
  lac_zero(count, packed);
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  double *s = m->v[MIRROR_S], *mask = m->v[MIRROR_MASK], *packed = m->v[MIRROR_WORK];
  if (of(e)->tells == MEAN)
    LAC_TRY(lac_receive_part(e, kept(e), down, packed));
  for (size_t j = 0; j < e->d; j++)
    if (mask[j])
      s[j] = of(e)->tells == MEAN ? *packed++ : 0;
  return of(e)->tells == MEAN ? LAC_OK : add_signs(e, mask, 1, down, s);
}

/* From the gradient in w to that in s. */
LAC_VECTORISED
static void slope_of(size_t d, const double *restrict mask, const double *restrict base, double *restrict slope)
{
  for (size_t j = 0; j < d; j++)
    slope[j] *= mask[j] * base[j];
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *w = c->tmp[W], *slope = c->tmp[SLOPE], *s = c->tmp[SCORE], *base = m->v[MIRROR_BASE], *mask = m->v[MIRROR_MASK];
  uint64_t K = local_K(e, c->id);
  optimiser inner = of(e)->inner;
  inner.lr = local_eta(e);
  lac_copy(e->d, m->v[MIRROR_S], s);
  lac_zero(e->d, c->tmp[M]);
  lac_zero(e->d, c->tmp[V]);
  for (unsigned k = 0; k < K; k++) {
    weigh(e, base, s, w);
    LAC_TRY(lac_gradient(e, c, k, w, slope));
    slope_of(e->d, mask, base, slope);
    optimise(&inner, k + 1, e->d, slope, c->tmp[M], c->tmp[V], s);
  }
  if (!lac_all_finite(e->d, s))
    return lac_fail(LAC_EDIVERGED, "a score is not finite");
  return put_signs(e, mask, s, up);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return add_signs(e, s->v[MASK], lac_weight(e, client), up, s->v[SUM]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  for (size_t j = 0; j < e->d; j++)
    if (s->v[MASK][j])
      s->v[S][j] = s->v[SUM][j] / e->draws;
  lac_zero(e->d, s->v[SUM]);
  weigh(e, s->v[BASE], s->v[S], s->v[X]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return kept(e);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "eta=0.3,tells=mean", .with = "clients=1", .as = "hidenseek:eta=0.3,tells=sign" },
  { .claim = LAC_ALSO, .options = "density=0.2,magnitude=start,tells=sign" },
  { .claim = LAC_ALSO, .options = "mask=zero_one,K=2" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_hidenseek = {
  .name = "hidenseek",
  .summary = "weights that stay, pruned by SynFlow, and signs that are learnt: one bit a weight",
  .reference = "Vallapuram et al. 2022, arXiv:2206.04385; SynFlow: Tanaka, Kunin, Yamins, Ganguli, NeurIPS 2020, arXiv:2006.05467",
  .options = options,
  .params_size = sizeof(params),
  .partial = LAC_ANY_MESSAGES,
  .weighing = LAC_WEIGHS_MESSAGES,
  .gradients = local_K,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = refuse,
  .resolve = resolve_without_theory,
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
