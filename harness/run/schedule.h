/* schedule.h: step sizes that change from round to round, of every method that has one: `warmup` and `decay` are options beside its own.

   In round t = 0, 1, ... of T = --rounds, a step size is what the options or a rule of the theory say, times a factor.  With W rounds of
   warm-up, and q = (t - W)/(T - W) of the rounds behind it over:

     t < W                     (t + 1)/W
     none                      1
     cosine:FLOOR              FLOOR + (1 - FLOOR) (1 + cos(pi q))/2
     linear:FLOOR              FLOOR + (1 - FLOOR) (1 - q)
     step:FACTOR:EVERY         FACTOR^k after k EVERY rounds behind the warm-up; EVERY may be a percentage of these

   The factor is a function of t alone, so that a run that is resumed needs nothing of it.  What is scaled are the options that a method's
   table marks as .step_size, in a copy of its parameters that it sees as e->params: those of the run stay as they were resolved. */
#ifndef LAC_RUN_SCHEDULE_H
#define LAC_RUN_SCHEDULE_H

#include "run/run.h"

typedef struct { lac_amount warmup; lac_formula decay; } lac_schedule;

/* The options of a schedule, which describe a lac_schedule, if one of these options is a step size; else NULL. */
const lac_option *lac_schedule_options_of(const lac_option *options);
/* Whether the schedule of the method's spec fits the rounds of the run.  EUSER. */
int lac_schedule_check(const lac_run *r);
/* Of round t out of `rounds`; in (0,1]. */
double lac_schedule_factor(const lac_schedule *s, uint64_t rounds, uint64_t t);

/* Before the first round, once step sizes are resolved; collective where there is a schedule.  ENOMEM. */
int lac_schedule_open(lac_run *r);
/* The step sizes of round r->round; without a schedule nothing is done. */
void lac_schedule_set(lac_run *r);
void lac_schedule_close(lac_run *r);

#endif
