/* sweep.h: one number of each run, over an option in which runs differ.

     [figure]
     x = diloco.tau                ; an option whose values are numbers, as results name it; lr: that of each run's method
     y = last(test_loss)           ; experiment/reduce.h
   Runs of one label are a line, a run a point, unless panels, series or `over` tell them apart: with over = seed a point is of all seeds.
   A run that has no such option, such as a baseline, is a level line. */
#ifndef LAC_FIGURE_SWEEP_H
#define LAC_FIGURE_SWEEP_H

#include "experiment/collect.h"
#include "experiment/reduce.h"

/* Is this text, the y of a figure, a reduction? */
int lac_sweep_is_one(const char *y);
/* EUSER: not REDUCTION(COLUMN[, NUMBER]) alone, or a time on a network. */
int lac_sweep_reduction(lac_reduction *of, const char *y);
/* A result with the columns `key` and `name`, no rows and room for `most`.  Attributes stay those of the member.  Free it by
   lac_rates_free. */
int lac_sweep_begin(lac_result *swept, const lac_member *m, const char *key, const char *name, size_t most);
/* Add a run, in the order of the option; infinite where its number is not known.  EUSER: the option is no number, there is a run with
   this value, or some runs have the option and others have not. */
int lac_sweep_add(lac_result *swept, const lac_member *m, const lac_reduction *of);
/* To where its option goes. */
void lac_sweep_widen(const lac_result *swept, double *low, double *high);
/* Without the option: from low to high. */
void lac_sweep_level(lac_result *swept, double low, double high);
/* "test loss at the end", "min(test_loss)".  Caller frees; NULL: no memory. */
char *lac_sweep_words(const lac_reduction *of, const char *y);

#endif
