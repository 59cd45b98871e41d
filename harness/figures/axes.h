/* axes.h: what stands along an axis: its ticks, the unit that makes them short, and its label. */
#ifndef LAC_AXES_H
#define LAC_AXES_H

#include "figures/text.h"

enum { LAC_TICKS = 256 };

typedef struct { double at; char text[40], math[48]; int is_minor; } lac_tick;      /* `at` in the unit of the column */

typedef struct {
  char label[512], math[512];      /* math: for LaTeX; "": as label */
  double low, high;
  int is_log;
  size_t ticks;
  lac_tick tick[LAC_TICKS];
} lac_axis;

/* The axis of a column from low to high: major ticks at least `apart` points from each other on its `length` points.  words: the label of a
   column that has another one than axes.c knows, or NULL. */
void lac_axis_make(lac_axis *a, const char *column, const char *words, double low, double high, int is_log, double length, double apart);
/* What a column is called in labels, "f(x)"; its name where that is not known. */
const char *lac_axis_words(const char *column);
/* Points that the widest label of its ticks takes. */
double lac_axis_width(const lac_axis *a, const lac_metrics *m, double size);
/* All that labels of axes can be made of, for lac_metrics_need. */
extern const char lac_axis_characters[];

#endif
