/* reduce.h: one number of a run, for claims and for the choice of the best: REDUCTION(COLUMN[, NUMBER]), of
   a column or what follows from columns (lac_result_derived).

     first last min max    tail: median of the last tenth of the rows    at(c, q): at the fraction q of the rows
     rounds_to(c, v) bits_to(c, v): rounds, or uplink bits per client, until c <= v (of an accuracy or a count: c >= v);
                     never = infinity
     all_bits_to(c, v): the same of uplink and downlink together
     time_to(c, v, NETWORK): seconds on a network (docs/networks.md) until then
     factor_to(c, v): the factor of the run's step-size rule when that is reached, else 0
   A run that diverged has last, tail and max of infinity.  Whether a number says something of the run is told with it. */
#ifndef LAC_REDUCE_H
#define LAC_REDUCE_H

#include "store/result.h"

enum { LAC_REDUCE_NAME = 512 };
typedef struct {
  int kind;                        /* -1: none */
  char column[LAC_REDUCE_NAME];
  double argument;
  char clock[LAC_REDUCE_NAME];     /* of time_to: the column seconds(NETWORK); else "" */
} lac_reduction;

typedef enum {
  LAC_KNOWN,
  LAC_NEVER,      /* the level is never reached, the run diverged, or the number is not one */
  LAC_STILL,      /* the column is at the end what it was at the start, or at the level from the start; or no round was run */
  LAC_NO_FACTOR   /* the step size is a number without a factor */
} lac_known;

/* Read one at *text and move *text behind it.  EUSER. */
int lac_reduction_parse(lac_reduction *r, const char **text);
/* factor: of the run's step-size rule, "8"; "" when the step size is a number.  EUSER: the result has no such column. */
int lac_reduction_value(const lac_reduction *what, const lac_result *r, const char *factor, double *value, lac_known *known);
/* What a value counts as that is not known because it is never: infinity; 0 for factor_to. */
double lac_reduction_never(const lac_reduction *what);
/* The seconds(NETWORK) that it is about, as its clock or its column; NULL: none. */
const char *lac_reduction_clock(const lac_reduction *what);
/* Do both mean the same number of a run? */
int lac_reduction_same(const lac_reduction *a, const lac_reduction *b);

#endif
