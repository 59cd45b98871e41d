/* FP4, wrong: alpha claimed larger by a two-hundredth.  Most vectors agree; an adversary finds one that does not. */
#include "../../compressors/parts/scaled.h"

static int claim_more(const lac_site *s, const lac_scaled *q, double *alpha)
{
  int status = lac_scaled_alpha(s, q, alpha);
  *alpha *= 1.005;
  return status;
}

#define lac_scaled_alpha claim_more
#define lac_compressor_fp4 mutant_fp4_claims_more
#include "../../compressors/fp4.c"
