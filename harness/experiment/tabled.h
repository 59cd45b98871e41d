/* tabled.h: the rows of a table as results, so that figures and claims are made of them as of runs.

     [figure]
     table  = thresholds.h5       ; of laconic model or laconic bench (store/table.h), or .csv (store/csv.h)
     by     = level               ; columns of numbers that tell results apart
   Rows that are equal in every column of texts, and in those of numbers that series, panels and by name, are one result: the former are
   its attributes, the columns of numbers its columns, and A/B is the quotient of two of these. */
#ifndef LAC_TABLED_H
#define LAC_TABLED_H

#include "experiment/collect.h"

/* The file of [figure] table; NULL: the experiment is of runs. */
const char *lac_table_setting(const lac_experiment *e);
/* The sentence of a command that is about runs: EUSER when the experiment is of a table. */
int lac_table_refuse(const lac_experiment *e, const char *command);

/* Members for the rows, instead of runs.  The file is looked for beside the experiment file, then in the folder --results, which is all
   that `settings` ("key=value", NULL-terminated, or NULL) may say.  c->any: a file that is not there is no error.  EUSER. */
int lac_table_collect(lac_collection *c, const char *const *settings);

/* The rows of a result of a table that are marked, as a result that ends before it; to be freed by lac_table_part_free. */
int lac_table_part(lac_result *part, const lac_result *r, const char *takes);
void lac_table_part_free(lac_result *part);

#endif
