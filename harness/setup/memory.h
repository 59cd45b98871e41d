/* memory.h: what a run will take on this rank, against what there is. */
#ifndef LAC_MEMORY_H
#define LAC_MEMORY_H

#include "room.h"
#include "run/run.h"

/* What there is for this rank: its share of what the ranks of a node have together, and what a process may have. */
void lac_memory_find(const lac_comm *comm, lac_room *room);
/* Before anything: what grows with the number of clients alone. */
int lac_memory_check_clients(const lac_run *r, const lac_room *room);
/* Into r->forecast, for an opened run that has loaded nothing yet: from the moment when the room was found; only_open: until its first
   shard.  EUSER: it does not fit; the sentence names the largest part, the smallest limit and the remedy. */
int lac_memory_check(lac_run *r, const lac_room *room, int only_open);

#endif
