/* cells.h: rows of a table as cells of a map: each fills the rectangle between it and its neighbours, in the colour of its series. */
#ifndef LAC_CELLS_H
#define LAC_CELLS_H

#include "figures/figure.h"

/* The values of x and of y that the rows of a panel have, ascending. */
typedef struct { double *at[2]; size_t count[2]; } lac_cells;

/* Of panel `panel` with x axis k.  Free it in any case.  ENOMEM. */
int lac_cells_find(lac_cells *c, const lac_figure *f, size_t panel, size_t k);
void lac_cells_free(lac_cells *c);
/* The edges of the cell of a point: x from [0] to [1], y from [2] to [3], half way to its neighbours as the axes are scaled. */
void lac_cells_edges(const lac_cells *c, const lac_figure *f, const lac_point *p, double edge[4]);
/* Let the axes end at the edges of the outer cells. */
int lac_cells_fit(lac_figure *f);

#endif
