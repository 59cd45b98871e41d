/* layout.h: where everything of a picture stands.  Points of PostScript, from the upper left corner of the page. */
#ifndef LAC_LAYOUT_H
#define LAC_LAYOUT_H

#include "figures/axes.h"
#include "figures/figure.h"
#include "figures/heading.h"
#include "figures/legend.h"

enum { LAC_LAYOUT_MARGIN = 3, LAC_LAYOUT_TICK = 3, LAC_LAYOUT_GAP = 2 };      /* around the page; length of a tick; between texts */

/* Sizes of texts. */
typedef struct { double title, label, tick, note; } lac_sizes;

typedef struct {
  lac_look look;
  lac_sizes size;
  lac_metrics metrics;
  double width, height;                  /* of the page: whole points */
  unsigned columns, rows;                /* of cells; panel p with x axis k is in column p % columns, row p / columns * xs + k */
  double left, top, panel_w, panel_h, step_x, step_y;      /* upper left corner of the first panel; from a panel to the next */
  lac_axis *x, y;                        /* x axis k of panel p: x[p * xs + k] */
  int is_labelled;                       /* every panel has its x label: units differ */
  lac_heading *heading;                  /* of each panel */
  lac_legend legend;
  double legend_x, legend_y;
  char **title, **caption;               /* lines */
  size_t titles, captions;
} lac_layout;

/* Measures texts.  EUSER: there is no gnuplot, or the page has no room.  Free it in any case. */
int lac_layout_make(lac_layout *l, const lac_figure *f);
void lac_layout_free(lac_layout *l, const lac_figure *f);
/* Upper edges of the panels of a row. */
double lac_layout_y(const lac_layout *l, size_t row, size_t xs);

#endif
