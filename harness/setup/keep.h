/* keep.h: the cache of a sweep: what one run leaves to the next on this rank.  When both are of the same problem, the whole instance
   (shards, x_0, constants, solution); when only the data set is the same, its rows.  No result depends on it. */
#ifndef LAC_KEEP_H
#define LAC_KEEP_H

#include "run/run.h"

typedef struct lac_keep {
  char *key, *source;              /* all options that the instance depends on; those that its data depend on; NULL: nothing is cached */
  lac_instance instance;
} lac_keep;

void lac_keep_clear(lac_keep *k);
/* Free what an instance holds but the rows of its data sets, which stay in it. */
void lac_instance_clear(lac_instance *i);
/* These, too. */
void lac_instance_close(lac_instance *i);

/* The options of a configuration that its instance is a function of, and those that its rows are read by.
   Caller frees; NULL: no memory. */
char *lac_keep_key(const lac_config *c);
char *lac_keep_source(const lac_config *c);

/* With r->keep: move the instance from there into the run: 1; 0: it is another one. */
int lac_keep_take(lac_run *r);
/* An instance whose data sets the run's own may take the rows over from, or NULL. */
const lac_instance *lac_keep_same(const lac_run *r);
/* The problem is open; from now on it can be given back. */
int lac_keep_name(lac_run *r);
/* Do the rows of a data set stay in memory beside the shards?  Not when they are many: reading them is then a small part of a run. */
int lac_keep_rows(const lac_run *r, const lac_data *data);
/* Move it back, at the end of a run; 0: the run has to free it itself. */
int lac_keep_give(lac_run *r);

#endif
