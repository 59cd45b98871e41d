/* claims.h: statements about the results of an experiment, and whether they hold.

     [claim ef14-floor]                                    ; in FILE.claims beside FILE.ini, or in FILE.ini
     says     = EF14 stalls at a floor                     ; the statement, in the paper's words
     source   = arXiv:2106.05203, Figure 1                 ; where it is made
     for each = dataset, factor                            ; it is checked for every value of these keys
     left     = tail(grad_norm_sq) of label=EF14, factor=16|64
     relation = >
     right    = 0.3 * at(grad_norm_sq, 0.5) of label=EF14

   A side is a number, or  [NUMBER +] [NUMBER *] [smallest|largest|mean|median] REDUCTION(COLUMN[, NUMBER])
   [of KEY=VALUE|VALUE..., ...].
   REDUCTION makes one number of the trace of a run: reduce.h.  COLUMN may be what follows from columns: dist_sq_relative, bits.
   Of a table ([figure] table, experiment/tabled.h) a COLUMN may be the quotient of two, A/B, and a condition may compare a column with a
   number: of way=A, measured>=0.5 (>, <=, <); the rows that meet it are meant, and a verdict says how many.
   KEY is label, factor, best, or an option or attribute of the result (dataset, clients, ef21.gamma, ...); VALUE may leave out what
   follows a colon or a comma.  Where the experiment has a rule for the best runs (best.h) only these are meant, unless the key best is
   named.
   What a side selects for one value of `for each` must be one run, unless smallest or largest chooses, or mean or median
   makes one number of all.
   The right side does not follow a key of `for each` that it names itself.
   never    = counts                                     ; optional
   A case is not tested when one of its sides says nothing: a level that is never reached, a run that diverged, a column that is at the
   end what it was at the start (also: no round was run, or the level is reached before the first), the same number of the same run on
   both sides.  With `never = counts`, a side that never arrives or that diverged counts, as infinity, factor_to as 0, unless both do.
   A right side that is the word infinity says what it means too: `< infinity` is reached, `>= infinity` is never.
   relation is <, <=, >, >=, `within N of` (a factor N), `< below RATE..RATE`, or `increases with` or `decreases with`: right is then a
   key, and left is compared between runs that are next to each other in it.  `< below 1Gbit/s..4Gbit/s` is about two
   time_to(COLUMN, LEVEL, NETWORK), with either rate in place of that of the networks: left is less at the first and not at the
   second; the verdict has the rate between them at which that changes, by bisection.

   Each case for itself says little where runs are random.  Cases that differ in their seed alone are a sample, with one verdict:
     over       = seed                                     ; keys in which the cases of a sample differ; all of `for each` if left out
     in         = 4 of 5 seeds                             ; holds when the relation does in at least 4 of the 5 cases that there are
     confidence = 95%                                      ; or: holds when the relation does in all of the confidence interval
   in: of a sample that has not M cases nothing is said.  Nor when the cases that are not tested could decide.
   confidence: where left and right are above 0 in all n pairs, the interval is that of the geometric mean of left / right,
   exp(m +- t s / sqrt(n)), with the mean m and the standard deviation s (over n - 1) of log(left / right) and the quantile t of
   Student's distribution of n - 1 degrees; else m +- t s / sqrt(n) of left - right.  right has its factor in it.  The relation must hold
   between all of the interval and 1, or 0.  Fewer than 3 pairs, an infinite value, or a pair that is not tested: NOT TESTED. */
#ifndef LAC_CLAIMS_H
#define LAC_CLAIMS_H

#include "figures/side.h"

typedef enum { LAC_LESS, LAC_LESS_EQUAL, LAC_GREATER, LAC_GREATER_EQUAL, LAC_INCREASES, LAC_DECREASES, LAC_WITHIN,
               LAC_BELOW } lac_relation;

/* One comparison: for one value of `for each`, or for two neighbours. */
typedef struct {
  char *group;                             /* "phishing, 16"; "" when the claim has no `for each` */
  lac_sided left, right;
  size_t sample;                           /* the place of its own in the claim's list */
  double margin;                           /* > 1 holds, the nearer to 1 the tighter */
  double rate;                             /* of LAC_BELOW: where left ceases to be less, or the end that fails; else 0 */
  int tested, holds;
  const char *why;                         /* it is not tested */
} lac_claim_case;

typedef enum { LAC_NOT_TESTED, LAC_HOLDS, LAC_FAILS } lac_verdict;

/* Cases that have one verdict. */
typedef struct {
  char *group, *key;                       /* the values that all of them have, for a reader and in full */
  size_t cases, tested, holding;
  lac_verdict verdict;
  char *why;                               /* it is not tested */
  int has_interval, is_ratio;              /* of left / right, or of left - right */
  double centre, low, high;
  double margin;                           /* > 1 holds, the nearer to 1 the tighter */
} lac_claim_sample;

typedef struct {
  const char *name, *says, *source, *each, *left, *relation, *right, *never, *over, *in, *confidence;
  lac_claim_case *cases;
  size_t count, cap;
  lac_claim_sample *sample;                /* none: every case is by itself */
  size_t samples, sample_cap;
  char *clock;                             /* what its seconds are, "seconds on wan (100 Mbit/s, 20 ms, n = 64, star)", or NULL */
  size_t tested, holding;                  /* samples, or cases where there are none */
  lac_verdict verdict;                     /* HOLDS: all that are tested do */
} lac_claim;

/* EUSER unless the [claim NAME] sections of an experiment file say what claims say; needs no results. */
int lac_claims_check(const lac_experiment *e);
/* All claims of the experiment and of FILE.claims, in their order, with their verdicts.  EUSER: a sentence that names the claim. */
int lac_claims_judge(lac_collection *c, lac_claim **claims, size_t *count);
void lac_claims_free(lac_claim *claims, size_t count);
/* The tested case that is nearest to the other verdict, a failing one first; NULL when none was tested. */
const lac_claim_case *lac_claim_tightest(const lac_claim *claim);
const lac_claim_sample *lac_claim_sample_tightest(const lac_claim *claim);

#endif
