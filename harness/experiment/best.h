/* best.h: which runs of a grid a figure and claims are about, by a rule of the experiment file:

     best = smallest rounds_to(grad_norm_sq, 1e-7) then smallest last(grad_norm_sq)

   at the head of the file for every [run LABEL], or in one of them; "all" there: no choice.  The choice is made among the points of the
   grid that the section itself spans, such as step sizes; what the head sets (data sets, k, clients, ...) stays apart, and a point is
   judged by the mean over its seeds.  `then` decides between equals, and of equals in everything the first in the file is taken.
   Figures show the chosen runs; claims are about them unless they name the key `best` ("of label=EF21, best=yes|no"). */
#ifndef LAC_BEST_H
#define LAC_BEST_H

#include "experiment/reduce.h"

/* EUSER unless `rule` is one. */
int lac_best_check(const char *rule);
/* Set member->best and c->choice.  EUSER: a column that the results do not have. */
int lac_best_choose(lac_collection *c);
/* A line each on stdout, unless quiet, and the same in FOLDER/NAME.best, tab separated; nothing when there was no choice. */
int lac_best_report(const lac_collection *c, const char *folder, int quiet);

#endif
