/* arrange.c: sparse rows in the form that gradients read: by length, without ones, by columns where that is better. */
#include "columns.h"
#include "rows.h"

#include <stdlib.h>

enum { MOST_COLUMNS = 1 << 16, LONG_COLUMN = 48 };

static int in_order(const lac_rows *a)
{
  for (size_t r = 1; r < a->m; r++)
    if (a->ptr[r + 1] - a->ptr[r] < a->ptr[r] - a->ptr[r - 1])
      return 0;
  return 1;
}

/* from[i]: which row comes i-th when rows go by their number of nonzeros, equal ones as they were (a counting sort). */
static void by_length(const lac_rows *a, size_t *start, size_t *from)
{
  for (size_t r = 0; r < a->m; r++)
    start[a->ptr[r + 1] - a->ptr[r] + 1]++;
  for (size_t length = 1; length <= a->d; length++)
    start[length] += start[length - 1];
  for (size_t r = 0; r < a->m; r++)
    from[start[a->ptr[r + 1] - a->ptr[r]]++] = r;
}

/* Row from[i] of a becomes row i of b. */
static void permute(const lac_rows *a, const size_t *from, lac_rows *b)
{
  for (size_t i = 0; i < a->m; i++) {
    size_t begin = a->ptr[from[i]], length = a->ptr[from[i] + 1] - begin;
    b->ptr[i + 1] = b->ptr[i] + length;
    memcpy(b->col + b->ptr[i], a->col + begin, length * sizeof *b->col);
    memcpy(b->val + b->ptr[i], a->val + begin, length * sizeof *b->val);
    b->y[i] = a->y[from[i]];
    b->place[from[i]] = (uint32_t)i;
  }
}

static int sort_rows(lac_rows *a)
{
  if (in_order(a) || a->m > UINT32_MAX)
    return LAC_OK;
  size_t nnz = a->ptr[a->m];
  lac_rows b = { .m = a->m, .d = a->d, .touched = a->touched };
  size_t *start = lac_alloc((a->d + 2) * sizeof *start), *from = lac_alloc(a->m * sizeof *from);
  b.ptr = lac_alloc((a->m + 1) * sizeof *b.ptr);
  b.y = lac_alloc(a->m * sizeof *b.y);
  b.col = lac_alloc(nnz * sizeof *b.col);
  b.val = lac_alloc(nnz * sizeof *b.val);
  b.place = lac_alloc(a->m * sizeof *b.place);
  int status = start && from && b.ptr && b.y && b.col && b.val && b.place ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK) {
    by_length(a, start, from);
    permute(a, from, &b);
  }
  lac_rows swap = status == LAC_OK ? *a : b;      /* what is not needed any more */
  if (status == LAC_OK)
    *a = b;
  free(swap.ptr);
  free(swap.y);
  free(swap.col);
  free(swap.val);
  free(swap.place);
  free(start);
  free(from);
  return status;
}

/* Ones need not be read. */
static void drop_ones(lac_rows *a)
{
  for (size_t k = 0; k < a->ptr[a->m]; k++)
    if (a->val[k] != 1)
      return;
  free(a->val);
  a->val = NULL;
}

/* Ones whose columns are long enough and have numbers of 16 bits.  They take up to 2 (48 + 7) + 6 bytes for 48 entries of a column, and 2
   for an entry of a row. */
static int store_by_columns(lac_rows *a)
{
  size_t chunks = (a->m + LAC_CHUNK - 1) / LAC_CHUNK;
  int are_long = chunks > 0 && a->ptr[a->m] >= LONG_COLUMN * a->d * chunks;
  return a->d <= MOST_COLUMNS && !a->val && are_long && in_order(a) ? lac_columns_store(a) : LAC_OK;
}

int lac_rows_arrange(lac_rows *a)
{
  if (a->dense)
    return LAC_OK;
  LAC_TRY(sort_rows(a));
  drop_ones(a);
  return store_by_columns(a);
}
