/* vectors.h: the vectors of a run, one row a store: described first, so that their size is known before any work, then allocated. */
#ifndef LAC_VECTORS_H
#define LAC_VECTORS_H

#include "run/run.h"

/* Fill the table from what the method and the compressors declare; nothing is allocated. */
void lac_vectors_describe(lac_run *r);
/* Bytes of a row on this rank, and of all rows on all ranks together. */
size_t lac_vectors_row_bytes(const lac_run *r, int row);
size_t lac_vectors_all_bytes(const lac_run *r);
/* Zeroed.  ENOMEM. */
int lac_vectors_allocate(lac_run *r);
void lac_vectors_clear(lac_run *r);
void lac_vectors_free(lac_run *r);

#endif
