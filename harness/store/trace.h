/* trace.h: the rows of a run as the store sees them: columns and cells. */
#ifndef LAC_TRACE_H
#define LAC_TRACE_H

#include <stddef.h>
#include <stdint.h>

/* A column of the trace: 8 bytes a row, a count or a real; `rises`: a real that is the better the larger it is. */
typedef struct { const char *name; int is_real, rises; } lac_column;
enum { LAC_COLUMNS_MOST = 24 };
/* What a row has behind its columns: seconds since the start, bytes between ranks; of no digest, since placement and time make them. */
enum { LAC_BESIDE_ELAPSED, LAC_BESIDE_WIRE, LAC_BESIDE };
typedef union { uint64_t count; double real; } lac_cell;

/* The length of a column's name without _per_client or _relative at its end (lac_result_derived). */
size_t lac_column_bare(const char *name);
/* What people are told of a column, by its name, with such an end or without; better: 1 the larger, -1 the smaller, 0 neither.  NULL:
   nothing is known. */
typedef struct { const char *name, *unit, *long_name; int better, is_count; } lac_column_words;
/* What a column counts as in a run that diverged: 0 where the larger is the better, as of an accuracy; else infinity. */
double lac_column_diverged(const char *name);
const lac_column_words *lac_column_about(const char *name);

/* Who receives the rows (rank 0): a cell a column, then LAC_BESIDE, of which the seconds are the receiver's to fill. */
typedef struct {
  int (*row)(void *self, const lac_cell *cells);
  /* All rows so far, for a checkpoint: *count of *width cells each. */
  const lac_cell *(*rows)(void *self, size_t *count, size_t *width);
  void *self;
} lac_sink;

#endif
