/* shuffled.c: a permutation (Fisher-Yates, stream (partition, 0, 0, LAC_USE_SHUFFLE)), cut into n pieces. */
#include "parts/deal.h"

static const lac_option options[] = {LAC_SPLIT_SCALE, {0}};

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  (void)params;
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  lac_cut_evenly(to->first, in->rows->m, in->n);
  for (size_t r = 0; r < in->rows->m; r++)
    to->order[r] = r;
  lac_rng_point(rng, in->seeds, LAC_SEED_PARTITION, 0, 0, LAC_USE_SHUFFLE);
  lac_shuffle(rng, to->order, in->rows->m);
  gsl_rng_free(rng);
  return LAC_OK;
}

const lac_split lac_split_shuffled = {
  .kind = {"shuffled", "a random permutation of the rows, cut into n pieces", options, sizeof(lac_split_common), NULL},
  .assign = assign,
};
