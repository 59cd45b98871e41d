/* Optimistic MASHA (Beznosikov, Gasnikov 2022): one call of F_m a round, for operators that resemble each other.

     delta_m = F_m(z^k) - F_m(w^{k-1}) + alpha (F_m(z^k) - F_m(z^{k-1}))              clients send Q_m(delta_m)
     Delta   = g + F(w^{k-1}),   g the mean of the messages, compressed with --down
     z^{k+1} = prox_{eta h}(z^k + gamma (w^k - z^k) - eta Delta)
     w^{k+1} = z^k with probability gamma, and an exchange in full; else w^k          (reference_point.h)

   with z^{-1} = w^{-1} = w^0 = z^0.  With permk the means of equal operators lose nothing: gamma = 1/M, alpha = 1 - gamma, and eta as the
   operators' differences want it.  No constant of its theorem could be verified: there is no eta=theory. */
enum { FEEDBACK = 0, MORE = 1, ASKS = 0 };
#include "reference_point.h"

enum { FW_OLD = KNOWN };      /* F(w^{k-1}) */
enum { AT_OLD = OWN_FW + 1, AT_Z, CLIENT_VECS };      /* F_m(w^{k-1}), F_m(z^{k-1}) */
enum { F, WANT, CLIENT_TMPS };

typedef struct { lac_step eta, gamma, alpha; } params;
static const lac_option options[] = {
  { "eta", LAC_STEP, offsetof(params, eta), "0.05", NULL, NULL, "step size: a number", .step_size = 1 },
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "probability of an exchange in full, and weight of w: a number in (0,1), or theory = 1/(1 + omega), of permk 1/n, at most 1/2" },
  { "alpha", LAC_STEP, offsetof(params, alpha), "theory", NULL, NULL, "extrapolation: a number, or theory = 1 - gamma" },
  { 0 }
};

static const params *own(const lac_env *e) { return e->params; }
static double refresh_probability(const lac_env *e) { return own(e)->gamma.value; }

static const char *refuse(const lac_env *e)
{
  double omega;
  if (lac_omega_of(e, LAC_UP, &omega))
    return "optimistic_masha" NEEDS_OMEGA " or permk";
  return lac_omega_of(e, LAC_DOWN, &omega) ? "the --down compressor of optimistic_masha has to be unbiased, such as randk" : NULL;
}

static int theory_gamma(const lac_env *e, double *gamma)
{
  double omega;
  LAC_TRY(lac_omega_of(e, LAC_UP, &omega));
  *gamma = omega > 1 ? 1 / (1 + omega) : 0.5;
  return LAC_OK;
}

static int theory_alpha(const lac_env *e, double *alpha)
{
  *alpha = 1 - own(e)->gamma.value;
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  LAC_TRY(lac_step_resolve(e, &p->eta, NULL));
  LAC_TRY(lac_step_resolve(e, &p->gamma, theory_gamma));
  if (p->gamma.value >= 1)
    return lac_fail(LAC_EUSER, "optimistic_masha: gamma=%g is no probability below 1; give a number in (0,1), or theory", p->gamma.value);
  return lac_step_resolve(e, &p->alpha, theory_alpha);
}

/* Clients are asked at z itself. */
static void prepare(const lac_env *e, double **v)
{
  (void)e;
  (void)v;
}

static void move(const lac_env *e, double **v, int coin)
{
  double gamma = own(e)->gamma.value, eta = own(e)->eta.value;
  const double *old = e->round == 0 ? v[FW] : v[FW_OLD];      /* w^{-1} = w^0 */
  lac_axpy(e->d, 1, old, v[G]);
  lac_prox_point(e, 1 - gamma, v[Z], gamma, v[W], eta, v[G], v[HALF]);
  lac_prox(e, eta, v[HALF]);
  lac_copy(e->d, v[FW], v[FW_OLD]);
  if (coin)
    lac_copy(e->d, v[Z], v[W]);
  lac_copy(e->d, v[HALF], v[Z]);
}

/* In round 0 at w^0; then F_m(w^{k+1}) = F_m(z^k), which the client has just computed. */
static int refresh(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  if (kind(e) == START) {
    LAC_TRY(lac_full_gradient(e, c, m->v[W], c->v[OWN_FW]));
    lac_copy(e->d, c->v[OWN_FW], c->v[AT_OLD]);
    lac_copy(e->d, c->v[OWN_FW], c->v[AT_Z]);
  } else
    lac_copy(e->d, c->v[AT_Z], c->v[OWN_FW]);
  return LAC_OK;
}

static int answer(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double alpha = own(e)->alpha.value, *now = c->tmp[F], *want = c->tmp[WANT];
  LAC_TRY(lac_full_gradient(e, c, m->v[Z], now));
  for (size_t j = 0; j < e->d; j++)
    want[j] = now[j] - c->v[AT_OLD][j] + alpha * (now[j] - c->v[AT_Z][j]);
  lac_copy(e->d, now, c->v[AT_Z]);
  lac_copy(e->d, c->v[OWN_FW], c->v[AT_OLD]);
  return lac_compress(e, LAC_UP, c->id, want, up, 0, NULL);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .options = "eta=0.1", .with = "problem=bilinear:lambda=1 up=permk", .rounds = 20000 },
  { .claim = LAC_SOLVES, .options = "eta=0.05", .with = "problem=bilinear:lambda=1 up=randk:k=25% down=randk:k=50%", .rounds = 20000 },
  KEEPS_FW,
  { 0 }
};

const lac_algorithm_type lac_algorithm_optimistic_masha = {
  .name = "optimistic_masha",
  .summary = "saddle points whose clients resemble each other: permk, one call of F_m a round, rare exchanges in full",
  .reference = "Beznosikov, Gasnikov 2022, arXiv:2206.09446",
  .options = options,
  .params_size = sizeof(params),
  .participation = "F_m(z) - F_m(z of the round before) is a difference of every round",
  .whole = "its differences are those of F_m in two rounds",
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = refuse,
  .resolve = resolve,
  REFERENCE_POINT_SLOTS,
  .certificates = certificates,
};
