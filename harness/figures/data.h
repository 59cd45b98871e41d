/* data.h: the curves of a figure as blocks of numbers for gnuplot. */
#ifndef LAC_FIGURE_DATA_H
#define LAC_FIGURE_DATA_H

#include "figures/figure.h"
#include <stdio.h>

/* A block for each line: x, y, its band, and y again where a marker stands.  Sets the lines' blocks.  ENOMEM. */
int lac_data_write(lac_figure *f, FILE *to);

#endif
