/* replay.h: random choices that somebody else made, read from a table, so that two programs can be compared step by step.

   Comma-separated text with a line of names.  First column: the round (any name).  Second column, if it is called client, device
   or worker: the client; without it the row is for everybody.  The others: the choices (indices; a number in [0,1) under
   the name u; or the outcome 0 or 1 of a coin). */
#ifndef LAC_REPLAY_H
#define LAC_REPLAY_H

#include "base.h"

typedef struct lac_replay lac_replay;

/* text: "FILE", "FILE:column=NAME" for one of several coins, "FILE:shift=1" when the first row of the table is for round 1 (a table of
   a paper that numbers messages by x_{t+1}); what comes before is drawn.  "FILE:column=NAME,shift=1": both.
    what: the long option, for messages.
   EUSER unless there is a row for every round below `rounds` and, with a column of clients, every client below n. */
int lac_replay_open(lac_replay **t, const char *what, const char *text, uint64_t rounds, uint32_t n);
void lac_replay_close(lac_replay *t);
uint64_t lac_replay_hash(const lac_replay *t);

/* The choices of (round, client): *width of them. */
const double *lac_replay_row(const lac_replay *t, uint32_t round, uint32_t client, size_t *width, int *is_coin);

#endif
