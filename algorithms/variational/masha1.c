/* MASHA1 (Beznosikov, Richtarik, Diskin, Ryabinin, Gasnikov, NeurIPS 2022): saddle points with unbiased compression both ways.

     g = Q_serv[(1/M) sum Q_m(F_m(half) - F_m(w))]          z^{k+1} = half - gamma g          (masha.h)

   theory, unconstrained: with C^2 = (1+omega_serv) (L^2 + omega_dev L_qm^2/M),
     gamma = min{tau/mu, (1-tau)/(2 mu), sqrt((1-tau)/2)/C} gives E V_{k+1} <= (1 - gamma mu/2) V_k, V = |z-z*|^2 + |w-z*|^2. */
enum { FEEDBACK = 0 };
#include "masha.h"

#include <math.h>

static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(masha_params, gamma), "theory", NULL, NULL, "step size: a number, or theory; *FACTOR" },
  MASHA_TAU,
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double omega;
  if (lac_omega_of(e, LAC_UP, &omega))
    return "masha1 needs an unbiased compressor (one with omega), such as randk; masha2 takes biased ones";
  return lac_omega_of(e, LAC_DOWN, &omega) ? "masha1 needs an unbiased --down compressor" : NULL;
}

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double dev, serv, mu, tau = masha(e)->tau;
  LAC_TRY(lac_omega_of(e, LAC_UP, &dev));
  LAC_TRY(lac_omega_of(e, LAC_DOWN, &serv));
  LAC_TRY(lac_smoothness_of(e, &c));
  if (lac_convexity_of(e, &mu))
    mu = c.L;      /* whatever it is, it is not more */
  double C = sqrt((1 + serv) * (c.L * c.L + dev * c.L_qm * c.L_qm / e->n));
  *gamma = fmin(fmin(tau / mu, (1 - tau) / (2 * mu)), sqrt((1 - tau) / 2) / C);
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((masha_params *)p)->gamma, theory); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.05", .with = "problem=bilinear", .as = "masha2:gamma=0.05" },      /* the same coins */
  { .claim = LAC_SOLVES, .with = "problem=bilinear:lambda=1 up=randk:k=25% down=randk:k=50%", .rounds = 20000 },
  { .claim = LAC_DISTANCES, .with = "problem=bilinear:lambda=0.3 up=randk:k=25% down=randk:k=50%", .rate = 0.5, .scale = 2 },
  { .claim = LAC_KEEPS, .server_vec = FW, .client_vec = OWN_FW, .as = "F(w) = mean F_m(w)" },
  { .claim = LAC_ALSO, .options = "gamma=0.05,tau=0.5" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_masha1 = {
  .name = "masha1",
  .summary = "saddle points with unbiased compression both ways and rare exchanges in full",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .options = options,
  .participation = "at a coin all answer at w; PP-MASHA, with some of them between coins, is not in the suite",
  .refuse = refuse,
  .resolve = resolve,
  MASHA_SLOTS,
  .certificates = certificates,
};
