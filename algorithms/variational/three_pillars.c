/* Three Pillars (Beznosikov, Takac, Gasnikov, NeurIPS 2023): saddle points by compression, by local steps and by likeness at once.

     u_0 = z^k;  H steps of extragradient, of size eta, on
       G(u) = F_1(u) - F_1(m) + F(m) + (u - z^k - tau (m - z^k))/gamma
     clients send Q_i(F_i(m) - F_1(m) - F_i(u_H) + F_1(u_H)),   g their mean, compressed with --down
     z^{k+1} = prox_{gamma h}(u_H + gamma g)
     m^{k+1} = z^k with probability p, and an exchange in full; else m^k

   The paper's server is device 1, which knows F_1.  Here a server has no data: client 0 takes the local steps and sends u_H and F_1(u_H) in
   full, which the paper does not count.  Exchanges of a round:

     START       round 0: clients send F_i(m^0) in full
     SHARE       round 0: the server sends F(m^0) and F_1(m^0) in full
     SOLVE       client 0 sends u_H and F_1(u_H) in full
     DIFFERENCE  the server passes them on; clients send their compressed differences
     STEP        the server sends g and the coin, one bit; everybody moves.  With the coin, clients send F_i(m^{k+1}) in full
     REFRESH     with the coin: the server sends F(m^{k+1}) and F_1(m^{k+1}) in full

   The poster gives gamma up to constants, min{p/mu, sqrt(p)/delta, H/L}, delta the likeness: no gamma=theory.  tau = p is its choice. */
#include "algorithms/parts/needs.h"

enum { Z, M, FM, F1M, U, F1U, G, NEXT, KNOWN };
enum { SUM = KNOWN, SERVER_VECS };
enum { OWN_FM, CLIENT_VECS };
enum { F, AT, HALF, CLIENT_TMPS };
enum { START, SHARE, SOLVE, DIFFERENCE, STEP, REFRESH };

typedef struct { lac_step gamma, eta, p, tau; uint64_t H; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "0.1", NULL, NULL, "step size: a number" },
  { "eta", LAC_STEP, offsetof(params, eta), "theory", NULL, NULL, "of a local step: a number, or theory = 1/(2 (L_1 + 1/gamma))" },
  { "H", LAC_UINT, offsetof(params, H), "10", "[1,100000]", NULL, "local steps" },
  { "p", LAC_STEP, offsetof(params, p), "theory", NULL, NULL,
    "probability of an exchange in full: a number in (0,1), or theory = 1/(1 + omega), of permk 1/n, at most 1/2" },
  { "tau", LAC_STEP, offsetof(params, tau), "theory", NULL, NULL, "weight of m in G: a number, or theory = p" },
  { 0 }
};

static const params *own(const lac_env *e) { return e->params; }

static const char *refuse(const lac_env *e)
{
  double omega;
  if (lac_omega_of(e, LAC_UP, &omega))
    return "three_pillars" NEEDS_OMEGA " or permk";
  return lac_omega_of(e, LAC_DOWN, &omega) ? "the --down compressor of three_pillars has to be unbiased, such as randk" : NULL;
}

/* ---- parameters ---- */

static int theory_eta(const lac_env *e, double *eta)
{
  const double *L;
  LAC_TRY(lac_client_smoothness_of(e, &L));
  *eta = 1 / (2 * (L[0] + 1 / own(e)->gamma.value));
  return LAC_OK;
}

static int theory_p(const lac_env *e, double *p)
{
  double omega;
  LAC_TRY(lac_omega_of(e, LAC_UP, &omega));
  *p = omega > 1 ? 1 / (1 + omega) : 0.5;
  return LAC_OK;
}

static int theory_tau(const lac_env *e, double *tau)
{
  *tau = own(e)->p.value;
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  LAC_TRY(lac_step_resolve(e, &p->gamma, NULL));
  LAC_TRY(lac_step_resolve(e, &p->eta, theory_eta));
  LAC_TRY(lac_step_resolve(e, &p->p, theory_p));
  if (p->p.value >= 1)
    return lac_fail(LAC_EUSER, "three_pillars: p=%g is no probability below 1; give a number in (0,1), or theory", p->p.value);
  return lac_step_resolve(e, &p->tau, theory_tau);
}

