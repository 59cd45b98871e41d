/* seconds.h: how long the rounds of a run take on a network, from the messages that its result has recorded.  Closed forms, and for links
   that unequal messages share, fluid.h; docs/networks.md has the formulas and their sources. */
#ifndef LAC_SECONDS_H
#define LAC_SECONDS_H

#include "network/network.h"
#include "store/messages.h"

/* What a run did beside its messages. */
typedef struct {
  const lac_messages *messages;
  const double *calls;      /* of each round: gradients that a client which takes part computes, in all phases */
  double compute, codec;    /* seconds a gradient and a message of a client, as measured; NaN: not known */
} lac_course;

/* end[t]: seconds from the start of round 0 to the end of round t, for all rounds of the messages.  EUSER: the network has more or fewer
   clients than the run, a measured time that is not known, late messages of several phases. */
int lac_seconds_of(const lac_network *w, const lac_course *c, double *end);

/* What the seconds of all rounds go to: latency is what would be gone without latency and overhead; then bandwidth, with links of infinite
   rate; then codec, with codecs that take no time; the rest is compute. */
typedef struct { double compute, codec, latency, bandwidth, total; } lac_shares;
int lac_seconds_share(const lac_network *w, const lac_course *c, lac_shares *s);

/* The factor on the compute time of a client in a round. */
int lac_straggle_factors(const lac_network *w, uint64_t round, uint32_t clients, double *factor);

#endif
