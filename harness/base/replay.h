/* replay.h: random choices that somebody else made, read from a table, so that two programs can be compared step by step.

   Comma-separated text with a line of names, a row a draw.  First column: the round (any name).  Then, before the choices and in any order,
   columns that say which draw of the round it is:

     client, device, worker   whose; without it a row is for everybody
     phase                    in which exchange of the round, from 0
     step                     of several in one exchange, from 0: a local step of --batch, a compressed vector of a message

   The others are the choices: indices; numbers in [0,1), under the name u; or the outcome 0 or 1 of a coin.

   A row serves one draw.  A method that draws more than once in a round (local steps, several exchanges) needs the columns phase and step:
   without them the run ends when the second draw comes, rather than giving both the same row. */
#ifndef LAC_REPLAY_H
#define LAC_REPLAY_H

#include "rng.h"

typedef struct lac_replay lac_replay;

/* text: "FILE", "FILE:column=NAME" for one of several coins, "FILE:shift=1" when the first row of the table is for round 1 (a table of
   a paper that numbers messages by x_{t+1}); what comes before is drawn.  "FILE:column=NAME,shift=1": both.
   axis: what is drawn; coins and samples have one draw a round.
   EUSER unless there is a row for every round below `rounds` and, with a column of clients, every client below n, for the same phases and
   steps as of client 0, and none twice. */
int lac_replay_open(lac_replay **t, lac_seed_axis axis, const char *text, uint64_t rounds, uint32_t n);
void lac_replay_close(lac_replay *t);
uint64_t lac_replay_hash(const lac_replay *t);

/* Whether the table is about this round; if not, it is drawn. */
int lac_replay_covers(const lac_replay *t, uint32_t round);
/* Choices of a row. */
size_t lac_replay_width(const lac_replay *t);
/* They are the outcomes of coins, not numbers in [0,1). */
int lac_replay_is_coin(const lac_replay *t);
/* The choices of the draw (client, round, use), with the use of lac_rng_point.  EUSER: there is no such row, or another draw has had it. */
int lac_replay_take(const lac_replay *t, uint32_t client, uint32_t round, uint32_t use, const double **values);

#endif
