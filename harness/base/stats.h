/* stats.h: what is said of repeated measurements. */
#ifndef LAC_STATS_H
#define LAC_STATS_H

#include <stddef.h>

/* Ascending, in place. */
void lac_sort(double *x, size_t count);
/* Of x, which is sorted on the way; at = 0.5: the median.  Between two of them it is interpolated linearly (type 7 of Hyndman and Fan,
   1996).  Infinite ones count as such.  NaN of nothing. */
double lac_quantile(double *x, size_t count, double at);

/* One value for many: the median, the arithmetic mean, the geometric mean, which is 0 as soon as one of them is not above 0. */
typedef enum { LAC_CENTRE_MEDIAN, LAC_CENTRE_MEAN, LAC_CENTRE_GMEAN } lac_centre;
/* "median", "mean", "gmean"; NULL-terminated. */
extern const char *const lac_centre_name[];
/* x may be sorted on the way. */
double lac_centre_of(lac_centre c, double *x, size_t count);
/* The sample's standard deviation, over count - 1; 0 of one value. */
double lac_deviation(const double *x, size_t count);

#endif
