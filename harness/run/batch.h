/* batch.h: which rows a stochastic gradient uses: --batch. */
#ifndef LAC_BATCH_H
#define LAC_BATCH_H

#include "options.h"

enum { LAC_BATCH_RANDOM, LAC_BATCH_EPOCH };

typedef struct {
  lac_amount rows;              /* of a batch; number = 0: all */
  int replace;                  /* 1: drawn with replacement */
  int order;                    /* LAC_BATCH_EPOCH: every row once an epoch, in an order that is drawn for (client, epoch) */
  char *text;                   /* canonical: options that differ from their defaults are named */
  uint64_t least, most;         /* steps of an epoch, of the client that has fewest and of the one that has most; 1 without --batch */
} lac_batch;

/* "full", "32", "5%", "32,replace=yes", "32,order=epoch".  EUSER. */
int lac_batch_open(lac_batch *b, const char *text);
void lac_batch_close(lac_batch *b);

/* Rows of a batch of a client with so many; steps of its epoch, of which the last is short where the batch does not divide the rows. */
static inline size_t lac_batch_rows(const lac_batch *b, size_t rows)
{
  uint64_t batch = b->rows.number > 0 ? lac_amount_of(b->rows, rows) : rows;
  return batch < rows ? (size_t)batch : rows;
}
static inline uint64_t lac_batch_steps(const lac_batch *b, size_t rows)
{
  size_t each = lac_batch_rows(b, rows);
  return each ? (rows + each - 1) / each : 1;
}

#endif
