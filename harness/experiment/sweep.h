/* sweep.h: all runs of an experiment file: which are done, and which ranks compute the others.

   Rank 0 makes the plan (plan.h) before any run.  The ranks are split into groups of equal size; a group takes the next run when it has
   ended one, from a counter on rank 0, and reports the outcome there.  Runs on the same data go one after another, so that each rank
   reads a data set once.  What a run computes does not depend on its group. */
#ifndef LAC_SWEEP_H
#define LAC_SWEEP_H

#include "ranks/comm.h"
#include "experiment/experiment.h"

typedef struct {
  const char *groups;      /* "auto": as many as there are runs to share among them, but no more than memory holds; or how many */
  const char *array;       /* "" (all runs), "INDEX/COUNT" or "slurm": this job's share of the runs; together the shares are all */
  /* On rank 0, for every run with a result, in the order of the file and as soon as that is possible. */
  int (*show)(void *self, const lac_experiment_run *run, const char *path);
  void *self;
  int pauses;              /* a run that its --pause stops is done */
} lac_sweep_options;

typedef struct { size_t runs, share, kept, missing, failed; } lac_sweep_counts;      /* share: of this job */

/* Compute what is not there.  A run that fails says so once, on stderr, and the others go on; EUSER at the end.  EINTERRUPTED as
   lac_execute.  counts: on rank 0.  Collective. */
int lac_sweep(lac_comm *comm, const lac_experiment *e, const lac_sweep_options *o, lac_sweep_counts *counts);

#endif
