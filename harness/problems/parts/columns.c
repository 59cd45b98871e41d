#include "columns.h"

#include <stdlib.h>
#include <string.h>

/* Columns of a chunk from the longest to the shortest, equal ones as they were (a counting sort); begin[j]: where column j begins. */
static void order_columns(lac_columns *c, size_t chunk, size_t first, const size_t *length, size_t *begin)
{
  size_t place[LAC_CHUNK + 2] = { 0 };      /* place[n]: of the first column with n rows */
  size_t *start = c->start + chunk * c->d;
  uint32_t *which = c->which + chunk * c->d;
  for (size_t j = 0; j < c->d; j++)
    place[length[j]]++;
  for (size_t n = LAC_CHUNK + 1, before = 0; n-- > 0;) {
    size_t count = place[n];
    place[n] = before;
    before += count;
  }
  for (size_t j = 0; j < c->d; j++)
    which[place[length[j]]++] = (uint32_t)j;
  for (size_t i = 0; i < c->d; i++) {
    start[i] = begin[which[i]] = first;
    first += length[which[i]];
  }
}

static void fill_chunk(lac_columns *c, const lac_rows *a, size_t chunk, size_t *length, size_t *at)
{
  size_t first = chunk ? c->end[chunk - 1] : 0;
  memset(length, 0, c->d * sizeof *length);
  for (size_t e = a->ptr[first]; e < a->ptr[c->end[chunk]]; e++)
    length[a->col[e]]++;
  order_columns(c, chunk, a->ptr[first], length, at);
  for (size_t r = first; r < c->end[chunk]; r++)
    for (size_t e = a->ptr[r]; e < a->ptr[r + 1]; e++)
      c->row[at[a->col[e]]++] = (uint16_t)(r - first);
}

lac_columns *lac_columns_new(const lac_rows *a, size_t chunks, const size_t *ends)
{
  size_t nnz = a->ptr[a->m], starts = chunks * a->d + 1;
  size_t bytes = (chunks + starts) * sizeof(size_t) + chunks * a->d * sizeof(uint32_t) + nnz * sizeof(uint16_t);
  lac_columns *c = lac_alloc(sizeof *c + bytes);
  size_t *scratch = lac_alloc(2 * a->d * sizeof *scratch);
  if (c && scratch) {
    *c = (lac_columns){ .d = a->d, .chunks = chunks, .bytes = bytes };
    c->end = (size_t *)(c + 1);
    c->start = c->end + chunks;
    c->which = (uint32_t *)(c->start + starts);
    c->row = (uint16_t *)(c->which + chunks * a->d);
    memcpy(c->end, ends, chunks * sizeof *ends);
    for (size_t k = 0; k < chunks; k++)
      fill_chunk(c, a, k, scratch, scratch + a->d);
    c->start[starts - 1] = nnz;
  } else {
    free(c);
    c = NULL;
  }
  free(scratch);
  return c;
}

/* Eight columns at once, since the sum of one waits for itself; the longest go on alone. */
static inline __attribute__((always_inline))
size_t add_rows(size_t columns, size_t from, size_t length, const uint16_t *const *row, const double *z, double *sum)
{
  for (; from < length; from++)
    for (size_t i = 0; i < columns; i++)
      sum[i] += z[row[i][from]];
  return from;
}

static void add_eight(const size_t *start, const uint16_t *rows, const uint32_t *which, const double *z, double *g)
{
  const uint16_t *row[8];
  double sum[8];
  size_t length[8], at = 0;
  for (size_t i = 0; i < 8; i++) {
    row[i] = rows + start[i];
    length[i] = start[i + 1] - start[i];
    sum[i] = g[which[i]];
  }
  at = add_rows(8, at, length[7], row, z, sum);
  at = add_rows(7, at, length[6], row, z, sum);
  at = add_rows(6, at, length[5], row, z, sum);
  at = add_rows(5, at, length[4], row, z, sum);
  at = add_rows(4, at, length[3], row, z, sum);
  at = add_rows(3, at, length[2], row, z, sum);
  at = add_rows(2, at, length[1], row, z, sum);
  add_rows(1, at, length[0], row, z, sum);
  for (size_t i = 0; i < 8; i++)
    g[which[i]] = sum[i];
}

void lac_columns_add(const lac_columns *c, size_t chunk, const double *z, double *g)
{
  const size_t *start = c->start + chunk * c->d;
  const uint32_t *which = c->which + chunk * c->d;
  size_t i = 0;
  for (; i + 8 <= c->d; i += 8)
    add_eight(start + i, c->row, which + i, z, g);
  for (; i < c->d; i++)
    for (size_t e = start[i]; e < start[i + 1]; e++)
      g[which[i]] += z[c->row[e]];
}
