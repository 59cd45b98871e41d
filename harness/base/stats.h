/* stats.h: what is said of repeated measurements. */
#ifndef LAC_STATS_H
#define LAC_STATS_H

#include <stddef.h>

/* Ascending, in place. */
void lac_sort(double *x, size_t count);
/* Of x, which is sorted on the way; at = 0.5: the median.  NaN of nothing. */
double lac_quantile(double *x, size_t count, double at);

#endif
