/* split.h: who gets which rows of a file. */
#ifndef LAC_DATASETS_SPLIT_H
#define LAC_DATASETS_SPLIT_H

#include "data.h"

/* Client i gets rows order[first[i]] .. order[first[i + 1] - 1] (order NULL: the identity). */
typedef struct {
  size_t *first;         /* n + 1 */
  size_t *order;         /* NULL, or all rows */
} lac_assignment;

/* `kind` is an index into lac_splits.  On failure nothing is left to free. */
int lac_split_assign(int kind, const void *params, const lac_seeds *seeds, const lac_rows *rows, uint32_t n, lac_assignment *to);
/* The factor on the features of client i of n, and whether the option makes sense at all (EUSER). */
double lac_split_scale(const void *params, uint32_t client, uint32_t n);
int lac_split_check(const void *params);
/* Whether it does nothing but scale, so that rows which are drawn for each client need no splitting. */
int lac_split_is_plain(int kind, const void *params);

#endif
