/* fluid.h: messages on one link that they share, as flows of a fluid: at any time the link's rate is shared fairly (max-min) among the
   messages under way, each of which has a limit of its own besides.  This is the model CM02 of SimGrid (Casanova, Legrand, Quinson, UKSIM
   2008) where all latencies are equal, which SimGrid takes as weights. */
#ifndef LAC_FLUID_H
#define LAC_FLUID_H

#include "base.h"

/* Seconds, bits, bits a second; bits > 0, limit > 0. */
typedef struct { double start, bits, limit; } lac_flow;

/* Memory that is used again from call to call; empty at first. */
typedef struct lac_fluid lac_fluid;
lac_fluid *lac_fluid_new(void);      /* NULL: no memory */
void lac_fluid_free(lac_fluid *f);

/* When each flow has arrived.  In closed form where all begin at once and are as long, or the link has room for all limits; else from event
   to event, O((n + s) log n) with s changes of a flow from its own limit to the link's and back.  ENOMEM. */
int lac_fluid_finish(lac_fluid *f, const lac_flow *flow, size_t count, double link, double *finish);
/* When the last of them has arrived; 0 flows: -infinity.  In closed form where no limit is below the link's rate, or where all begin at
   once and have one limit.  ENOMEM. */
int lac_fluid_last(lac_fluid *f, const lac_flow *flow, size_t count, double link, double *last);

#endif
