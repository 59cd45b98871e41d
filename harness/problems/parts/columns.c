#include "columns.h"

#include <stdlib.h>

/* ---- how they are made ---- */

static size_t chunk_first(size_t chunk) { return chunk * LAC_CHUNK; }

static size_t chunk_rows(const lac_rows *a, size_t chunk)
{
  size_t left = a->m - chunk_first(chunk);
  return left < LAC_CHUNK ? left : LAC_CHUNK;
}

/* Units of each column in a chunk; all of them. */
static size_t count_units(const lac_rows *a, size_t chunk, size_t *units)
{
  size_t first = chunk_first(chunk), total = 0;
  memset(units, 0, a->d * sizeof *units);
  for (size_t k = a->ptr[first]; k < a->ptr[first + chunk_rows(a, chunk)]; k++)
    units[a->col[k]]++;
  for (size_t j = 0; j < a->d; j++)
    total += units[j] = (units[j] + LAC_UNIT - 1) / LAC_UNIT;
  return total;
}

/* Columns from the one with the most units, equal ones as they were (a counting sort). */
static void order_columns(lac_columns *c, size_t chunk, const size_t *units)
{
  size_t place[LAC_CHUNK / LAC_UNIT + 2] = { 0 };      /* place[n]: of the first column with n units */
  for (size_t j = 0; j < c->d; j++)
    place[units[j]]++;
  c->used[chunk] = c->d - place[0];
  for (size_t n = LAC_CHUNK / LAC_UNIT + 1, before = 0; n-- > 0;) {
    size_t count = place[n];
    place[n] = before;
    before += count;
  }
  for (size_t j = 0; j < c->d; j++) {
    size_t i = chunk * c->d + place[units[j]]++;
    c->which[i] = (uint32_t)j;
    c->units[i] = (uint16_t)units[j];
  }
}

/* Row numbers of a chunk; next[j]: where column j goes on.  The end of the chunk's units. */
static size_t fill_chunk(lac_columns *c, const lac_rows *a, size_t chunk, size_t at, size_t *next)
{
  size_t first = chunk_first(chunk), rows = chunk_rows(a, chunk);
  c->begin[chunk] = at;
  for (size_t i = chunk * c->d; i < chunk * c->d + c->used[chunk]; i++) {
    next[c->which[i]] = at;
    for (size_t end = at + (size_t)c->units[i] * LAC_UNIT; at < end; at++)
      c->row[at] = (uint16_t)rows;
  }
  for (size_t r = first; r < first + rows; r++)
    for (size_t k = a->ptr[r]; k < a->ptr[r + 1]; k++)
      c->row[next[a->col[k]]++] = (uint16_t)(r - first);
  return at;
}

/* Room for all, with so many units and entries. */
static lac_columns *allocate(const lac_rows *a, size_t chunks, size_t units, size_t entries)
{
  size_t columns = chunks * a->d, numbers = columns + units * LAC_UNIT + entries;
  size_t bytes = 2 * chunks * sizeof(size_t) + columns * sizeof(uint32_t) + numbers * sizeof(uint16_t);
  lac_columns *c = lac_alloc(sizeof *c + bytes);
  if (!c)
    return NULL;
  *c = (lac_columns){ .d = a->d, .chunks = chunks, .bytes = bytes, .begin = (size_t *)(c + 1) };
  c->used = c->begin + chunks;
  c->which = (uint32_t *)(c->used + chunks);
  c->units = (uint16_t *)(c->which + columns);
  c->row = c->units + columns;
  c->col = c->row + units * LAC_UNIT;
  return c;
}

/* Of eight rows from ptr[0] on: how long the first one is. */
static size_t shared_length(const size_t *ptr) { return ptr[1] - ptr[0]; }

static void store_eight(const size_t *ptr, const uint32_t *from, uint16_t *to)
{
  size_t shared = shared_length(ptr);
  for (size_t k = 0; k < shared; k++)
    for (size_t r = 0; r < LAC_EIGHT; r++)
      *to++ = (uint16_t)from[ptr[r] + k];
  for (size_t r = 0; r < LAC_EIGHT; r++)
    for (size_t k = ptr[r] + shared; k < ptr[r + 1]; k++)
      *to++ = (uint16_t)from[k];
}

static void store_eights(lac_columns *c, const lac_rows *a)
{
  size_t r = 0;
  for (; r + LAC_EIGHT <= a->m; r += LAC_EIGHT)
    store_eight(a->ptr + r, a->col, c->col + a->ptr[r]);
  for (size_t k = a->ptr[r]; k < a->ptr[a->m]; k++)
    c->col[k] = (uint16_t)a->col[k];
}

int lac_columns_store(lac_rows *a)
{
  size_t chunks = (a->m + LAC_CHUNK - 1) / LAC_CHUNK, units = 0, at = 0, *scratch = lac_alloc(a->d * sizeof *scratch);
  for (size_t k = 0; scratch && k < chunks; k++)
    units += count_units(a, k, scratch);
  lac_columns *c = scratch ? allocate(a, chunks, units, a->ptr[a->m]) : NULL;
  for (size_t k = 0; c && k < chunks; k++) {
    count_units(a, k, scratch);
    order_columns(c, k, scratch);
    at = fill_chunk(c, a, k, at, scratch);
  }
  free(scratch);
  if (!c)
    return LAC_ENOMEM;
  store_eights(c, a);
  free(a->col);
  a->col = NULL;
  a->columns = c;
  return LAC_OK;
}

