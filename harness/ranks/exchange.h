/* exchange.h: how the messages of a round travel between ranks.  A route says by which links; the bytes that arrive are the same ones on
   every route.  Ranks 0 to servers - 1 run the server, each with the messages of all: rank 0 alone where the route has
   one server.  All functions are collective but where it is said; errors: EMPI. */
#ifndef LAC_EXCHANGE_H
#define LAC_EXCHANGE_H

#include "options.h"
#include "ranks/comm.h"

typedef struct lac_exchange lac_exchange;

/* What is counted apart: the method's own messages, and what a trace needs besides. */
typedef enum { LAC_FOR_METHOD, LAC_FOR_TRACE, LAC_PURPOSES } lac_purpose;

/* The bytes of one rank. */
typedef struct { const uint8_t *bytes; size_t count; } lac_rank_bytes;

/* By the route that `text` names, "tree:k=2"; own: the ranks that serve host no clients (lac_comm_clients knows from here on); overlaps:
   what is posted travels while ranks compute.  EUSER. */
int lac_exchange_open(lac_exchange **x, lac_comm *c, const char *text, int own, int overlaps);
void lac_exchange_close(lac_exchange *x);

/* These five are not collective.  With all options: */
const char *lac_exchange_text(const lac_exchange *x);
int lac_exchange_servers(const lac_exchange *x);
int lac_exchange_serves(const lac_exchange *x);      /* this rank */
/* How often the messages of all ranks find room on this rank when they arrive, at most. */
int lac_exchange_copies(const lac_exchange *x);
int lac_exchange_joins(const lac_exchange *x);       /* what a trace needs travels behind the messages */

/* Down.  Rank 0 tells all ranks `count` bytes, which only it needs to know, of `room`. */
int lac_exchange_tell(lac_exchange *x, lac_purpose purpose, void *bytes, size_t count, size_t room);
/* Bytes that all ranks that serve have already, to the others. */
int lac_exchange_down(lac_exchange *x, lac_purpose purpose, void *bytes, size_t count);
/* The same from rank 0 to the others that serve: what it read from a file. */
int lac_exchange_share(lac_exchange *x, void *bytes, size_t count);

/* Up.  mine[0..count) of every rank to those that serve: there *all has the parts of all ranks, until the next time; elsewhere *all is
   NULL.  most[r]: bytes that rank r sends at most, known to all.  The last `behind` bytes are the trace's.  A rank whose status is not 0
   sends nothing.  Where all ranks agree on the way, the worst status is returned everywhere; else rank 0 learns it: lac_exchange_failed. */
int lac_exchange_up(lac_exchange *x, int status, const void *mine, size_t count, size_t behind, const size_t *most,
                    const lac_rank_bytes **all);
/* For the trace: to rank 0 alone, by messages of their own; most[r]: what rank r sends. */
int lac_exchange_row(lac_exchange *x, int status, const void *mine, const size_t *most, const lac_rank_bytes **all);
/* The worst status that arrived on this rank, its own too; a sentence did not.  Not collective. */
int lac_exchange_failed(const lac_exchange *x);

/* Between clients, of which n stand in a ring: after the last client of a rank comes the first one of the next rank that hosts any.
   Find these ranks, and make room for messages of `most` bits.  Not collective; ENOMEM, EUSER. */
int lac_exchange_link(lac_exchange *x, uint32_t n, uint64_t most);
/* One message: its bits, at `bytes` NULL where there is none, and why. */
typedef struct { const void *bytes; uint64_t nbits; int status; } lac_passed;
/* The message of this rank's last client, of at most as many bits as that, to the next rank, and *came from the rank before, which lives
   until the next one.  By a message from point to point, between ranks that host clients alone; the others return at once. */
int lac_exchange_pass(lac_exchange *x, const lac_passed *mine, lac_passed *came);
/* For the trace: `count` bytes of the rank that hosts client 0 to rank 0. */
int lac_exchange_bring(lac_exchange *x, void *bytes, size_t count);

/* Up, late: what a rank posts arrives while everybody computes.  The bytes are copied.  At most LAC_FLIGHTS at a time; they land in the
   order in which they were posted. */
typedef struct lac_flight lac_flight;
int lac_exchange_post(lac_exchange *x, lac_flight **flight, int status, const void *mine, size_t count, const size_t *most);
/* Wait for it; *all as of lac_exchange_up, until it is released. */
int lac_exchange_land(lac_exchange *x, lac_flight *flight, const lac_rank_bytes **all);
void lac_exchange_release(lac_exchange *x, lac_flight *flight);
/* The bytes that this rank posted. */
const void *lac_exchange_posted(const lac_flight *flight);
/* Seconds that flights took from post to arrival, and how many of them this rank waited.  Not collective. */
void lac_exchange_overlap(const lac_exchange *x, double *under_way, double *waited);

/* What this rank has sent and waited, since the exchange was opened; late messages count when they land.  Not collective. */
const lac_traffic *lac_exchange_traffic(const lac_exchange *x, lac_purpose purpose);
/* Seconds among those of LAC_FOR_METHOD that ranks which serve have waited because another one computed for longer: the longest time
   that a rank has computed since its last wait, less this rank's own; at most what was waited.  Not collective. */
double lac_exchange_skew(const lac_exchange *x);

#endif
