/* MASHA2 (Beznosikov, Richtarik, Diskin, Ryabinin, Gasnikov, NeurIPS 2022): saddle points with contractive compression both ways
   and error feedback on both sides.

     g_m = C_m(gamma (F_m(half) - F_m(w)) + e_m),   e_m += gamma (F_m(half) - F_m(w)) - g_m
     g = C_serv[(1/M) sum g_m + e],                 e += (1/M) sum g_m - g
     z^{k+1} = half - g                                                                        (masha.h)

   With --sample, PP-MASHA2: the mean over those that were drawn, e_m of the others stays; at a coin all answer.

   The slides print z^{k+1} = half - gamma g: a second gamma, with which it diverges.  The memories are kept when w changes.
   No constant of the theorem could be verified, so there is no gamma=theory; 0.2/L to 0.5/L works. */
enum { FEEDBACK = 1, BATCHES = 0 };
#define MASHA_NAME "masha2"
#include "masha.h"

static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(masha_params, gamma), "0.05", NULL, NULL, "step size: a number", .step_size = 1 },
  MASHA_TAU("alpha"),
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  return refuse_uncontractive(e, "masha2 needs a contractive compressor (one with alpha), such as topk; masha1 takes unbiased ones");
}

static int resolve(const lac_env *e, void *p) { return masha_resolve(e, p, NULL); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.05", .with = "problem=bilinear", .as = "masha1:gamma=0.05", .tolerance = 1e-13 },
  { .claim = LAC_SOLVES, .options = "gamma=0.02", .with = "problem=bilinear:lambda=1 up=topk:k=25% down=topk:k=50%", .rounds = 20000 },
  { .claim = LAC_SOLVES, .options = "gamma=0.02", .with = "problem=bilinear:lambda=1 up=topk:k=25% sample=uniform:s=3", .rounds = 20000 },
  KEEPS_FW,
  { 0 }
};

const lac_algorithm_type lac_algorithm_masha2 = {
  .name = "masha2",
  .summary = "saddle points with contractive compression both ways and error feedback",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .options = options,
  .partial = LAC_SOME_CLIENTS,
  .participation = "e_m keeps what its messages did not hold, and supposes that they arrive and count alike",
  .whole = "it asks for them at w, too, which is another round's; vr_masha2 draws rows",
  .refuse = refuse,
  .resolve = resolve,
  MASHA_SLOTS,
  .certificates = certificates,
};