/* ---- the exchanges of a round ---- */

static unsigned kind(const lac_env *e) { return e->round == 0 ? e->phase : e->phase + SOLVE; }
static int coin_of(const lac_env *e) { return lac_coin(e, e->round, own(e)->p.value); }
static unsigned phases(const lac_env *e) { return (e->round == 0 ? REFRESH : REFRESH - SOLVE) + (unsigned)coin_of(e); }
static int is_full(const lac_env *e) { return kind(e) == START || (kind(e) == STEP && coin_of(e)); }

/* ---- the server's message ---- */

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[Z]);
  lac_copy(e->d, x0, s->v[M]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[Z]);
  lac_copy(e->d, x0, m->v[M]);
  return LAC_OK;
}

static int send_two(const lac_env *e, double *const *v, int one, int other, lac_msg *m)
{
  LAC_TRY(lac_send(e, v[one], m));
  return lac_send(e, v[other], m);
}

static int receive_two(const lac_env *e, double *const *v, int one, int other, lac_msg *m)
{
  LAC_TRY(lac_receive(e, m, v[one]));
  return lac_receive(e, m, v[other]);
}

static int send_g(const lac_env *e, lac_server *s, lac_msg *down)
{
  lac_zero(e->d, s->v[G]);
  LAC_TRY(lac_compress(e, LAC_DOWN, e->n, s->v[SUM], down, 1, s->v[G]));
  lac_zero(e->d, s->v[SUM]);
  return lac_msg_put(down, (uint64_t)coin_of(e), 1);
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  switch (kind(e)) {
  case SHARE:
  case REFRESH: return send_two(e, s->v, FM, F1M, down);
  case DIFFERENCE: return send_two(e, s->v, U, F1U, down);
  case STEP: return send_g(e, s, down);
  default: return LAC_OK;
  }
}

/* z^{k+1} and m^{k+1}, on both sides. */
static void move(const lac_env *e, double **v, int coin)
{
  double gamma = own(e)->gamma.value;
  lac_prox_point(e, 1, v[U], 0, NULL, -gamma, v[G], v[NEXT]);
  lac_prox(e, gamma, v[NEXT]);
  if (coin)
    lac_copy(e->d, v[Z], v[M]);
  lac_copy(e->d, v[NEXT], v[Z]);
}

static int take_g(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  uint64_t coin;
  lac_zero(e->d, m->v[G]);
  LAC_TRY(lac_decompress(e, LAC_DOWN, e->n, down, 1, m->v[G]));
  LAC_TRY(lac_msg_get(down, 1, &coin));
  move(e, m->v, (int)coin);
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  switch (kind(e)) {
  case SHARE:
  case REFRESH: return receive_two(e, m->v, FM, F1M, down);
  case DIFFERENCE: return receive_two(e, m->v, U, F1U, down);
  case STEP: return take_g(e, m, down);
  default: return LAC_OK;
  }
}

/* ---- a client's message ---- */

/* G(u) */
static int local_operator(const lac_env *e, const lac_mirror *m, const lac_client *c, const double *u, double *g)
{
  double gamma = own(e)->gamma.value, tau = own(e)->tau.value;
  double *const *v = m->v;
  LAC_TRY(lac_full_gradient(e, c, u, g));
  for (size_t j = 0; j < e->d; j++)
    g[j] += v[FM][j] - v[F1M][j] + (u[j] - v[Z][j] - tau * (v[M][j] - v[Z][j])) / gamma;
  return LAC_OK;
}

/* to = prox_{eta h}(u - eta G(at)) */
static int local_step(const lac_env *e, const lac_mirror *m, const lac_client *c, const double *u, const double *at, double *to)
{
  LAC_TRY(local_operator(e, m, c, at, c->tmp[F]));
  lac_prox_point(e, 1, u, 0, NULL, own(e)->eta.value, c->tmp[F], c->tmp[F]);
  lac_prox(e, own(e)->eta.value, c->tmp[F]);
  lac_copy(e->d, c->tmp[F], to);
  return LAC_OK;
}

