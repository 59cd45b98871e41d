/* group.h: several runs as one curve with a band, and a curve of many rows as one of few points.  Numbers only.

   Runs are read at the x of all of them, between two rows by a line as the axes have it (in the logarithm where an axis is
   logarithmic).  Behind its last row, a run that diverged counts as infinity (an accuracy: as 0), and one that
   converged (--stop) keeps its last value.
   The curve begins where the last of its runs does.  It ends where the first run ends that neither converged nor diverged, for what
   that would have done is not known; and where fewer than half of the runs go on or have diverged. */
#ifndef LAC_GROUP_H
#define LAC_GROUP_H

#include "stats.h"

typedef enum { LAC_BAND_NONE, LAC_BAND_QUARTILES, LAC_BAND_STD, LAC_BAND_MINMAX } lac_band;
/* "none", "quartiles", ...; NULL-terminated. */
extern const char *const lac_band_name[];
typedef struct { lac_centre centre; lac_band band; } lac_summary_of;

/* How a run ends. */
typedef enum { LAC_RAN_OUT, LAC_CONVERGED, LAC_DIVERGED } lac_ending;
/* Of one run; x does not go down.  diverged: what y counts as behind the last row, if it ended so. */
typedef struct { double *x, *y; size_t rows; lac_ending ending; double diverged; } lac_trace;

/* low = high = y: there is no band. */
typedef struct { double x, y, low, high; } lac_point;

typedef struct { int xlog, ylog; } lac_axes;

/* Caller frees *point.  Fails for lack of memory only. */
int lac_group_points(const lac_trace *trace, size_t traces, lac_summary_of of, lac_axes axes, lac_point **point, size_t *count);
/* Of `values` of a group, which may be sorted on the way: its centre and its band.  With centre = gmean, the deviation is a factor. */
lac_point lac_group_summary(lac_summary_of of, double x, double *value, size_t values);

/* Stretches of equal length of the x axis from low to high.  floor: what a value that is not above 0 counts as on a logarithmic axis. */
typedef struct { double low, high; size_t most; lac_axes axes; double floor; int is_group; } lac_stretches;
/* In place: the first point, and one for each stretch, its mean (of the logarithms where an axis is logarithmic).  The points of a
   stretch in which a single run does not go one way are told by their least and most; so is a group's band, by its means.  Returns how
   many; *averaged: of how many points that is more than the curve itself. */
size_t lac_thin_points(lac_point *point, size_t count, const lac_stretches *s, size_t *averaged);

#endif
