/* round.h: the rounds of a run. */
#ifndef LAC_ROUND_H
#define LAC_ROUND_H

#include "run/run.h"

/* All rounds that are left, to the end or a stop; r->reason says which.  Collective. */
int lac_run_rounds(lac_run *r, const lac_sink *sink);

extern const char *const lac_time_name[LAC_TIMES];

#endif
