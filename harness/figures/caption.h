/* caption.h: what the lines and bands of a figure are, in words. */
#ifndef LAC_CAPTION_H
#define LAC_CAPTION_H

#include "figures/figure.h"

/* Set the caption: that of [figure], then a sentence for each of these that is drawn: groups, means of stretches, values at the edge. */
int lac_figure_describe(lac_figure *f);

#endif
