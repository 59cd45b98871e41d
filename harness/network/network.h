/* network.h: a network by its name: rates, latency, what computes, by which exchange messages go; what seconds.h needs.

     [network.wan]                       ; in a file of its own or in an experiment file; [network] has the name `network`
     rate    = 100 Mbit/s                ; of every link, both ways
     latency = 20 ms                     ; one way, the sum of both links
   or in one word, 100Mbit/s,20ms[,KEY=VALUE...].  docs/networks.md has all keys. */
#ifndef LAC_NETWORK_H
#define LAC_NETWORK_H

#include "ini.h"
#include <stdint.h>

/* docs/networks.md has the formulas. */
typedef enum {
  LAC_BY_STAR,            /* every client with the server */
  LAC_BY_MULTICAST,       /* as a star, but the server sends once for all */
  LAC_BY_SHARDS,          /* s servers, each with its part of every message */
  LAC_BY_TREE,            /* clients hand on the messages of k others */
  LAC_BY_ALLGATHER,       /* every client to every other, nothing goes down */
  LAC_BY_RING,            /* the same from neighbour to neighbour */
  LAC_ROUTES
} lac_route;
extern const char *const lac_route_name[LAC_ROUTES];      /* "star", ... */

/* A factor on the time that a client computes in a round. */
typedef enum { LAC_STRAGGLE_NONE, LAC_STRAGGLE_EXPONENTIAL, LAC_STRAGGLE_PARETO, LAC_STRAGGLE_TWO, LAC_STRAGGLE_LOGNORMAL } lac_straggle;

/* When a message of TCP begins with slow start. */
typedef enum {
  LAC_COLD_NEVER,
  LAC_COLD_ALWAYS,
  LAC_COLD_IDLE                /* its window is halved for every timeout for which nothing was sent the same way (RFC 2861, section 3) */
} lac_cold;

/* What differs between clients; bits a second and seconds. */
typedef struct { double up, down, latency, compute; } lac_endpoint;

typedef struct {
  char *name;                  /* "wan"; "": it has none */
  char *words;                 /* "100 Mbit/s, 20 ms" */
  lac_endpoint each;           /* of every client, unless `client` says otherwise; compute: seconds a gradient, NaN: as measured */
  double server_up, server_down;      /* of the server's link, for messages up and down */
  double goodput;              /* share of a rate that carries messages */
  double overhead;             /* seconds a message, beside the latency */
  double codec;                /* seconds a message of a client; NaN: as measured */
  int has_codec;               /* they are given, as 0 may be, and not measured */
  int tcp;
  lac_cold cold;
  double rendezvous;           /* bytes: messages of more wait until the receiver has answered */
  uint64_t handshake;          /* round trips that this takes */
  lac_route route;
  unsigned fan;                /* k of a tree, s of shards */
  lac_straggle law;
  double law_by[2];            /* a, mu; x, s; q, c; sigma */
  uint64_t seed;               /* of stragglers */
  lac_endpoint *client;        /* of clients 0..clients-1; NULL: all alike */
  uint32_t clients;
} lac_network;

/* The [network] and [network.NAME] sections of a file.  path: for messages, and where files that it names lie. */
typedef struct lac_networks lac_networks;
/* Sections of other names are passed over.  EUSER: a section that is no network, with its line. */
int lac_networks_new(lac_networks **all, const char *path, const lac_ini_entry *entry, size_t count);
void lac_networks_free(lac_networks *all);
/* Is this the name of such a section? */
int lac_networks_is(const char *section);

/* What a text means: the name of a section; RATE[,LATENCY]; FILE.ini or FILE.ini:NAME; each with [,KEY=VALUE...] and an exchange
   (ring, tree:k=4).  `all` may be NULL: no names.  EUSER: one sentence. */
int lac_network_find(lac_network *w, const lac_networks *all, const char *text);
void lac_network_free(lac_network *w);
/* "wan (100 Mbit/s, 20 ms, n = 64, star)", with least < most "n = 20 to 64".  Caller frees; NULL: no memory. */
char *lac_network_label(const lac_network *w, uint32_t least, uint32_t most);
/* "100 Mbit/s", "1.5 Gbit/s". */
const char *lac_network_rate(double rate, char text[static 32]);
/* "100 Mbit/s" as bits a second; 0: the text is no rate above 0. */
int lac_network_rate_of(const char *text, double *rate);
/* "64 KiB" as bytes, in B, kB, MB, KiB, MiB; 0: the text is no size. */
int lac_network_size_of(const char *text, double *bytes);

#endif
