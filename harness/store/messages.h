/* messages.h: who sent how much: the bits of every message of a run, /messages of its result.  Serial: rank 0 alone calls it.

     up           rounds x clients: bits of each client's message, 0 for none; rounds x phases x clients where a round has several phases
     down         rounds x phases: bits of the server's message, to each client that takes part
     takes_part   as up, 1 or 0: whether the client takes part; only of runs in which clients may be left out
   Row t of `up` has what was sent in round t; its attribute `lag` says how many rounds later it arrives (late delivery).  An attribute
   `handed_on`, where it is there, says in how many phases, the first ones, the messages are not for the server: that of client i is for
   client i + 1, that of the last one for client 0.  A summary has in place of `up` the sum, the largest and five quantiles (0, 25, 50, 75,
   100 %) of each row of clients: up_sum, up_max, up_quantiles.

   All are functions of the configuration alone, the same on any number of ranks, and enter the digest of the result; a hash of what
   would be recorded in full stands for them, so that a summary has the same digest. */
#ifndef LAC_MESSAGES_H
#define LAC_MESSAGES_H

#include "store/result.h"

/* ---- writing ---- */

/* Records, each of one exchange or of several rounds in which it was the same; only the last few bytes ever change. */
typedef struct {
  uint32_t clients;
  unsigned lag;
  unsigned handed_on;          /* exchanges of a round, the first ones, in which clients hand messages on to each other */
  int full;                    /* else a summary */
  int leaves_out;              /* whether clients may be left out */
  uint64_t rounds;             /* done */
  unsigned phases;             /* of the round that had most */
  uint64_t hash;               /* of all that was added */
  uint8_t *bytes;
  size_t used, cap, stable;    /* stable: bytes in front that do not change any more */
  int unchecked;               /* taken from a file */
  struct lac_message_last *last;      /* phases_cap x 2: the last records of each phase */
  unsigned phases_cap;
  uint64_t *row;               /* clients: scratch */
  uint32_t *sorted;            /* clients: scratch */
} lac_message_log;

enum { LAC_QUANTILES = 5 };

/* Free it also after a failure.  ENOMEM. */
int lac_message_log_open(lac_message_log *log, uint32_t clients, unsigned lag, int full, int leaves_out);
/* Nothing was said yet. */
void lac_message_log_clear(lac_message_log *log);
void lac_message_log_close(lac_message_log *log);
/* The server's message of an exchange, to the clients i with times[i] > 0. */
int lac_message_log_down(lac_message_log *log, uint64_t round, unsigned phase, uint64_t bits, const uint32_t *times);
/* What the clients sent: log->row, which the caller has filled.  EUSER: more than 32 bits hold, in full. */
int lac_message_log_up(lac_message_log *log, uint64_t round, unsigned phase);

/* What has changed since `from`, an earlier `stable` or 0, as one piece; *size bytes, a multiple of 8, which live until the log changes. */
const void *lac_message_log_piece(lac_message_log *log, size_t from, size_t *size);
/* Take a piece in, behind the pieces before; into a log of zeros, too, which is opened then.  EFORMAT: no piece of ours. */
int lac_message_log_take(lac_message_log *log, const void *piece, size_t size);
/* Whether what was taken is whole: EFORMAT. */
int lac_message_log_check(lac_message_log *log);

/* ---- reading ---- */

typedef struct {
  uint64_t rounds;
  unsigned phases, lag, handed_on;
  uint32_t clients;
  uint64_t *down;              /* rounds x phases */
  uint32_t *up;                /* rounds x phases x clients */
  uint8_t *takes_part;         /* rounds x phases x clients; NULL: all */
} lac_messages;

/* Of a result.  EUSER: it has none, or a summary only; EFORMAT: damaged. */
int lac_messages_open(lac_messages *m, const char *path);
int lac_messages_of(lac_messages *m, const lac_result *r);
void lac_messages_close(lac_messages *m);

#endif
