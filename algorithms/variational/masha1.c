/* MASHA1 (Beznosikov, Richtarik, Diskin, Ryabinin, Gasnikov, NeurIPS 2022): saddle points with unbiased compression both ways.

     g = Q_serv[(1/M) sum Q_m(F_m(half) - F_m(w))]          z^{k+1} = half - gamma g          (masha.h)

   With --sample, PP-MASHA1: the mean over those that were drawn; at a coin all answer.

   theory, without h: with C^2 = (1+omega_serv) ((1-B) L^2 + A L_qm^2), A and B of the uplink's AB inequality (A = omega/M, B = 0 for
   draws of their own; for permk A = B = 1, so that equal clients lose nothing),
     gamma = min{tau/mu, (1-tau)/(2 mu), sqrt((1-tau)/2)/C} gives E V_{k+1} <= (1 - gamma mu/2) V_k, V = |z-z*|^2 + |w-z*|^2. */
enum { FEEDBACK = 0, BATCHES = 0 };
#define MASHA_NAME "masha1"
#include "masha.h"

static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(masha_params, gamma), "theory", NULL, NULL, "step size: a number, or theory; *FACTOR", .step_size = 1 },
  MASHA_TAU("1/(1 + omega)"),
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  return refuse_biased(e, "masha1 needs an unbiased compressor (one with omega), such as randk; masha2 takes biased ones");
}

static int resolve(const lac_env *e, void *p) { return masha_resolve(e, p, unbiased_theory); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.05", .with = "problem=bilinear", .as = "masha2:gamma=0.05", .tolerance = 1e-13 },
  { .claim = LAC_SOLVES, .with = "problem=bilinear:lambda=1 up=randk:k=25% down=randk:k=50%", .rounds = 20000 },
  { .claim = LAC_SOLVES, .options = "gamma=0.02", .with = "problem=bilinear:lambda=1 up=randk:k=25% sample=uniform:s=3", .rounds = 20000 },
  { .claim = LAC_DISTANCES, .with = "problem=bilinear:lambda=0.3 up=randk:k=25% down=randk:k=50%", .rate = 0.5, .scale = 2 },
  { .claim = LAC_DISTANCES, .with = "problem=bilinear:lambda=0.3 up=permk", .rate = 0.5, .scale = 2 },
  KEEPS_FW,
  { .claim = LAC_ALSO, .options = "gamma=0.05,tau=0.5" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_masha1 = {
  .name = "masha1",
  .summary = "saddle points with unbiased compression both ways and rare exchanges in full",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .options = options,
  .partial = LAC_ANY_MESSAGES,
  .whole = "it asks for them at w, too, which is another round's; vr_masha1 draws rows",
  .refuse = refuse,
  .resolve = resolve,
  MASHA_SLOTS,
  .certificates = certificates,
};
