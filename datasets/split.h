/* split.h: the contract of a split, who gets which rows of a file. */
#ifndef LAC_DATASETS_SPLIT_H
#define LAC_DATASETS_SPLIT_H

#include "data.h"

/* Client i gets rows order[first[i]] .. order[first[i + 1] - 1] (order NULL: the identity). */
typedef struct {
  size_t *first;         /* n + 1 */
  size_t *order;         /* NULL, or all rows */
} lac_assignment;

/* The rows of a file, which are sparse, for n <= rows clients; `what` names the file in messages.  Of a text the blocks: rows without a
   feature, labelled by the numbers of their sources, of which there are `sources` (0: no text). */
typedef struct { const lac_rows *rows; uint32_t n; const lac_seeds *seeds; const char *what; size_t sources; } lac_split_input;

/* Every params struct begins with it. */
typedef struct { char *scale; } lac_split_common;
#define LAC_SPLIT_SCALE                                                       \
  {"scale", LAC_TEXT, offsetof(lac_split_common, scale), "1..1", NULL, NULL,  \
   "FROM..TO: factors on the features, geometric from the first client to the last"}

typedef struct {
  lac_data_kind kind;
  int keeps_order;                              /* to->order is not needed */
  /* Whether it does nothing but scale, so that rows which are drawn for each client need no splitting; NULL: no. */
  int (*is_plain)(const void *params);
  /* Whether the options make sense without rows; NULL: always.  EUSER. */
  int (*check)(const void *params);
  /* Every row once, and a row at least for every client.  to->first and to->order have room.  EUSER, ENOMEM. */
  int (*assign)(const void *params, const lac_split_input *in, lac_assignment *to);
  /* The SHA-256 of a file that has a say in who gets what, 64 digits and a 0; NULL: there is none.  EUSER. */
  int (*hash)(const void *params, char *sha256);
} lac_split;
extern const lac_split lac_split_contiguous, lac_split_dirichlet, lac_split_natural, lac_split_shards, lac_split_shuffled,
  lac_split_similarity, lac_split_sorted, lac_split_source;
extern const lac_split *const lac_split_list[];      /* ends with NULL; lac_splits has their kinds */

/* On failure nothing is left to free. */
int lac_split_assign(const lac_split *split, const void *params, const lac_split_input *in, lac_assignment *to);
/* The factor on the features of client i of n, and whether the options make sense at all (EUSER). */
double lac_split_scale(const void *params, uint32_t client, uint32_t n);
int lac_split_check(const lac_split *split, const void *params);
int lac_split_is_plain(const lac_split *split, const void *params);

#endif
