/* script.h: an arranged figure as two files from which gnuplot draws it. */
#ifndef LAC_SCRIPT_H
#define LAC_SCRIPT_H

#include "figures/figure.h"

/* FOLDER/NAME.dat and .gp.  EUSER: there is no gnuplot to measure texts, or the page has no room.  EIO. */
int lac_script_write(lac_figure *f, const char *folder, const char *name);

#endif
