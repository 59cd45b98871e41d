/* collect.h: the results of an experiment file, and names for them: what figures and claims are made from. */
#ifndef LAC_COLLECT_H
#define LAC_COLLECT_H

#include "ranks/comm.h"
#include "experiment/experiment.h"
#include "store/archive.h"
#include "store/result.h"

/* Whether the experiment's rule has chosen it: best.h. */
typedef enum { LAC_BEST_FREE, LAC_BEST_YES, LAC_BEST_NO } lac_best;
/* What there is of a run.  NO_DATA: its data set is not here; REFUSED: it cannot be run, or its result not be read. */
typedef enum {
  LAC_RUN_ENDED, LAC_RUN_RUNNING, LAC_RUN_STOPPED, LAC_RUN_ABSENT, LAC_RUN_NO_DATA, LAC_RUN_REFUSED, LAC_RUN_STATES
} lac_run_state;

typedef struct lac_member {
  const lac_experiment_run *run;
  const struct lac_member *sibling;      /* the first run of the same section on the same data set, maybe this one */
  int present;               /* 0: there is no result; its data set is not here, and the experiment says that this is fine, or see state */
  lac_run_state state;
  char *why;                 /* the sentence of NO_DATA or REFUSED, or NULL */
  char *file;                /* of the result, without folders; NULL: it has no name */
  const char *factor;        /* of a step-size rule, "8"; "" when the step size is a number */
  char *variant;             /* what tells it from other runs of its section on the same data set: "×8", "k=2"; or "" */
  lac_best best;             /* LAC_BEST_FREE: there is no rule */
  lac_result result;
} lac_member;

/* One choice: what won, of how many points of the grid. */
typedef struct {
  const lac_member *run;     /* with the first of its seeds */
  size_t of, seeds;
  double score;              /* by the first criterion */
  char *ties;                /* the points that are as good by every criterion, "×2; ×4", or NULL */
  int edge;                  /* the first or the last of the grid: a wider one may have a better */
} lac_chosen;

typedef struct {
  lac_experiment experiment;
  unsigned parts;            /* of the results */
  int any;                   /* what is missing is no error */
  lac_member *member;
  size_t count;
  lac_archive archive;       /* of a bundle, in which its results lie */
  lac_chosen *choice;
  size_t choices, choice_cap;
} lac_collection;

/* Load the experiment `file`, or a bundle of one (bundle.h), with settings ("key=value", NULL-terminated) and open the result of every
   run, without /final.  Of /timing and /environment a figure's results have what its panels and series name; claims may name any:
   every_key.  Collective; the results are on rank 0, and none of them is chosen yet.  EUSER: a result that is not there
   or not complete; the sentence names the run and the remedy. */
int lac_collect(lac_comm *comm, const char *file, const char *const *settings, int every_key, lac_collection *c);
/* The same with every key and with whatever there is: of every run its state, and the rows so far of one that has not ended.  What is
   wrong with a run is told by its state. */
int lac_collect_any(lac_comm *comm, const char *file, const char *const *settings, lac_collection *c);
/* The results of a folder that has no experiment file, as if there were one, with a panel for every problem and data set.  Serial. */
int lac_collect_folder(const char *folder, lac_collection *c);
void lac_collection_free(lac_collection *c);
/* The parts of lac_collect for results that come from elsewhere: a member for each run of c->experiment, none present; and, when they are
   opened, names for them.  ENOMEM. */
int lac_collection_begin(lac_collection *c);
int lac_collection_end(lac_collection *c);

/* ---- what is known of a run ---- */

/* "label", "factor", "variant", "best" ("yes", "no"), or an attribute of the result ("dataset", "clients", "ef21.gamma"); NULL when
   absent. */
const char *lac_member_key(const lac_member *m, const char *key);
/* Is it the `length` bytes of `value`, wholly, or up to its first colon or a comma ("synthetic", "synthetic:rows=50" for
   "synthetic:rows=50,d=8")? */
int lac_member_is(const lac_member *m, const char *key, const char *value, size_t length);
/* Length of a value without its options. */
size_t lac_short_length(const char *value);

#endif
