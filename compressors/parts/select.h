/* select.h: the entries of largest magnitude, without sorting: their indices, ascending, and their values.  Of equal magnitudes the lower
   index wins.  Vectors of fewer than 2^32 entries. */
#ifndef LAC_SELECT_H
#define LAC_SELECT_H

#include "base.h"

/* Entries that `set` and `value` need room for: more than k, for what may be among them. */
size_t lac_select_room(size_t d, size_t k);
/* The k largest; 1 <= k <= d.  EDIVERGED when an entry of x is not finite. */
int lac_select(size_t d, const double *x, size_t k, uint32_t *set, double *value);
/* The same; but where fewer have magnitude `least` (>= 0) or more, these, and *k is how many they are.  Quick if not many more have. */
int lac_select_near(size_t d, const double *x, size_t *k, double least, uint32_t *set, double *value);

/* How many have magnitude `least` (>= 0) or more, those that are not finite among them. */
size_t lac_count_above(size_t d, const double *x, double least);
/* These; there is room for `count` of them.  EDIVERGED when one is not finite. */
int lac_collect_above(size_t d, const double *x, double least, size_t count, uint32_t *set, double *value);
/* The k-th largest magnitude, or a number below that only larger ones and it reach. */
double lac_magnitude(size_t d, const double *x, size_t k);

#endif
