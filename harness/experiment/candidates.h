/* candidates.h: the points of all grids of an experiment file, for the search of the fastest one (tune.h).

   A candidate is what a section and the options make it, without seeds and what [figure] has `over`: runs that differ in these alone are
   of one candidate.  All solve one problem.  Runs that cannot be are left out with the reason on stderr. */
#ifndef LAC_CANDIDATES_H
#define LAC_CANDIDATES_H

#include "experiment/plan.h"
#include <stdio.h>

typedef struct {
  char *name;              /* "EF21, ef21:gamma=theory*2, up=topk:k=1": the label, and in what it differs from others of this label */
  size_t *run;             /* runs of the experiment */
  size_t runs, cap;
} lac_candidate;

typedef struct {
  const lac_experiment *e;
  lac_keep keep;
  lac_sweep_plan plan;
  lac_candidate *at;       /* in the order of the file */
  size_t count, cap;
  size_t left_out;         /* runs that cannot be */
  uint64_t *key;           /* count: scratch */
  size_t key_cap;
} lac_candidates;

/* e outlives them; free them also after a failure.  EUSER: fewer than two, or runs of different problems.  Serial. */
int lac_candidates_open(lac_candidates *c, const lac_experiment *e);
void lac_candidates_free(lac_candidates *c);

/* What is said of a candidate that has the first or the last number of a grid of three or more, "4 in algorithm = ef21:gamma=theory*4 is
   the largest that was tried"; *words NULL: it has none.  Caller frees. */
int lac_candidate_edge(const lac_candidates *c, size_t candidate, char **words);

/* A section of an experiment file that has the runs of a candidate, under the name "run SECTION". */
int lac_candidate_print(const lac_candidates *c, size_t candidate, const char *section, FILE *to);
/* Do the sections of this file, in their order, have the runs of these candidates?  EUSER: an option has a value that no file can hold. */
int lac_candidates_check(const lac_candidates *c, const size_t *candidate, size_t count, const char *bytes, size_t size);

#endif
