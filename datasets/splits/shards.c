/* shards.c: rows sorted by label, cut into S = n per_client shards of few classes, which are dealt at random.

   Of C <= S classes, class c with N_c rows is cut into s_c shards, at floor(N_c k/s_c): s_c = 1 at first, and the next shard always goes to
   the class with the largest N_c/s_c (the lowest label of equals) until there are S.  So no shard has two classes, and none is larger than
   it must be; with equal classes and C a divisor of S all shards are equal, as in "SCALLION" (Huang, Li, Li, ICLR 2024: 400 shards of ten
   classes, two a client).  Of more than S classes (or 1000) the sorted rows are cut at floor(N k/S), across classes.
   The shards are permuted (stream (partition, 0, 0, LAC_USE_SHARDS)), and client i gets those at per_client i to per_client (i + 1) - 1.
   A client's rows stand in the file's order.  See McMahan et al., "Communication-efficient learning of deep networks from decentralized
   data", AISTATS 2017. */
#include "parts/deal.h"

#include <stdlib.h>

enum { MAX_CLASSES = 1000 };
typedef struct { lac_split_common common; uint64_t per_client; } shards_params;

static const lac_option options[] = {
  {"per_client", LAC_UINT, offsetof(shards_params, per_client), "2", ">=1", NULL,
   "shards of every client, which has as many classes at most if there are no more classes than shards"},
  LAC_SPLIT_SCALE, {0}
};

static int compare_products(size_t a, size_t b, size_t c, size_t d)
{
  unsigned __int128 x = (unsigned __int128)a * b, y = (unsigned __int128)c * d;
  return (x > y) - (x < y);
}

/* start[k]: the first of the sorted rows in shard k; start[shards]: their number. */
static int cut_classes(size_t *start, size_t shards, const size_t *end, uint32_t classes)
{
  size_t *of = malloc(classes * sizeof *of), k = 0;
  if (!of)
    return lac_fail(LAC_ENOMEM, "out of memory for the shards of %u classes", classes);
  for (uint32_t c = 0; c < classes; c++)
    of[c] = 1;
  for (size_t given = classes; given < shards; given++) {
    uint32_t most = 0;
    for (uint32_t c = 1; c < classes; c++)
      if (compare_products(end[c + 1] - end[c], of[most], end[most + 1] - end[most], of[c]) > 0)
        most = c;
    of[most]++;
  }
  for (uint32_t c = 0; c < classes; c++)
    for (size_t i = 0; i < of[c]; i++)
      start[k++] = end[c] + lac_cut(end[c + 1] - end[c], i, of[c]);
  start[k] = end[classes];
  free(of);
  return LAC_OK;
}

static int cut_shards(const lac_dealing *d, size_t *start, size_t shards)
{
  size_t *end;
  uint32_t classes;
  LAC_TRY(lac_deal_classes(d, shards < MAX_CLASSES ? (uint32_t)shards : MAX_CLASSES, &end, &classes));
  for (size_t k = 0; !end && k <= shards; k++)
    start[k] = lac_cut(d->rows, k, shards);
  int status = end ? cut_classes(start, shards, end, classes) : LAC_OK;
  free(end);
  return status;
}

static int deal(lac_dealing *d, const lac_split_input *in, size_t per_client)
{
  size_t shards = in->n * per_client, *start = malloc((shards + 1) * sizeof *start);
  int status = start ? cut_shards(d, start, shards) : lac_fail(LAC_ENOMEM, "out of memory for %zu shards", shards);
  for (size_t k = 0; status == LAC_OK && k < shards; k++)
    d->members[k] = k;
  if (status == LAC_OK) {
    lac_rng_point(d->rng, in->seeds, LAC_SEED_PARTITION, 0, 0, LAC_USE_SHARDS);
    lac_shuffle(d->rng, d->members, shards);
  }
  for (size_t k = 0; status == LAC_OK && k < shards; k++)
    for (size_t r = start[d->members[k]]; r < start[d->members[k] + 1]; r++)
      lac_deal_row(d, d->sorted[r].row, (uint32_t)(k / per_client));
  free(start);
  return status;
}

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  uint64_t per_client = ((const shards_params *)params)->per_client;
  if (per_client > in->rows->m / in->n)
    return lac_fail(LAC_EUSER, "--split: shards: per_client=%llu for %u clients are more shards than the %zu rows of %s; lower "
                    "per_client or --clients", (unsigned long long)per_client, in->n, in->rows->m, in->what);
  lac_dealing d;
  int status = lac_deal_begin(&d, in);
  if (status == LAC_OK)
    status = deal(&d, in, per_client);
  if (status == LAC_OK)
    lac_deal_gather(&d, to);
  lac_deal_end(&d);
  return status;
}

const lac_split lac_split_shards = {
  .kind = {"shards", "the rows sorted by label, cut into shards of one class, of which every client gets a few", options,
           sizeof(shards_params), "McMahan et al. 2017, arXiv:1602.05629"},
  .assign = assign,
};
