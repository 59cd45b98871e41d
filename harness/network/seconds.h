/* seconds.h: how long the rounds of a run take on a network, from the messages that its result has recorded.  Closed forms, and for links
   that unequal messages share, fluid.h; docs/networks.md has the formulas and their sources. */
#ifndef LAC_SECONDS_H
#define LAC_SECONDS_H

#include "network/network.h"
#include "store/messages.h"

/* What a run did beside its messages. */
typedef struct {
  const lac_messages *messages;
  const double *calls;      /* of each round: gradients that a client which takes part computes in each exchange (recorded.h) */
  double compute, codec;    /* seconds a gradient and a message of a client, as measured; NaN: not known */
} lac_course;

/* clock[t]: seconds until the server begins round t, for t = 0 to m->rounds, where it is done; *total: until the clients are done, too, and
   nothing is under way.  EUSER: the network has more or fewer clients than the run, a measured time that is not known, late messages of
   several phases, or by an exchange that passes them on. */
int lac_seconds_of(const lac_network *w, const lac_course *c, double *clock, double *total);

/* What the seconds of all rounds go to: latency is what would be gone without latency and overhead; then bandwidth, with links of infinite
   rate; then codec, with codecs that take no time; the rest is compute. */
typedef struct { double compute, codec, latency, bandwidth, total; } lac_shares;
int lac_seconds_share(const lac_network *w, const lac_course *c, lac_shares *s);

/* The factor on the compute time of a client in a round. */
int lac_straggle_factors(const lac_network *w, uint64_t round, uint32_t clients, double *factor);

#endif
