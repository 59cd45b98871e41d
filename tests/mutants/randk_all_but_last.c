/* Rand-K, wrong: the last coordinate is never chosen, so that the mean is not x. */
#include "compressor.h"
#include "rng.h"

static int all_but_last(lac_choice *c, gsl_rng *r, uint64_t n, uint64_t k, uint64_t *set)
{
  return lac_choose(c, r, n > k ? n - 1 : n, k, set);
}

#define lac_choose all_but_last
#define lac_compressor_randk mutant_randk_all_but_last
#include "../../compressors/randk.c"
