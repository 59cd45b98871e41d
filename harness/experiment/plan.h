/* plan.h: what the runs of an experiment file are, before any of them is computed.

   One rank opens all of them (nothing is computed, no shard is loaded): then their results have names, mistakes are known, and runs that
   are the same are found. */
#ifndef LAC_SWEEP_PLAN_H
#define LAC_SWEEP_PLAN_H

#include "experiment/experiment.h"
#include "setup/keep.h"

typedef struct {
  int status;              /* of opening it */
  char *why;               /* the sentence that goes with it, or NULL */
  char *path;              /* of its result, or NULL */
  char digest[17];         /* of its configuration */
  size_t first;            /* the first run of the file with this result: itself, or one before it */
  size_t place;            /* of that one among the runs that differ: what shares of a file are made by */
} lac_planned;

typedef struct {
  lac_planned *run;        /* in the order of the file */
  size_t *order;           /* all of them, those on the same data together */
  size_t count, distinct;  /* distinct: runs that differ */
  size_t bytes;            /* that the largest takes */
} lac_sweep_plan;

/* The share of this run, of `shares` of them. */
static inline size_t lac_planned_share(const lac_planned *run, size_t shares) { return run->place % shares; }
/* Is its result there, complete, and to be kept? */
int lac_planned_is_there(const lac_planned *run, const lac_config *c);

int lac_sweep_plan_make(lac_sweep_plan *plan, const lac_experiment *e, lac_keep *keep);
void lac_sweep_plan_free(lac_sweep_plan *plan);

#endif
