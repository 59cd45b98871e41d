/* VR-MASHA1 (Beznosikov, Richtarik, Diskin, Ryabinin, Gasnikov, NeurIPS 2022): MASHA1 on sums over rows, F_m = (1/r) sum F_{m,i}.

     g = Q_serv[(1/M) sum Q_m(F_{m,S}(half) - F_{m,S}(w))], S the rows of --batch, the same in both terms          (masha.h)

   F(w) is that of all rows, at coins alone.  Without --batch it is MASHA1, at two gradients for one.

   theory: as masha1's with C^2 = (1+omega_serv) ((1-B) (L^2 + E/M) + A (L_qm^2 + E)), E = (1/M) sum Lcal_m^2/|S|, Lcal_m of single rows. */
enum { FEEDBACK = 0, BATCHES = 1 };
#define MASHA_NAME "vr_masha1"
#include "masha.h"

static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(masha_params, gamma), "theory", NULL, NULL, "step size: a number, or theory; *FACTOR", .step_size = 1 },
  MASHA_TAU("1/(1 + omega)"),
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  return refuse_biased(e, "vr_masha1 needs an unbiased compressor (one with omega), such as randk; vr_masha2 takes biased ones");
}

static int resolve(const lac_env *e, void *p) { return masha_resolve(e, p, unbiased_theory); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.05", .with = "problem=bilinear up=randk:k=25%", .as = "masha1:gamma=0.05" },
  { .claim = LAC_SOLVES, .with = "problem=lsq:lambda=0.1 dataset=synthetic:rows=15,d=8,labels=real,hetero=1 batch=3 up=randk:k=2",
    .rounds = 30000 },
  { .claim = LAC_DISTANCES, .with = "problem=lsq:lambda=0.1 dataset=synthetic:rows=15,d=8,labels=real,hetero=1 batch=3 up=randk:k=2",
    .rate = 0.5, .scale = 2 },
  KEEPS_FW,
  { 0 }
};

const lac_algorithm_type lac_algorithm_vr_masha1 = {
  .name = "vr_masha1",
  .summary = "MASHA1 on batches of rows (--batch), with variance reduction: no floor",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .options = options,
  .partial = LAC_ANY_MESSAGES,
  .refuse = refuse,
  .resolve = resolve,
  MASHA_SLOTS,
  .certificates = certificates,
};
