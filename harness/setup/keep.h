/* keep.h: what one run of a sweep leaves to the next on this rank: the rows of its data set and, when both are of the same problem, the
   shards and the constants.  Nothing in a result depends on it. */
#ifndef LAC_KEEP_H
#define LAC_KEEP_H

#include "run/run.h"

typedef struct lac_keep {
  char *key, *source;              /* all options that the problem depends on; those that its data depend on; NULL: nothing is kept */
  lac_problem problem;
  uint32_t first, last;
  void **shard;                    /* NULL: not loaded */
  int smoothness_known, solved;
  lac_smoothness smoothness;
  double *client_L, *x_star;
  double f_star, star_grad_norm_sq;
} lac_keep;

void lac_keep_clear(lac_keep *k);

/* The options of a configuration that its problem, shards, x0 and constants are a function of, and those that its rows are read by.
   Caller frees; NULL: no memory. */
char *lac_keep_key(const lac_config *c);
char *lac_keep_source(const lac_config *c);

/* For setup.c, with r->keep: move the problem, and the shards of this rank's clients, from there into the run: 1; 0: it is another one. */
int lac_keep_take(lac_run *r);
/* Data whose rows the run's own may take over, or NULL. */
lac_data *lac_keep_data(const lac_run *r);
/* The problem is open; from now on it can be given back. */
int lac_keep_name(lac_run *r);
/* Do the rows of the data set stay in memory beside the shards?  Not when they are many: reading them is then a small part of a run. */
int lac_keep_rows(const lac_run *r);
/* Move it back, at the end of a run; 0: the run has to close it itself. */
int lac_keep_give(lac_run *r);

/* The constants of the problem if a run before has found them: 1.  All ranks alike. */
int lac_keep_smoothness(lac_run *r);
/* The solution: *known 1. */
int lac_keep_solution(lac_run *r, int *known);

#endif
