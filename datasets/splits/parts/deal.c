/* deal.c: rows sorted, shuffled, cut, and given to owners. */
#include "deal.h"

#include <stdlib.h>
#include <string.h>

static int by_key(const void *a, const void *b)
{
  const lac_keyed_row *p = a, *q = b;
  if (p->key != q->key)
    return p->key < q->key ? -1 : 1;
  return (p->row > q->row) - (p->row < q->row);
}

lac_keyed_row *lac_sort_rows(const double *key, size_t rows)
{
  lac_keyed_row *all = malloc(rows * sizeof *all);
  if (!all) {
    lac_fail(LAC_ENOMEM, "out of memory to sort %zu rows", rows);
    return NULL;
  }
  for (size_t r = 0; r < rows; r++)
    all[r] = (lac_keyed_row){ key[r], r };
  qsort(all, rows, sizeof *all, by_key);
  return all;
}

int lac_sorted_order(const double *key, size_t *order, size_t rows)
{
  lac_keyed_row *all = key ? lac_sort_rows(key, rows) : NULL;
  if (!all)
    return LAC_ENOMEM;
  for (size_t r = 0; r < rows; r++)
    order[r] = all[r].row;
  free(all);
  return LAC_OK;
}

void lac_cut_evenly(size_t *first, size_t rows, uint32_t n)
{
  for (uint64_t i = 0; i <= n; i++)
    first[i] = lac_cut(rows, i, n);
}

void lac_shuffle(gsl_rng *rng, size_t *x, size_t count)
{
  for (size_t i = count; i > 1; i--) {
    size_t j = lac_rng_below(rng, i), swap = x[i - 1];
    x[i - 1] = x[j];
    x[j] = swap;
  }
}

int lac_deal_begin(lac_dealing *d, const lac_split_input *in)
{
  size_t rows = in->rows->m;
  *d = (lac_dealing){ .n = in->n, .rows = rows, .rng = lac_rng_new(), .sorted = lac_sort_rows(in->rows->y, rows) };
  d->owner = malloc(rows * sizeof *d->owner);
  d->members = malloc(rows * sizeof *d->members);
  d->held = calloc(in->n, sizeof *d->held);
  return d->sorted && d->rng && d->owner && d->members && d->held ? LAC_OK :
         lac_fail(LAC_ENOMEM, "out of memory to split %zu rows", rows);
}

void lac_deal_end(lac_dealing *d)
{
  if (d->rng)
    gsl_rng_free(d->rng);
  free(d->sorted);
  free(d->owner);
  free(d->members);
  free(d->held);
}

void lac_deal_row(lac_dealing *d, size_t row, uint32_t client)
{
  d->owner[row] = client;
  d->held[client]++;
}

int lac_deal_classes(const lac_dealing *d, uint32_t most, size_t **end, uint32_t *classes)
{
  *classes = 0;
  *end = malloc(((size_t)most + 1) * sizeof **end);
  if (!*end)
    return lac_fail(LAC_ENOMEM, "out of memory for %u classes", most);
  (*end)[0] = 0;
  for (size_t r = 0; r < d->rows; r++) {
    if (r + 1 < d->rows && d->sorted[r + 1].key == d->sorted[r].key)
      continue;
    if (*classes == most) {
      free(*end);
      *end = NULL;
      return LAC_OK;
    }
    (*end)[++*classes] = r + 1;
  }
  return LAC_OK;
}

void lac_deal_repair(lac_dealing *d)
{
  for (uint32_t poor = 0; poor < d->n; poor++) {
    if (d->held[poor])
      continue;
    uint32_t rich = 0;
    for (uint32_t i = 1; i < d->n; i++)
      if (d->held[i] > d->held[rich])
        rich = i;
    size_t row = d->rows - 1;
    while (d->owner[row] != rich)
      row--;
    d->held[rich]--;
    lac_deal_row(d, row, poor);
  }
}

/* Counting sort by owner. */
void lac_deal_gather(const lac_dealing *d, lac_assignment *to)
{
  to->first[0] = 0;
  for (uint32_t i = 0; i < d->n; i++)
    to->first[i + 1] = to->first[i] + d->held[i];
  for (uint32_t i = 0; i < d->n; i++)
    d->held[i] = to->first[i];
  for (size_t r = 0; r < d->rows; r++)
    to->order[d->held[d->owner[r]]++] = r;
}
