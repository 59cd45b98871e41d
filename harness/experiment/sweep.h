/* sweep.h: all runs of an experiment file: which there are, which are done, and who computes the others.

   Before any run rank 0 opens all of them (nothing is computed, no shard is loaded): then their results have names, mistakes are known, and
   runs that are the same are found.  The ranks are split into groups of equal size; a group takes the next run when it has ended one, from
   a counter on rank 0, and puts down there what became of it.  Runs on the same data go one after another, so that each rank reads a data
   set once.  What a run computes does not depend on its group. */
#ifndef LAC_SWEEP_H
#define LAC_SWEEP_H

#include "ranks/comm.h"
#include "experiment/experiment.h"
#include "setup/keep.h"

/* ---- before the runs, on one rank ---- */

typedef struct {
  int status;              /* of opening it */
  char *why;               /* the sentence that goes with it, or NULL */
  char *path;              /* of its result, or NULL */
  char digest[17];         /* of its configuration */
  size_t first;            /* the first run of the file with this result: itself, or one before it */
} lac_planned;

typedef struct {
  lac_planned *run;        /* in the order of the file */
  size_t *order;           /* all of them, those on the same data together */
  size_t count;
  size_t bytes;            /* that the largest takes */
} lac_plan;

int lac_plan_make(lac_plan *plan, const lac_experiment *e, lac_keep *keep);
void lac_plan_free(lac_plan *plan);

/* ---- the runs ---- */

typedef struct {
  const char *groups;      /* "auto": as many as there are runs to share among them, but no more than memory holds; or how many */
  const char *array;       /* "" (all runs), "INDEX/COUNT" or "slurm": this job's share of the runs; together the shares are all */
  /* On rank 0, for every run with a result, in the order of the file and as soon as that is possible. */
  int (*show)(void *self, const lac_experiment_run *run, const char *path);
  void *self;
} lac_sweep_options;

typedef struct { size_t runs, share, kept, missing, failed; } lac_sweep_counts;      /* share: of this job */

/* Compute what is not there.  A run that fails says so once, on stderr, and the others go on; EUSER at the end.  EINTERRUPTED as
   lac_execute.  counts: on rank 0.  Collective. */
int lac_sweep(lac_comm *comm, const lac_experiment *e, const lac_sweep_options *o, lac_sweep_counts *counts);

#endif
