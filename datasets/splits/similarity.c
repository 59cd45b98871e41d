/* similarity.c: a share of the rows is alike on all clients, the rest is sorted by label.

   M = s N, rounded to the nearest number, rows are drawn without replacement: the first M of a permutation (stream (partition, 0, 0,
   LAC_USE_SIMILARITY)).  The others, sorted by label (equal ones in the file's order), are cut into n pieces at floor((N - M) i/n).  The M
   rows are then dealt in the order in which they were drawn, each to the client that has fewest rows (the lowest of equals), so that
   clients have equal numbers of rows, and of such rows, up to one.  A client's rows stand in the file's order.
   s=0%: as sorted; s=100%: independent of the label.  See Karimireddy et al., "SCAFFOLD", ICML 2020. */
#include "parts/deal.h"

#include <math.h>

typedef struct { lac_split_common common; lac_amount s; } similarity_params;

static const lac_option options[] = {
  {"s", LAC_AMOUNT, offsetof(similarity_params, s), "10%", ">=0", NULL,
   "rows that are dealt without regard to their label; the rest is sorted"},
  LAC_SPLIT_SCALE, {0}
};

static void deal(lac_dealing *d, const lac_split_input *in, size_t alike)
{
  size_t rest = d->rows - alike, k = 0;
  for (size_t r = 0; r < d->rows; r++) {
    d->members[r] = r;
    d->owner[r] = d->n;
  }
  lac_rng_point(d->rng, in->seeds, LAC_SEED_PARTITION, 0, 0, LAC_USE_SIMILARITY);
  lac_shuffle(d->rng, d->members, d->rows);
  for (size_t m = 0; m < alike; m++)
    d->owner[d->members[m]] = 0;
  uint32_t client = 0;
  for (size_t r = 0; r < d->rows; r++) {
    if (d->owner[d->sorted[r].row] != d->n)      /* dealt below */
      continue;
    while (k >= lac_cut(rest, (uint64_t)client + 1, d->n))
      client++;
    lac_deal_row(d, d->sorted[r].row, client);
    k++;
  }
  size_t least = rest / d->n;      /* all clients have as many, or one more */
  for (size_t m = 0, at = 0; m < alike; at++) {
    client = (uint32_t)(at % d->n);
    if (d->held[client] == least + at / d->n)
      lac_deal_row(d, d->members[m++], client);
  }
}

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  lac_amount s = ((const similarity_params *)params)->s;
  double rows = (double)in->rows->m, alike = s.percent ? nearbyint(s.number / 100 * rows) : s.number;
  if (alike > rows)
    return lac_fail(LAC_EUSER, "--split: similarity: s=%.0f is more than the %zu rows of %s; lower it, or give a percentage", s.number,
                    in->rows->m, in->what);
  lac_dealing d;
  int status = lac_deal_begin(&d, in);
  if (status == LAC_OK) {
    deal(&d, in, (size_t)alike);
    lac_deal_gather(&d, to);
  }
  lac_deal_end(&d);
  return status;
}

const lac_split lac_split_similarity = {
  .kind = {"similarity", "a share of the rows alike on all clients, the rest sorted by label", options, sizeof(similarity_params),
           "Karimireddy et al. 2020, arXiv:1910.06378"},
  .assign = assign,
};
