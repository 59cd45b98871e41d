/* sorted.c: by label or by the norm of the features, equal ones in the file's order, cut into n pieces: n clients of few classes, or of
   very different smoothness. */
#include "parts/deal.h"

#include <stdlib.h>

enum { LABEL, NORM };
typedef struct { lac_split_common common; int by; } sorted_params;

static const lac_option options[] = {
  {"by", LAC_CHOICE, offsetof(sorted_params, by), "label", NULL, "label|norm",
   "what the rows are sorted by: label, or norm of the features"},
  LAC_SPLIT_SCALE, {0}
};

/* |a|^2 of every row. */
static double *square_norms(const lac_rows *rows)
{
  double *norm = lac_alloc(rows->m * sizeof *norm);
  for (size_t r = 0; norm && r < rows->m; r++)
    for (size_t k = rows->ptr[r]; k < rows->ptr[r + 1]; k++)
      norm[r] += rows->val[k] * rows->val[k];
  return norm;
}

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  int by_norm = ((const sorted_params *)params)->by == NORM;
  double *norm = by_norm ? square_norms(in->rows) : NULL;
  lac_cut_evenly(to->first, in->rows->m, in->n);
  int status = lac_sorted_order(by_norm ? norm : in->rows->y, to->order, in->rows->m);
  free(norm);
  return status;
}

const lac_split lac_split_sorted = {
  .kind = {"sorted", "the rows sorted by label or norm, cut into n pieces: clients differ as much as they can", options,
           sizeof(sorted_params), NULL},
  .assign = assign,
};
