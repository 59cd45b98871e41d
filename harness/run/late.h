/* late.h: late delivery: what clients send in round t is under way while everybody computes and reaches the server in round t + lag. */
#ifndef LAC_LATE_H
#define LAC_LATE_H

#include "run/run.h"

/* Post this round's mail.  Collective. */
int lac_late_send(lac_run *r, int status);
/* Wait for the mail that is due in this round: *all is NULL when there is none or this rank does not serve; valid until it is released. */
int lac_late_land(lac_run *r, const lac_rank_bytes **all);
void lac_late_release(lac_run *r);
/* Wait for all that is under way: its memory can go then. */
int lac_late_drain(lac_run *r);

/* For a checkpoint: mail under way as one row of `words` a client, its bits and its message; and posted again from there. */
size_t lac_late_words(lac_run *r, uint64_t sent);
void lac_late_rows(const lac_run *r, unsigned which, size_t words, uint64_t *rows);
int lac_late_post(lac_run *r, uint64_t sent, size_t words, const uint64_t *rows);

#endif
