/* normalise.h: features shifted and scaled, by constants of the rows that they were computed of.

   standard   (a - mean)/std, one mean and one standard deviation (divisor m d) of all m d entries: as images of one channel are
   features   (a_j - mean_j)/std_j, of every feature j over the m rows (divisor m); a feature that never changes becomes 0
   unit       every row divided by its norm; a row of zeros stays

   A shift that is not 0 makes every row dense. */
#ifndef LAC_DATASETS_NORMALISE_H
#define LAC_DATASETS_NORMALISE_H

#include "data.h"

typedef enum { LAC_NORMALISE_NONE, LAC_NORMALISE_STANDARD, LAC_NORMALISE_FEATURES, LAC_NORMALISE_UNIT } lac_normalise_kind;
extern const char *const lac_normalise_name[];      /* "none", ... */

typedef struct {
  lac_normalise_kind kind;
  size_t d;
  double *shift, *deviation;      /* d of each; NULL: neither */
  int fills;                      /* some shift is not 0 */
} lac_normaliser;

/* The constants of these rows, which are sparse.  EUSER: all entries are equal.  ENOMEM.  Free it in any case. */
int lac_normaliser_fit(lac_normaliser *n, lac_normalise_kind kind, const lac_rows *rows);
int lac_normaliser_copy(lac_normaliser *to, const lac_normaliser *from);      /* ENOMEM */
void lac_normaliser_free(lac_normaliser *n);
/* Entries of sparse rows that are not 0 afterwards. */
size_t lac_normaliser_nnz(const lac_normaliser *n, const lac_rows *rows);
/* Rows of those d features, dense if it fills. */
void lac_normaliser_apply(const lac_normaliser *n, lac_rows *rows);

#endif
