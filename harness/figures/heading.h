/* heading.h: what stands above a panel. */
#ifndef LAC_HEADING_H
#define LAC_HEADING_H

#include "figures/figure.h"

/* "a9a", "batch = 5": what the keys of [figure] panels are here; `about`: "32561 rows, d = 123, n = 20", or NULL where the panels
   are not of data sets.  The caller frees both, which are NULL when they are not OK.  ENOMEM. */
typedef struct { char *text, *about; } lac_heading;
int lac_heading_make(lac_heading *h, const lac_figure *f, size_t panel);

#endif
