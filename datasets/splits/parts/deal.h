/* deal.h: what splits share: rows sorted, shuffled, cut, and given to owners. */
#ifndef LAC_SPLITS_DEAL_H
#define LAC_SPLITS_DEAL_H

#include "datasets/split.h"

/* The streams of LAC_SEED_PARTITION: each split, and each that one draws from, has its own. */
enum { LAC_USE_SHUFFLE = 1, LAC_USE_DIRICHLET, LAC_USE_QUANTITY, LAC_USE_SHARDS, LAC_USE_SIMILARITY };

/* floor(rows * i / n) without the product's overflow. */
static inline size_t lac_cut(size_t rows, uint64_t i, uint64_t n)
{
  return (size_t)(rows / n * i + (size_t)((unsigned __int128)(rows % n) * i / n));
}
/* Client i gets the rows of the order from floor(rows i/n) on. */
void lac_cut_evenly(size_t *first, size_t rows, uint32_t n);
void lac_shuffle(gsl_rng *rng, size_t *x, size_t count);

typedef struct { double key; size_t row; } lac_keyed_row;
/* Rows in ascending order of their keys, equal ones as they are in the file.  NULL and lac_fail: no memory. */
lac_keyed_row *lac_sort_rows(const double *key, size_t rows);
int lac_sorted_order(const double *key, size_t *order, size_t rows);

/* Rows that get their clients one by one. */
typedef struct {
  uint32_t n, *owner;                /* of each row */
  size_t rows, *held, *members;      /* rows of each client; room for all rows */
  lac_keyed_row *sorted;             /* by label */
  gsl_rng *rng;
} lac_dealing;

/* ENOMEM; end it in any case. */
int lac_deal_begin(lac_dealing *d, const lac_split_input *in);
void lac_deal_row(lac_dealing *d, size_t row, uint32_t client);
/* Ends of the classes among the sorted rows, end[0] = 0; *classes of them.  More than `most`: *classes is that and end is NULL.
   ENOMEM; the caller frees `end`. */
int lac_deal_classes(const lac_dealing *d, uint32_t most, size_t **end, uint32_t *classes);
/* A client without a row, in ascending order, gets the last row in the file's order of the client that has most then (the lowest of
   equals). */
void lac_deal_repair(lac_dealing *d);
/* Each client's rows in the file's order. */
void lac_deal_gather(const lac_dealing *d, lac_assignment *to);
void lac_deal_end(lac_dealing *d);

#endif
