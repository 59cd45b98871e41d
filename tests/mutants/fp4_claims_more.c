/* FP4, wrong: alpha claimed larger by a two-hundredth.  Most vectors agree; an adversary finds one that does not. */
#include "../../compressors/scaled.h"

#define lac_nearest_alpha(s, q) (1.005 * lac_nearest_alpha(s, q))
#define lac_compressor_fp4 mutant_fp4_claims_more
#include "../../compressors/fp4.c"
