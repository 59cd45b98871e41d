/* FP4, wrong: alpha claimed larger by a two-hundredth.  Most vectors agree; an adversary finds one that does not. */
#include "compressor.h"

#include <math.h>

static double claim_more(double a, double b) { return 1.005 * fmin(a, b); }

#define fmin claim_more
#define lac_compressor_fp4 mutant_fp4_claims_more
#include "../../compressors/fp4.c"
