/* mean.h: means over clients, the same bits for any number of ranks. */
#ifndef LAC_MEAN_H
#define LAC_MEAN_H

#include "run/run.h"

/* f and grad f at x (the same on all ranks), to all ranks; not metered.  g: d doubles.  Collective. */
int lac_run_evaluate(lac_run *r, const double *x, double *f, double *g);
/* (1/n) sum over clients of a vector of d + 1, to all ranks: `leaf` fills one client's.  Collective. */
typedef int (*lac_leaf)(lac_run *r, uint32_t client, const void *arg, double *out);
int lac_run_mean(lac_run *r, lac_leaf leaf, const void *arg, double *mean);

/* The parts of that: this rank's tree nodes appended to a buffer of bytes; the mean from the root's tree. */
int lac_mean_append(lac_run *r, lac_msg *to);
void lac_mean_total(lac_run *r, double *mean);

#endif
