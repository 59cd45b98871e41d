/* Three Pillars (Beznosikov, Takac, Gasnikov, NeurIPS 2023): saddle points by compression, by local steps and by likeness at once.

     u_0 = z^k;  H steps of extragradient, of size eta, on
       G(u) = F_1(u) - F_1(m) + F(m) + (u - z^k - tau (m - z^k))/gamma
     clients send Q_i(F_i(m) - F_1(m) - F_i(u_H) + F_1(u_H)),   g their mean, compressed with --down
     z^{k+1} = prox_{gamma h}(u_H + gamma g)
     m^{k+1} = z^k with probability p, and an exchange in full; else m^k

   m is the reference point w of reference_point.h.  The paper's server is device 1, which knows F_1.  Here a server has no data: client 0
   takes the local steps and sends u_H and F_1(u_H) in full, which the paper does not count.  Beside the exchanges of reference_point.h,

     SHARE, REFRESH   the server sends F_1(m), too
     ASK              client 0 sends u_H and F_1(u_H) in full
     DIFFERENCE       the server passes them on

   The poster gives gamma up to constants, min{p/mu, sqrt(p)/delta, H/L}, delta the likeness: no gamma=theory.  tau = p is its choice. */
enum { FEEDBACK = 0, MORE = 3, ASKS = 1 };
#include "reference_point.h"

enum { F1W = KNOWN, U, F1U };
enum { CLIENT_VECS = OWN_FW + 1 };
enum { F, AT, AHEAD, CLIENT_TMPS };

typedef struct { lac_step gamma, eta, p, tau; uint64_t H; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "0.1", NULL, NULL, "step size: a number", .step_size = 1 },
  { "eta", LAC_STEP, offsetof(params, eta), "theory", NULL, NULL, "of a local step: a number, or theory = 1/(2 (L_1 + 1/gamma))",
    .step_size = 1 },
  { "H", LAC_UINT, offsetof(params, H), "10", "[1,100000]", NULL, "local steps" },
  { "p", LAC_STEP, offsetof(params, p), "theory", NULL, NULL,
    "probability of an exchange in full: a number in (0,1), or theory = 1/(1 + omega), of permk 1/n, at most 1/2" },
  { "tau", LAC_STEP, offsetof(params, tau), "theory", NULL, NULL, "weight of m in G: a number, or theory = p" },
  { 0 }
};

static const params *own(const lac_env *e) { return e->params; }
static double refresh_probability(const lac_env *e) { return own(e)->p.value; }

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

/* ---- the server's message ---- */

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

static int pass_on(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (kind(e) == DIFFERENCE)
    return send_two(e, s->v, U, F1U, down);
  return is_told(e) ? send_two(e, s->v, FW, F1W, down) : server_send(e, s, down);
}

static int hear(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  if (kind(e) == DIFFERENCE)
    return receive_two(e, m->v, U, F1U, down);
  return is_told(e) ? receive_two(e, m->v, FW, F1W, down) : host_recv(e, m, down);
}

/* Clients are asked at u. */
static void prepare(const lac_env *e, double **v)
{
  (void)e;
  (void)v;
}

static void move(const lac_env *e, double **v, int coin)
{
  double gamma = own(e)->gamma.value;
  lac_prox_point(e, 1, v[U], 0, NULL, -gamma, v[G], v[HALF]);
  lac_prox(e, gamma, v[HALF]);
  if (coin)
    lac_copy(e->d, v[Z], v[W]);
  lac_copy(e->d, v[HALF], v[Z]);
}

/* ---- a client's message ---- */

/* G(u) */
static int local_operator(const lac_env *e, const lac_mirror *m, const lac_client *c, const double *u, double *g)
{
  double gamma = own(e)->gamma.value, tau = own(e)->tau.value;
  double *const *v = m->v;
  LAC_TRY(lac_full_gradient(e, c, u, g));
  for (size_t j = 0; j < e->d; j++)
    g[j] += v[FW][j] - v[F1W][j] + (u[j] - v[Z][j] - tau * (v[W][j] - v[Z][j])) / gamma;
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
    LAC_TRY(local_step(e, m, c, u, u, c->tmp[AHEAD]));
    LAC_TRY(local_step(e, m, c, u, c->tmp[AHEAD], u));
  }
  LAC_TRY(lac_full_gradient(e, c, u, c->tmp[F]));
  return send_two(e, c->tmp, AT, F, up);
}

/* Of client 0 it is 0. */
static int answer(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *now = c->tmp[F], *want = c->tmp[AT], *const *v = m->v;
  lac_zero(e->d, want);
  if (c->id > 0)
    LAC_TRY(lac_full_gradient(e, c, v[U], now));
  for (size_t j = 0; c->id > 0 && j < e->d; j++)
    want[j] = (c->v[OWN_FW][j] - v[F1W][j]) - (now[j] - v[F1U][j]);
  return lac_compress(e, LAC_UP, c->id, want, up, 0, NULL);
}

static int refresh(const lac_env *e, const lac_mirror *m, lac_client *c) { return lac_full_gradient(e, c, m->v[W], c->v[OWN_FW]); }

static int take_part(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (kind(e) != ASK)
    return client_step(e, m, c, up);
  return c->id == 0 ? solve(e, m, c, up) : LAC_OK;
}

/* ---- the server takes it ---- */

/* All move from the u that the clients are sent. */
static int take_point(const lac_env *e, lac_server *s, lac_msg *up)
{
  LAC_TRY(receive_two(e, s->v, U, F1U, up));
  return lac_as_received(e, e->d, s->v[U]);
}

static int take(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  if (kind(e) == ASK)
    return client == 0 ? take_point(e, s, up) : LAC_OK;
  if (client > 0 || !is_full(e))
    return server_recv(e, s, client, up);
  LAC_TRY(lac_receive(e, up, s->v[F1W]));
  lac_axpy(e->d, 1, s->v[F1W], s->v[SUM]);
  return LAC_OK;
}

static uint64_t bits(const lac_env *e, int *exact)
{
  if (kind(e) != ASK)
    return uplink_bits(e, exact);
  *exact = 0;      /* client 0 alone has something to say */
  return 2 * lac_dense_bits(e);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .with = "problem=bilinear:lambda=1 up=permk", .rounds = 20000 },
  { .claim = LAC_SOLVES, .with = "problem=bilinear:lambda=1 up=randk:k=25% down=randk:k=50%", .options = "gamma=0.05", .rounds = 20000 },
  { .claim = LAC_DISTANCES, .with = "problem=bilinear:lambda=0.3,matrices=common,spread=0.1 up=permk", .options = "gamma=0.3,H=40",
    .rate = 0.5, .scale = 2 },
  KEEPS_FW,
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
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .uneven = 1,
  .refuse = refuse,
  .resolve = resolve,
  REFERENCE_POINT_FRAME,
  .server_send = pass_on,
  .host_recv = hear,
  .client_step = take_part,
  .server_recv = take,
  .uplink_bits = bits,
  .certificates = certificates,
};
