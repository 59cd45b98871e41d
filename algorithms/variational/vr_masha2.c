/* VR-MASHA2 (Beznosikov, Richtarik, Diskin, Ryabinin, Gasnikov, NeurIPS 2022): MASHA2 on sums over rows, F_m = (1/r) sum F_{m,i}.

     g_m = C_m(gamma (F_{m,S}(half) - F_{m,S}(w)) + e_m), S the rows of --batch, the same in both terms          (masha.h)

   F(w) is that of all rows, at coins alone.  Without --batch it is MASHA2, at two gradients for one. */
enum { FEEDBACK = 1, BATCHES = 1 };
#define MASHA_NAME "vr_masha2"
#include "masha.h"

static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(masha_params, gamma), "0.05", NULL, NULL, "step size: a number", .step_size = 1 },
  MASHA_TAU("alpha"),
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  return refuse_uncontractive(e, "vr_masha2 needs a contractive compressor (one with alpha), such as topk; vr_masha1 takes unbiased ones");
}

static int resolve(const lac_env *e, void *p) { return masha_resolve(e, p, NULL); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.05", .with = "problem=bilinear up=topk:k=25%", .as = "masha2:gamma=0.05" },
  { .claim = LAC_SOLVES, .options = "gamma=0.02", .rounds = 30000,
    .with = "problem=lsq:lambda=0.1 dataset=synthetic:rows=15,d=8,labels=real,hetero=1 batch=3 up=topk:k=2" },
  KEEPS_FW,
  { 0 }
};

const lac_algorithm_type lac_algorithm_vr_masha2 = {
  .name = "vr_masha2",
  .summary = "MASHA2 on batches of rows (--batch), with variance reduction: no floor",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .options = options,
  .partial = LAC_SOME_CLIENTS,
  .participation = "e_m keeps what its messages did not hold, and supposes that they arrive and count alike",
  .refuse = refuse,
  .resolve = resolve,
  MASHA_SLOTS,
  .certificates = certificates,
};
