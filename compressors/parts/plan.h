/* plan.h: one of several ways for each of several layers, the cheapest together within an error budget.

   Dynamic programming over the layers and the budget, which is cut into LAC_PLAN_UNITS units; errors are rounded up to units, so that the
   budget holds, and what that loses is less than a unit a layer. */
#ifndef LAC_PLAN_H
#define LAC_PLAN_H

#include "base.h"

enum { LAC_PLAN_UNITS = 4096 };

/* error[i ways + w] >= 0 and cost[i ways + w] of way w for layer i; infinite errors: no way.  The budget is the error of way 0 everywhere,
   and the plan is that when nothing cheaper is found.  Fills way[0..layers).  At most 256 ways; room: lac_plan_room(layers) bytes. */
size_t lac_plan_room(size_t layers);
void lac_plan_layers(size_t layers, size_t ways, const double *error, const double *cost, void *room, uint8_t *way);

#endif
