/* heatmap.h: a matrix of counts as a picture. */
#ifndef LAC_HEATMAP_H
#define LAC_HEATMAP_H

#include "base.h"

typedef struct {
  size_t columns, rows;
  const uint64_t *count;               /* of column i and row c: count[i * rows + c] */
  const char *const *label;            /* of each row */
  const char *title, *x, *y, *bar;     /* what the axes and the colours are */
} lac_heatmap;

/* EUSER unless the name ends in .svg, .pdf or .png. */
int lac_heatmap_check(const char *option, const char *path);
/* Draw it into that file, which takes its place when it is whole.  EUSER: there is no gnuplot.  EIO. */
int lac_heatmap_draw(const lac_heatmap *m, const char *option, const char *path);

#endif
