/* 0/1 Adam (Lu, Li, Zhang, De Sa, He, ICLR 2023): the variance is renewed ever more rarely, and then clients walk on their own between
   exchanges (two_way.h).  Step t = 1, 2, ...

     t <= freeze, in T_v   g = (1/n) sum g_i, in full;  m = beta1 m + (1-beta1) g;  v = beta2 v + (1-beta2) g^2
     t <= freeze, else     m = beta1 m + (1-beta1) C'((1/n) sum C(g_i + e_i) + E)
     both                  x = x - gamma (m/(sqrt(v) + eps) + wd x)

     t > freeze            v stays, and client i walks from x on:
                           m_i = beta1 m_i + (1-beta1) grad f_i(x + u_i);  u_i = u_i - gamma (m_i/(sqrt(v) + eps) + wd (x + u_i))
     ... in T_u            U = C'((1/n) sum C((sqrt(v) + eps) u_i + e_i) + E);  x = x + U/(sqrt(v) + eps);  u_i = 0
                           all  m_i = -U/(the sum of gamma since the exchange before)

   T_v: every step until it has been kappa of them, then every second, and so on.  T_u: every step at first; the interval doubles after each
   `stretch` steps, up to H.  e_i and E are 0 again after step `freeze`.  All this, and no bias correction, as in the authors' code.
   The iterate is x: between exchanges it stays. */
#include "two_way.h"

enum { GAMMAS = COPY_VECS, MIRROR_VECS };      /* its first number is the sum of gamma since the last exchange */
enum { OWN_M = TWO_WAY_CLIENT_VECS, U, CLIENT_VECS };
enum { Z, POINT, CLIENT_TMPS };

typedef struct { two_way_params own; uint64_t kappa, stretch, H; } params;
static const lac_option options[] = {
  TWO_WAY_OPTIONS("rounds before v stays as it is and clients walk on their own"),
  { "kappa", LAC_UINT, offsetof(params, kappa), "16", "[1,4294967295]", NULL, "updates of v before the interval between them doubles" },
  { "stretch", LAC_UINT, offsetof(params, stretch), "1000", "[1,4294967295]", NULL,
    "steps behind `freeze` before the interval between exchanges doubles" },
  { "H", LAC_UINT, offsetof(params, H), "16", "[1,4294967295]", NULL, "the largest interval between exchanges" },
  { 0 }
};

/* ---- when ---- */

static const params *of(const lac_env *e) { return e->params; }

/* Whether v is renewed at step t: intervals of 1, 2, 4, ..., kappa updates each. */
static int renews(const lac_env *e, uint64_t t)
{
  uint64_t interval = 1, last = of(e)->kappa;      /* the last step of this interval */
  for (; t > last; interval *= 2)
    last = (last / (2 * interval) + of(e)->kappa) * 2 * interval;
  return t % interval == 0;
}

/* Whether clients exchange after step t > freeze. */
static int exchanges(const lac_env *e, uint64_t t)
{
  const params *p = of(e);
  uint64_t doublings = (t - 1 - p->own.freeze) / p->stretch, interval = doublings < 32 ? UINT64_C(1) << doublings : p->H;
  return t % (interval < p->H ? interval : p->H) == 0;
}

static talk talk_of(const lac_env *e)
{
  uint64_t t = step_number(e);
  if (is_frozen(e))
    return exchanges(e, t) ? COMPRESSED : SILENT;
  return renews(e, t) ? FULL : COMPRESSED;
}

/* The first step of clients on their own, of all and since an exchange. */
static int is_switch(const lac_env *e) { return is_frozen(e) && step_number(e) == of(e)->own.freeze + 1; }
static int is_fresh(const lac_env *e) { return is_switch(e) || exchanges(e, step_number(e) - 1); }

/* ---- copies ---- */

LAC_VECTORISED
static void land(double eps, size_t d, const double *restrict moved, const double *restrict v, double *restrict x)
{
  for (size_t j = 0; j < d; j++)
    x[j] += moved[j] / (sqrt(v[j]) + eps);
}

