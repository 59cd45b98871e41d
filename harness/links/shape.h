/* shape.h: the links of a network (network.h), and their text. */
#ifndef LAC_LINKS_SHAPE_H
#define LAC_LINKS_SHAPE_H

#include "links/links.h"

/* The links of l->hosts hosts: host 1 is the server, the others are clients.  text: of lac_network_find.  EUSER: also what links cannot do,
   stragglers and a table of clients.  What says how seconds are modelled is passed over. */
int lac_shape_all(lac_links *l, const char *text);
/* NUMBER:KEY=VALUE[,KEY=VALUE ...]: one host has this rate, up, down, latency on top of the network.  EUSER, also of other keys. */
int lac_shape_host(lac_links *l, const char *text, const char *host);

int lac_links_delayed(const lac_links *l);
/* Seconds one way from host i to host j, counted from 0. */
double lac_links_latency(const lac_links *l, unsigned i, unsigned j);
/* Bytes that a link of that rate lets pass at once, when it was idle. */
double lac_links_burst(double rate);
/* "4 hosts, 100 Mbit/s up, 100 Mbit/s down, 20 ms; TUN; congestion control bbr"; caller frees; NULL: no memory. */
char *lac_links_text(const lac_links *l, const char *congestion);

#endif