/* Client 0: u_H and F_1(u_H). */
static int solve(const lac_env *e, const lac_mirror *m, const lac_client *c, lac_msg *up)
{
  double *u = c->tmp[AT];
  lac_copy(e->d, m->v[Z], u);
  for (uint64_t t = 0; t < own(e)->H; t++) {
    LAC_TRY(local_step(e, m, c, u, u, c->tmp[HALF]));
    LAC_TRY(local_step(e, m, c, u, c->tmp[HALF], u));
  }
  LAC_TRY(lac_full_gradient(e, c, u, c->tmp[F]));
  return send_two(e, c->tmp, AT, F, up);
}

/* Of client 0 it is 0. */
static int send_difference(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *now = c->tmp[F], *want = c->tmp[AT], *const *v = m->v;
  lac_zero(e->d, want);
  if (c->id > 0)
    LAC_TRY(lac_full_gradient(e, c, v[U], now));
  for (size_t j = 0; c->id > 0 && j < e->d; j++)
    want[j] = (c->v[OWN_FM][j] - v[F1M][j]) - (now[j] - v[F1U][j]);
  return lac_compress(e, LAC_UP, c->id, want, up, 0, NULL);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (kind(e) == SOLVE && c->id == 0)
    return solve(e, m, c, up);
  if (kind(e) == DIFFERENCE)
    return send_difference(e, m, c, up);
  if (!is_full(e))
    return LAC_OK;
  LAC_TRY(lac_full_gradient(e, c, m->v[M], c->v[OWN_FM]));
  return lac_send(e, c->v[OWN_FM], up);
}

/* ---- the server takes it ---- */

static int take_full(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  if (client > 0)
    return lac_receive_add(e, up, 1, s->v[SUM]);
  LAC_TRY(lac_receive(e, up, s->v[F1M]));
  lac_axpy(e->d, 1, s->v[F1M], s->v[SUM]);
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  if (kind(e) == SOLVE)
    return client == 0 ? receive_two(e, s->v, U, F1U, up) : LAC_OK;
  if (kind(e) == DIFFERENCE)
    return lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
  return is_full(e) ? take_full(e, s, client, up) : LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  double *mean = s->v[SUM];
  if (kind(e) == STEP)
    move(e, s->v, coin_of(e));
  for (size_t j = 0; (kind(e) == DIFFERENCE || is_full(e)) && j < e->d; j++)
    mean[j] /= e->n;
  if (is_full(e)) {
    lac_copy(e->d, mean, s->v[FM]);
    lac_zero(e->d, mean);
  }
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = kind(e) != SOLVE;      /* client 0 alone has something to say */
  if (kind(e) == SOLVE)
    return 2 * lac_dense_bits(e);
  if (kind(e) == DIFFERENCE)
    return lac_compressed_bits(e, exact);
  return is_full(e) ? lac_dense_bits(e) : 0;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .with = "problem=bilinear:lambda=1 up=permk", .rounds = 20000 },
  { .claim = LAC_SOLVES, .with = "problem=bilinear:lambda=1 up=randk:k=25% down=randk:k=50%", .options = "gamma=0.05", .rounds = 20000 },
  { .claim = LAC_DISTANCES, .with = "problem=bilinear:lambda=0.3,matrices=common,spread=0.1 up=permk", .options = "gamma=0.3,H=40",
    .rate = 0.5, .scale = 2 },
  { .claim = LAC_KEEPS, .server_vec = FM, .client_vec = OWN_FM, .as = "F(m) = mean F_i(m)" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_three_pillars = {
  .name = "three_pillars",
  .summary = "saddle points whose clients resemble each other: local steps on one client's operator, and compressed differences",
  .reference = "Beznosikov, Takac, Gasnikov, NeurIPS 2023, arXiv:2302.07615",
  .options = options,
  .params_size = sizeof(params),
  .participation = "client 0 takes the local steps of every round, and g has all differences",
  .whole = "its local steps and its differences are those of whole operators",
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = KNOWN,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .compresses_down = 1,
  .uneven = 1,
  .saddle = LAC_SADDLE,
  .proximal = 1,
  .refuse = refuse,
  .resolve = resolve,
  .phases = phases,
  .server_init = server_init,
  .host_init = host_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = Z,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
