/* source.c: the blocks of a text by the file that they come from: client i of n gets those of the sources k with k mod n = i. */
#include "parts/deal.h"

static const lac_option options[] = {LAC_SPLIT_SCALE, {0}};

static int check(const lac_split_input *in, const size_t *held)
{
  if (in->n > in->sources)
    return lac_fail(LAC_EUSER, "--split=source: clients=%u is more than the %zu sources of %s; lower --clients", in->n, in->sources,
                    in->what);
  for (uint32_t i = 0; i < in->n; i++)
    if (!held[i])
      return lac_fail(LAC_EUSER, "--split=source: no source of client %u has a training block; lower --clients, context or block of %s", i,
                      in->what);
  return LAC_OK;
}

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  lac_dealing d;
  (void)params;
  if (!in->sources)
    return lac_fail(LAC_EUSER, "--split=source is for texts, and the rows of %s have no sources; take natural, or --problem=lm", in->what);
  int status = lac_deal_begin(&d, in);
  for (size_t r = 0; status == LAC_OK && r < in->rows->m; r++)
    lac_deal_row(&d, r, (uint32_t)((size_t)in->rows->y[r] % in->n));
  if (status == LAC_OK)
    status = check(in, d.held);
  if (status == LAC_OK)
    lac_deal_gather(&d, to);
  lac_deal_end(&d);
  return status;
}

const lac_split lac_split_source = {
  .kind = {"source", "the blocks of a text by the files that they come from", options, sizeof(lac_split_common), NULL},
  .assign = assign,
};
