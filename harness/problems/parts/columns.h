/* columns.h: sparse rows of ones, stored for gradients of all of them.

   By columns, g += A'z reads z and keeps sums in registers instead of adding into g entry by entry.

   By eights of rows, so do eight sums of z = A x at once.  Rows 8 i to 8 i + 7 have entries ptr[8 i] up to ptr[8 i + 8] of col, as ever,
   but column by column as far as the first of them goes, which is the shortest: its entry k is at 8 k, and that of the r-th at 8 k + r.
   What is left of each row follows, row by row.  Rows behind the last eight are as they were. */
#ifndef LAC_COLUMNS_H
#define LAC_COLUMNS_H

#include "data.h"

#include <string.h>

/* Rows in a chunk, at most: their z stay in the first cache.  Row numbers in a unit of a column. */
enum { LAC_CHUNK = 4096, LAC_UNIT = 8, LAC_EIGHT = 8 };

/* Chunk c has the rows from c LAC_CHUNK on.  Its used[c] columns with entries are listed from the one with the most units: the i-th is
   which[c d + i], with units[c d + i] units of row numbers, counted from the first row of the chunk and ascending.  Units stand one behind
   the other, those of chunk c from begin[c] on.  What fills up the last unit of a column is the number of rows of the chunk. */
typedef struct lac_columns {
  size_t d, chunks, bytes;      /* bytes: what a pass reads */
  size_t *begin, *used;
  uint32_t *which;
  uint16_t *units, *row;
  uint16_t *col;                /* the columns of the rows, by eights */
} lac_columns;

/* rows->columns, one block of memory, for free(), instead of rows->col.  For sorted rows of ones, at least one; d <= 65536. */
int lac_columns_store(lac_rows *rows);
/* z[r] = a_r.x for rows `first`, a multiple of 8, and so on.  A sum goes through its row entry by entry. */
void lac_columns_times(const lac_rows *rows, size_t first, size_t count, const double *x, double *z);
/* Of one row: a_r.x, with the same bits, and g += slope a_r. */
double lac_columns_times_row(const lac_rows *rows, size_t r, const double *x);
void lac_columns_add_row(const lac_rows *rows, size_t r, double slope, double *g);
/* g += A'z for the rows of a chunk; z has one number more than the chunk has rows, and it is 0.  The sum of a column has four lanes:
   entry k of the chunk's belongs to lane k mod 4. */
void lac_columns_add(const lac_columns *columns, size_t chunk, const double *z, double *g);

/* Four numbers of 16 bits in one load. */
typedef struct { size_t a, b, c, d; } lac_four;

static inline lac_four lac_four_at(const uint16_t *number)
{
  uint64_t all;
  memcpy(&all, number, sizeof all);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return (lac_four){ (uint16_t)all, (uint16_t)(all >> 16), (uint16_t)(all >> 32), all >> 48 };
#else
  return (lac_four){ all >> 48, (uint16_t)(all >> 32), (uint16_t)(all >> 16), (uint16_t)all };
#endif
}

#endif
