/* contiguous.c: the file's order, cut into n pieces. */
#include "parts/deal.h"

enum { SPREAD, LAST };
typedef struct { lac_split_common common; int rest; } contiguous_params;

static const lac_option options[] = {
  {"rest", LAC_CHOICE, offsetof(contiguous_params, rest), "spread", NULL, "spread|last",
   "spread: client i of n gets rows floor(N i/n) to floor(N (i+1)/n) - 1; last: floor(N/n) each, the rest to the last"},
  LAC_SPLIT_SCALE, {0}
};

static int is_plain(const void *params) { return ((const contiguous_params *)params)->rest == SPREAD; }

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  const contiguous_params *p = params;
  lac_cut_evenly(to->first, in->rows->m, in->n);
  for (uint32_t i = 0; p->rest == LAST && i < in->n; i++)
    to->first[i] = in->rows->m / in->n * i;
  return LAC_OK;
}

const lac_split lac_split_contiguous = {
  .kind = {"contiguous", "the rows in the order of the file, cut into n pieces", options, sizeof(contiguous_params), NULL},
  .keeps_order = 1,
  .is_plain = is_plain,
  .assign = assign,
};