static int make_step(const lac_env *e, double **v)
{
  const two_way_params *p = two_way(e);
  if (is_frozen(e)) {
    land(p->eps, e->d, v[MEAN], v[V], v[X]);
    return LAC_OK;
  }
  if (talk_of(e) == FULL)
    move_moments(p, e->d, v[MEAN], v[M], v[V]);
  else
    mix_momentum(p, e->d, v[M], v[MEAN], v[M]);
  descend_scaled(p, e->d, v[M], v[V], v[X]);
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  double *sum = m->v[GAMMAS];
  if (e->phase == 0 && is_frozen(e))
    *sum = (is_fresh(e) ? 0 : *sum) + two_way(e)->gamma;
  LAC_TRY(two_way_host_recv(e, m, down));
  for (size_t j = 0; e->phase && is_frozen(e) && j < e->d; j++)
    m->v[M][j] = -m->v[MEAN][j] / *sum;
  return LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (e->phase == 0 && is_switch(e))
    lac_zero(e->d, s->v[REST]);
  return two_way_server_step(e, s);
}

/* ---- clients ---- */

LAC_VECTORISED
static void walk(const two_way_params *p, size_t d, const double *restrict m, const double *restrict v, const double *restrict at,
                 double *restrict u)
{
  for (size_t j = 0; j < d; j++)
    u[j] -= p->gamma * (m[j] / (sqrt(v[j]) + p->eps) + p->wd * at[j]);
}

LAC_VECTORISED
static void scale_up(double eps, size_t d, const double *restrict u, const double *restrict v, double *restrict z)
{
  for (size_t j = 0; j < d; j++)
    z[j] = (sqrt(v[j]) + eps) * u[j];
}

/* A step of its own; z is what it has moved, scaled. */
static int step_alone(const lac_env *e, const lac_mirror *m, lac_client *c, double *z)
{
  double *at = c->tmp[POINT], *momentum = c->v[OWN_M], *u = c->v[U];
  if (is_switch(e))
    lac_zero(e->d, c->v[ERROR]);
  if (is_fresh(e)) {
    lac_copy(e->d, m->v[M], momentum);
    lac_zero(e->d, u);
  }
  lac_copy(e->d, m->v[X], at);
  lac_axpy(e->d, 1, u, at);
  LAC_TRY(lac_gradient(e, c, 0, at, z));
  mix_momentum(two_way(e), e->d, momentum, z, momentum);
  walk(two_way(e), e->d, momentum, m->v[V], at, u);
  scale_up(two_way(e)->eps, e->d, u, m->v[V], z);
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *z = c->tmp[Z];
  if (e->phase)
    return LAC_OK;
  LAC_TRY(is_frozen(e) ? step_alone(e, m, c, z) : lac_gradient(e, c, 0, m->v[X], z));
  return talk_of(e) == SILENT ? LAC_OK : send_up(e, c, z, up);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.01,freeze=5,kappa=100,H=1", .as = "onebit_adam:gamma=0.01,freeze=5" },
  { .claim = LAC_EQUALS, .options = "gamma=0.01,freeze=0,kappa=100", .as = "onebit_adam:gamma=0.01,freeze=0" },
  { .claim = LAC_SOLVES, .options = "gamma=0.01,beta1=0.5,freeze=1000,kappa=1000,eps=0.1,stretch=1000,H=4",
    .with = "problem=quadratic:hetero=0,mu=0.1 up=topk:k=2 down=topk:k=1", .rounds = 20000 },
  { .claim = LAC_ALSO, .options = "gamma=0.01,freeze=4,kappa=2,stretch=2,H=4" },
  { .claim = LAC_ALSO, .options = "gamma=0.01,freeze=7,kappa=1,stretch=1,H=2,chunks=2,wd=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_zeroone_adam = {
  .name = "zeroone_adam",
  .summary = "0/1 Adam: one-bit gradients with a variance that is renewed rarely, then local steps with one-bit exchanges",
  .reference = "Lu et al. 2023, arXiv:2202.06009",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_ONLY + COPY_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = two_way_refuse,
  .client_step = client_step,
  .host_recv = host_recv,
  .server_step = server_step,
  TWO_WAY_SLOTS,
  .certificates = certificates,
};
