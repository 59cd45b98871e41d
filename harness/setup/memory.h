/* memory.h: what a run will take on this rank, against what there is. */
#ifndef LAC_MEMORY_H
#define LAC_MEMORY_H

#include "run/run.h"

/* Of an opened run that has loaded nothing yet.  EUSER: it does not fit; the sentence names the largest part, the smallest limit and the
   remedy. */
int lac_memory_check(const lac_run *r);

#endif
