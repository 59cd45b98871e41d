/* columns.h: rows of ones by columns, so that g += A'z reads z and keeps sums in registers instead of adding into g entry by entry.
   A sum has the same order as row by row: it begins with what g has, and rows come in ascending order. */
#ifndef LAC_COLUMNS_H
#define LAC_COLUMNS_H

#include "data.h"

/* Rows in a chunk, at most: their z stay in the first cache. */
enum { LAC_CHUNK = 4096 };

/* Chunk c has rows end[c-1] .. end[c]-1.  Its i-th longest column is which[c d + i]; start[c d + i] up to the next start in `row` are its
   rows, counted from the first of the chunk. */
typedef struct lac_columns {
  size_t d, chunks, bytes;      /* bytes: what a pass reads */
  size_t *end, *start;
  uint32_t *which;
  uint16_t *row;
} lac_columns;

/* One block of memory, for free().  Rows of ones; ends[c] as in `end`. */
lac_columns *lac_columns_new(const lac_rows *a, size_t chunks, const size_t *ends);
/* g += A'z for the rows of a chunk. */
void lac_columns_add(const lac_columns *columns, size_t chunk, const double *z, double *g);

#endif
