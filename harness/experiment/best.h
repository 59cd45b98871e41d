/* best.h: which runs of a grid a figure and claims are about, by the rule of the experiment file: rule.h.  The choice is made among the
   points of the grid that a [run] section itself spans, such as step sizes; what the head sets (data sets, k, clients, ...) stays apart,
   and a point is judged by the mean over its seeds; where [figure] has `over`, by the centre, as it is drawn, of all runs of the point
   that differ in these options.  Of points that are equal in every criterion, the first in the file is taken.
   Figures show the chosen runs; claims are about them unless they name the key `best` ("of label=EF21, best=yes|no"). */
#ifndef LAC_BEST_H
#define LAC_BEST_H

#include "experiment/collect.h"

/* Set member->best and c->choice, on the rank that has the results.  EUSER: a column that the results do not have. */
int lac_best_choose(lac_collection *c);
/* A line each on stdout, unless quiet, and the same in FOLDER/NAME.best, tab separated; nothing when there was no choice. */
int lac_best_report(const lac_collection *c, const char *folder, int quiet);

#endif
