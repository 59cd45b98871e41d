/* transit.h: messages to the server that are under way while rounds go on.  As in fluid.h they share the server's link fairly (max-min);
   those of one client share its link besides. */
#ifndef LAC_TRANSIT_H
#define LAC_TRANSIT_H

#include "base.h"

typedef struct lac_transit lac_transit;
lac_transit *lac_transit_new(uint32_t clients);      /* NULL: no memory */
void lac_transit_free(lac_transit *t);

/* A message of a round begins its way: start is not before the time that lac_transit_pass has told last; limit: the rate of the client's
   link, the same for all messages of a client.  Seconds, bits, bits a second; bits > 0, limit > 0.  ENOMEM. */
int lac_transit_add(lac_transit *t, uint32_t client, uint64_t round, double start, double bits, double limit);
/* Let time pass until *now, and on until all messages of `round` have arrived on a link of rate `link`; *now is then.  clock[i] becomes the
   arrival of client i's, unless it is later.  O(messages) for each that begins or arrives. */
void lac_transit_pass(lac_transit *t, uint64_t round, double link, double *now, double *clock);

#endif
