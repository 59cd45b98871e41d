/* legend.h: what each curve is, laid out with measured texts. */
#ifndef LAC_LEGEND_H
#define LAC_LEGEND_H

#include "figures/figure.h"
#include "figures/palette.h"
#include "figures/text.h"

typedef enum { LAC_LEGEND_TITLE, LAC_LEGEND_HEADING, LAC_LEGEND_CURVE, LAC_LEGEND_LEAVES } lac_legend_kind;
/* At half the height of its line, from the upper left corner of the legend; the caller owns the text. */
typedef struct { lac_legend_kind kind; char *text; double x, y; lac_curve_style style; } lac_legend_item;
typedef struct {
  lac_legend_item *item;
  size_t items, cap;
  double width, height;
  int is_cut;                            /* a text did not fit */
} lac_legend;

enum { LAC_SAMPLE = 20, LAC_SAMPLE_GAP = 4 };      /* points: length of a curve's sample; from there to its words */

/* In so many points, with texts of this size, as many columns as fit.  ENOMEM.  Free it in any case. */
int lac_legend_make(lac_legend *g, const lac_figure *f, const lac_metrics *m, double size, double width);
void lac_legend_free(lac_legend *g);
/* Its characters are to be measured. */
int lac_legend_need(const lac_figure *f, lac_metrics *m);
/* Of a curve, in the panels and in the legend. */
lac_curve_style lac_legend_style(const lac_figure *f, size_t series, size_t variant);

#endif
