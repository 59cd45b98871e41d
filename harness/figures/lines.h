/* lines.h: from results to the lines of a figure: read, made one where they are a group, thinned, inside of common axes. */
#ifndef LAC_LINES_H
#define LAC_LINES_H

#include "figures/figure.h"

/* Set the lines of all curves and the ranges of the axes.  EUSER: the x of a run of a group goes down. */
int lac_figure_lines(lac_figure *f);
/* Of how many stretches of an axis a line has a point each. */
size_t lac_figure_stretches(const lac_figure *f);

#endif
