/* EF21+ (Richtarik, Sokolov, Fatkhullin, NeurIPS 2021, Algorithm 3): the better of EF21's estimate and plain compression.

     m_i = g_i + C(grad f_i(x) - g_i)      b_i = C(grad f_i(x))
     g_i = m_i if |m_i - grad f_i(x)| <= |b_i - grad f_i(x)|, else b_i

   Sent: the compressed vector and, from round 1 on, a bit that says which.  b_i REPLACES g_i, so the server keeps every g_i.
   In round 0 the two agree.  C deterministic.  theory: EF21's, and its proof holds with L_am, too (theory-am). */
#include "ef21.h"

enum { VECTOR = DESCENT_SERVER_VECS, SERVER_VECS };
enum { NOW = EF21_CLIENT_TMPS, MARKOV, PLAIN, ZEROS, CLIENT_TMPS };

static const lac_option options[] = { EF21_GAMMA("theory-qm"), EF21_INIT, { 0 } };

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21plus" NEEDS_ALPHA); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((ef21_params *)p)->gamma, lac_theory_qm); }

static double distance_sq(size_t d, const double *x, const double *y)
{
  double sum = 0;
  for (size_t j = 0; j < d; j++)
    sum += (x[j] - y[j]) * (x[j] - y[j]);
  return sum;
}

/* The message becomes C(x - minus), and y += that. */
static int try_vector(const lac_env *e, lac_client *c, const double *x, const double *minus, double *y, lac_msg *up)
{
  lac_msg_clear(up);
  lac_sub(e->d, x, minus, c->tmp[WANT]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[WANT], up, 1, y);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *grad = c->tmp[NOW], *g = c->v[GI], *markov = c->tmp[MARKOV], *plain = c->tmp[PLAIN], *zero = c->tmp[ZEROS];
  if (e->round == 0)
    return ef21_client_step(e, m, c, up);
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], grad));
  lac_zero(e->d, zero);
  lac_zero(e->d, plain);
  LAC_TRY(try_vector(e, c, grad, zero, plain, up));
  lac_copy(e->d, g, markov);
  LAC_TRY(try_vector(e, c, grad, g, markov, up));
  int replaces = distance_sq(e->d, plain, grad) < distance_sq(e->d, markov, grad);
  if (replaces) {
    lac_zero(e->d, markov);
    LAC_TRY(try_vector(e, c, grad, zero, markov, up));
  }
  lac_copy(e->d, markov, g);
  return lac_msg_put(up, (uint64_t)replaces, 1);
}

/* SUM += new g_i - old g_i */
static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  double *g = s->of[GI], *vector = s->v[VECTOR];
  uint64_t replaces = 0;
  lac_zero(e->d, vector);
  LAC_TRY(take_estimate(e, vector, client, 1, up));
  if (e->round > 0)
    LAC_TRY(lac_msg_get(up, 1, &replaces));
  if (replaces)
    lac_axpy(e->d, -1, g, vector);
  lac_axpy(e->d, 1, vector, g);
  lac_axpy(e->d, 1, vector, s->v[SUM]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact) { return ef21_uplink_bits(e, exact) + (e->round > 0); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .start = LAC_STARTS_COMPRESSED },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21plus = {
  .name = "ef21plus",
  .summary = "EF21 or plain compression, whichever is nearer to the gradient; takes the largest steps",
  .reference = "Richtarik, Sokolov, Fatkhullin, NeurIPS 2021, arXiv:2106.05203",
  .options = options,
  .params_size = sizeof(ef21_params),
  .participation = "its theorem has no form with some of them; ef21pp has one, with differences alone",
  .refuse = refuse,
  .resolve = resolve,
  DESCENT_BROADCAST,
  .mirror_vecs = DESCENT_MIRROR_VECS,
  .server_vecs = SERVER_VECS,
  .server_client_vecs = 1,
  .client_vecs = EF21_CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = ef21_server_step,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
