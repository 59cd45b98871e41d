/* tables.h: what [figure] says where it is of a table (experiment/tabled.h) and not of runs.

     table    = utilisation.h5
     of       = way=closed|published, rate>=1      ; rows that are drawn, as in claims; all
     points   = way=published                      ; drawn as points and not as lines; none
     diagonal = yes                                ; the line y = x
     cells    = yes                                ; a map: each row fills its cell of the grid of x and y, in the colour of its series */
#ifndef LAC_FIGURE_TABLES_H
#define LAC_FIGURE_TABLES_H

#include "figures/side.h"

typedef struct {
  const char *table, *by, *of, *points;      /* as they are said; NULL: not */
  int diagonal, cells;
  lac_side rows, dots;                       /* what `of` and `points` select */
} lac_table_style;

/* One setting; its text must live as long as the style.  *is_key: there is such a setting.  EUSER. */
int lac_table_style_set(lac_table_style *s, const char *key, const char *value, int *is_key);
/* When all are set.  EUSER: settings that need a table where there is none. */
int lac_table_style_check(const lac_table_style *s);
void lac_table_style_free(lac_table_style *s);
/* Is the result drawn, and as points? */
int lac_table_draws(const lac_table_style *s, const lac_member *m);
int lac_table_dots(const lac_table_style *s, const lac_member *m);
/* What stands along the axis of a column: "rate, Gbit/s".  Caller frees; NULL: no memory. */
char *lac_table_words(const lac_result *r, const char *column);

#endif
