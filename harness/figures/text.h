/* text.h: how wide a text is, measured in its font by gnuplot; texts for a script, in the words of gnuplot and of LaTeX. */
#ifndef LAC_TEXT_H
#define LAC_TEXT_H

#include "figures/style.h"
#include <stdint.h>
#include <stdio.h>

/* What a character takes, in parts of the font's size: upright and bold. */
typedef struct { uint32_t code; double advance[2]; } lac_glyph;
typedef struct { lac_glyph *glyph; size_t glyphs, cap; } lac_metrics;

/* The characters of these texts (NULL: none of it) are to be measured.  ENOMEM. */
int lac_metrics_need(lac_metrics *m, const char *text);
/* All of them, by one gnuplot.  EUSER: there is no gnuplot.  EIO: it did not measure. */
int lac_metrics_measure(lac_metrics *m, const lac_look *look);
void lac_metrics_free(lac_metrics *m);
/* Points. */
double lac_text_width(const lac_metrics *m, const char *text, size_t bytes, double size, int bold);
/* The text, or its beginning and an ellipsis, in so many points.  The caller frees it; NULL: no memory. */
char *lac_text_cut(const lac_metrics *m, const char *text, double size, int bold, double width);
/* Bytes of the next line of at most so many points, broken at a blank where there is one; 0 at the end.  Moves *text over blanks. */
size_t lac_text_line(const lac_metrics *m, const char **text, double size, int bold, double width);

/* A string of gnuplot in single quotes. */
void lac_put_string(FILE *to, const char *text);
/* An expression of gnuplot: the text, or, where the script's format is tex, the LaTeX that shows it.  math: LaTeX that says the same, or
   NULL. */
void lac_put_text(FILE *to, const char *text, const char *math, double size, int bold);
/* The name of a file: a string of gnuplot in double quotes. */
void lac_put_name(FILE *to, const char *name);

#endif
