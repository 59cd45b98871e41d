/* shape.h: rates and latencies as users write them, and as links report them.

     100Mbit/s,20ms                     rate of every link, latency of every message
     100Mbit/s,up=10Mbit/s,server_rate=1Gbit/s,latency=20ms
     FILE                               the same keys in its section [network]
   Rates: bit/s or B/s with k, M, G.  Times: s, ms, us. */
#ifndef LAC_LINKS_SHAPE_H
#define LAC_LINKS_SHAPE_H

#include "links/links.h"

/* What was said; NAN: nothing. */
typedef struct { double rate, up, down, latency, server_rate; } lac_shape;

void lac_shape_clear(lac_shape *s);
/* The text or file of option `what`, on top of what was said.  EUSER. */
int lac_shape_parse(lac_shape *s, const char *what, const char *text);
/* One key and its value.  EUSER: no such key, a number without a unit, out of range. */
int lac_shape_set(lac_shape *s, const char *what, const char *key, const char *value);
/* The links of l->hosts hosts.  EUSER: no rate. */
int lac_shape_apply(const lac_shape *s, lac_links *l);
/* NUMBER:KEY=VALUE[,KEY=VALUE ...], for one host, after lac_shape_apply.  EUSER. */
int lac_shape_host(lac_links *l, const char *what, const char *text);

int lac_links_delayed(const lac_links *l);
/* Seconds one way from host i to host j, counted from 0. */
double lac_links_latency(const lac_links *l, unsigned i, unsigned j);
/* Bytes that a link of that rate lets pass at once, when it was idle. */
double lac_links_burst(double rate);
/* "4 hosts, up 100Mbit/s, down 100Mbit/s, latency 20ms, ..."; caller frees; NULL: no memory. */
char *lac_links_text(const lac_links *l, const char *congestion);

#endif
