/* ti_trace.h: recorded messages as a time-independent trace, which SimGrid's SMPI replays on any platform: who sends what to whom and who
   computes, without seconds.  Rank 0 is the server (ranks 0 to s-1 of s servers); the clients follow. */
#ifndef LAC_TI_TRACE_H
#define LAC_TI_TRACE_H

#include "network/pattern.h"
#include "store/messages.h"

/* A client's flop a second of compute: on a host of 1 Gflop/s it takes as long as was said. */
#define LAC_TI_SPEED 1e9

typedef struct {
  const char *folder;          /* new, or empty */
  lac_pattern *pattern;
  double compute;              /* seconds a gradient */
  uint64_t first, last;        /* rounds [first, last) */
} lac_ti_wish;

/* What was written. */
typedef struct { uint64_t ranks, messages, bytes; } lac_ti_account;

/* Write the folder: `actions`, all ranks' lines; `trace`, the list that the replayer takes; `about`, what it is.  EUSER: clients hand
   messages on to each other, the folder is not empty, or the pattern does not fit; EIO.  calls: of lac_recorded_calls. */
int lac_ti_write(const lac_messages *m, const double *calls, const lac_ti_wish *wish, lac_ti_account *account);

#endif
