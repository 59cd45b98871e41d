/* gnuplot.h: gnuplot as a program that draws, and that is asked how wide texts are. */
#ifndef LAC_GNUPLOT_H
#define LAC_GNUPLOT_H

#include "figures/style.h"

/* gnuplot in `folder` on NAME.gp, to NAME.FORMAT (pdf, svg, png, or tex: then NAME-tex.pdf lies beside NAME.tex).  EUSER when there is no
   gnuplot; EIO. */
int lac_gnuplot_draw(const char *folder, const char *name, const char *format);
/* What gnuplot writes to its standard output, given this script; the caller frees it.  EUSER when there is no gnuplot; EIO. */
int lac_gnuplot_ask(const char *script, size_t size, unsigned char **answer, size_t *bytes);
/* The family that fontconfig takes in the place of the look's, which is not on this machine; the caller frees it.  NULL: it is there, or
   nobody knows. */
char *lac_gnuplot_font(const lac_look *look);

#endif
