/* recorded.h: the exchanges of a run as its result has recorded them: who sent how much, and what each client computed. */
#ifndef LAC_RECORDED_H
#define LAC_RECORDED_H

#include "store/messages.h"
#include "store/result.h"

/* An exchange, in bits: the server's message to each client that takes part, and each client's. */
typedef struct {
  uint32_t clients;
  uint64_t down;
  const uint32_t *up;             /* clients */
  const uint8_t *takes_part;      /* clients; NULL: all */
} lac_recorded;

static inline int lac_recorded_has(const lac_recorded *x, uint32_t client) { return !x->takes_part || x->takes_part[client]; }

lac_recorded lac_recorded_of(const lac_messages *m, uint64_t round, unsigned phase);
/* Does the round have this phase?  The first one it has, with messages or without; of the others those in which something was sent. */
int lac_recorded_held(const lac_recorded *x, unsigned phase);

/* Gradients of each client that takes part, in each exchange of a round: calls[rounds], from the column oracle_calls between two rows, and
   behind the last row as before it.  Caller frees *calls, also after a failure.  EFORMAT, ENOMEM. */
int lac_recorded_calls(const lac_result *r, const lac_messages *m, double **calls);

#endif