/* ---- z = A x ---- */

typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

static inline double add_entries(const uint16_t *col, size_t step, size_t count, const double *x, double sum)
{
  for (; count > 0; count--, col += step)
    sum += x[*col];
  return sum;
}

static void times_eight(const size_t *ptr, const uint16_t *col, const double *x, double *z)
{
  size_t shared = shared_length(ptr);
  pair a = { 0, 0 }, b = a, c = a, d = a, *sum = (pair *)z;
  for (const uint16_t *end = col + LAC_EIGHT * shared; col < end; col += LAC_EIGHT) {
    lac_four n = lac_four_at(col), m = lac_four_at(col + 4);
    a += (pair){ x[n.a], x[n.b] };
    b += (pair){ x[n.c], x[n.d] };
    c += (pair){ x[m.a], x[m.b] };
    d += (pair){ x[m.c], x[m.d] };
  }
  sum[0] = a;
  sum[1] = b;
  sum[2] = c;
  sum[3] = d;
  if (ptr[LAC_EIGHT] - ptr[0] == LAC_EIGHT * shared)
    return;
  for (size_t r = 1; r < LAC_EIGHT; r++) {
    size_t left = ptr[r + 1] - ptr[r] - shared;
    z[r] = add_entries(col, 1, left, x, z[r]);
    col += left;
  }
}

void lac_columns_times(const lac_rows *a, size_t first, size_t count, const double *x, double *z)
{
  const size_t *ptr = a->ptr + first;
  const uint16_t *col = a->columns->col;
  size_t r = 0;
  for (; r + LAC_EIGHT <= count; r += LAC_EIGHT)
    times_eight(ptr + r, col + ptr[r], x, z + r);
  for (; r < count; r++)
    z[r] = lac_columns_times_row(a, first + r, x);
}

/* ---- one row ---- */

/* Entries of a row: `shared` of them a `step` apart, `left` others. */
typedef struct { const uint16_t *first, *others; size_t step, shared, left; } entries;

static entries row_entries(const lac_rows *a, size_t r)
{
  size_t length = a->ptr[r + 1] - a->ptr[r], in = r % LAC_EIGHT;
  const size_t *ptr = a->ptr + (r - in);
  const uint16_t *col = a->columns->col;
  if (r - in + LAC_EIGHT > a->m)
    return (entries){ col + a->ptr[r], NULL, 1, length, 0 };
  size_t shared = shared_length(ptr);
  return (entries){ col + ptr[0] + in, col + a->ptr[r] + (LAC_EIGHT - in) * shared, LAC_EIGHT, shared, length - shared };
}

double lac_columns_times_row(const lac_rows *a, size_t r, const double *x)
{
  entries e = row_entries(a, r);
  return add_entries(e.others, 1, e.left, x, add_entries(e.first, e.step, e.shared, x, 0));
}

/* Columns of a row are distinct: the sums do not depend on each other. */
static inline void add_slope(const uint16_t *col, size_t step, size_t count, double slope, double *g)
{
  for (; count >= 4; count -= 4, col += 4 * step) {
    size_t i = col[0], j = col[step], k = col[2 * step], l = col[3 * step];
    double a = g[i] + slope, b = g[j] + slope, c = g[k] + slope, d = g[l] + slope;
    g[i] = a;
    g[j] = b;
    g[k] = c;
    g[l] = d;
  }
  for (; count > 0; count--, col += step)
    g[*col] += slope;
}

void lac_columns_add_row(const lac_rows *a, size_t r, double slope, double *g)
{
  entries e = row_entries(a, r);
  add_slope(e.first, e.step, e.shared, slope, g);
  add_slope(e.others, 1, e.left, slope, g);
}

/* ---- g += A'z ---- */

typedef struct { double a, b, c, d; } four_sums;

static inline four_sums add_unit(four_sums s, const uint16_t *row, const double *z)
{
  lac_four n = lac_four_at(row), m = lac_four_at(row + 4);
  s.a += z[n.a];
  s.b += z[n.b];
  s.c += z[n.c];
  s.d += z[n.d];
  s.a += z[m.a];
  s.b += z[m.b];
  s.c += z[m.c];
  s.d += z[m.d];
  return s;
}

static inline double total_of(four_sums s) { return (s.a + s.c) + (s.b + s.d); }

/* Two columns at once, since a sum waits for itself; the longer one goes on alone. */
void lac_columns_add(const lac_columns *c, size_t chunk, const double *z, double *g)
{
  const uint32_t *which = c->which + chunk * c->d;
  const uint16_t *units = c->units + chunk * c->d, *row = c->row + c->begin[chunk];
  for (size_t i = 0; i < c->used[chunk]; i += 2) {
    size_t left = units[i], right = i + 1 < c->used[chunk] ? units[i + 1] : 0;
    const uint16_t *other = row + left * LAC_UNIT;
    four_sums s = { 0, 0, 0, 0 }, t = s;
    for (size_t u = 0; u < right; u++, row += LAC_UNIT, other += LAC_UNIT) {
      s = add_unit(s, row, z);
      t = add_unit(t, other, z);
    }
    for (size_t u = right; u < left; u++, row += LAC_UNIT)
      s = add_unit(s, row, z);
    g[which[i]] += total_of(s);
    if (right)
      g[which[i + 1]] += total_of(t);
    row = other;
  }
}
