/* inside.h: what the files of this room know of a communicator; for no other room. */
#ifndef LAC_INSIDE_H
#define LAC_INSIDE_H

#include "ranks/exchange.h"
#include <mpi.h>

/* What a rank tells of itself with its bytes. */
typedef struct {
  uint32_t status, raised, rank, nothing;
  uint64_t count;              /* of its bytes */
  double computed;             /* seconds since it last waited */
} lac_told;

struct lac_comm {
  lac_flight *flying[LAC_FLIGHTS], *spare[LAC_FLIGHTS];
  int flights, spares, blocking;
  double under_way, late;      /* seconds of flights */
  MPI_Comm mpi;
  int rank, size, here;
  int apart;                   /* ranks from 0 on that host no clients */
  MPI_Request idle;            /* of a rank that others may want something of while its part of them is busy: it never ends */
  int cores;                   /* of this machine, that they may use */
  int polite;                  /* more ranks than cores, or so we are told: yield while waiting */
  uint32_t raising, raised;    /* what this rank says; what it has heard */
  uint64_t said, heard;
  MPI_Request word;            /* from said to heard */
  lac_traffic other, *traffic; /* what counts now; `other` where nobody asks for it */
  uint8_t *gathered;           /* rank 0 */
  size_t cap;
  size_t *starting;            /* size + 1 */
  lac_told *told;              /* size */
  double computed;             /* what this rank tells */
  size_t beside;               /* bytes of a rank that travel with what it tells: as many as the longest had the last time, or none */
  uint8_t *sent, *came;        /* told and these bytes: of this rank, of all */
  size_t planned;              /* words that rank 0 has room for */
  int *lengths, *offsets;      /* size, in words of 8 bytes */
  uint64_t *padded;            /* this rank's bytes, rounded up to words */
  size_t padded_cap;
};

int lac_mpi_check(int mpi_status);
/* Wait for requests of which the last began with this MPI status, and count the seconds. */
int lac_mpi_finish(lac_comm *c, int mpi_status, int count, MPI_Request *request);
/* For one, and say what came. */
int lac_mpi_finish_about(lac_comm *c, MPI_Request *request, MPI_Status *about);

/* ---- flights: the bytes of all ranks on their way to those that serve, by the steps of a route ----

   A rank's bytes travel as a block: what it tells, then the bytes.  Blocks are counted in words of 8 bytes, so that the counts of MPI,
   which are ints, do for 16 GiB. */

enum { LAC_TOLD_WORDS = sizeof(lac_told) / 8 };

typedef struct lac_route lac_route;

struct lac_flight {
  lac_exchange *x;
  const lac_route *route;
  size_t *most;                /* words of every rank's block, or more: known to all */
  size_t *planned;             /* ... that there is room for */
  size_t *at;                  /* where what comes from a rank begins in `room`; size + 1 */
  lac_rank_bytes *part;              /* the bytes of every rank, on ranks that serve */
  uint64_t *mine, *room;       /* this rank's block; what comes from others */
  MPI_Request *request;
  int requests;                /* of this step */
  int *lengths, *offsets;      /* of a collective */
  int tag, over, status;
  int failed;                  /* the worst status that was told; it counts when the flight lands */
  unsigned step;
  double posted, arrived;      /* arrived: 0 until it is seen */
  uint64_t sent;               /* bytes */
};

/* A spare flight, or a new one, with room for these blocks.  Collective where there is too little room. */
int lac_flight_take(lac_exchange *x, const lac_route *route, const size_t *bytes, lac_flight **f);
/* Begin with this rank's bytes. */
int lac_flight_begin(lac_flight *f, int status, const void *mine, size_t count);
/* Go on as far as it goes without waiting; an error shows when it is finished. */
void lac_flight_advance(lac_flight *f);
int lac_flight_finish(lac_flight *f);
void lac_flight_free(lac_flight *f);

/* Words of a block. */
size_t lac_block_words(const uint64_t *block);
/* For a step of a route. */
int lac_flight_send(lac_flight *f, int to, const uint64_t *words, size_t count);
int lac_flight_receive(lac_flight *f, int from, uint64_t *words, size_t most);
/* The block is that of the rank that it names. */
int lac_flight_arrived(lac_flight *f, const uint64_t *block);

/* ---- routes: route.c has the table ---- */

struct lac_route {
  const char *name;
  const lac_option *options;
  size_t params_size;
  /* Ranks from 0 on that run the server; not more than there are. */
  int (*servers)(const lac_exchange *x);
  /* To how many ranks one passes on what rank 0 tells, and from how many a rank of a tree collects. */
  int (*fanout)(const lac_exchange *x);
  /* Words that come to this rank. */
  size_t (*room)(const lac_flight *f);
  /* Start the messages of f->step, or find that it is over. */
  int (*up)(lac_flight *f);
  /* The server's bytes to the ranks that do not serve; NULL: as rank 0 tells. */
  int (*down)(lac_exchange *x, uint8_t *bytes, size_t count);
  int together;                /* by the collectives of MPI */
  int serves_all;              /* every rank is a server */
};

extern const lac_route lac_routes[];      /* ends with a NULL name; the first is the default */
extern const lac_route *const lac_route_star;

/* Ranks that host clients: those before and after this one, itself where it is the only one, -1 where it hosts none; that of client 0. */
typedef struct {
  int from, to, first;
  size_t most;                 /* words of a block */
  uint64_t *mine, *came;
} lac_ring;

struct lac_exchange {
  lac_comm *comm;
  lac_spec spec;
  const lac_route *route;
  int servers, overlaps, failed;
  unsigned flights;            /* begun so far: their tags */
  lac_flight *now, *row;       /* of this exchange */
  lac_ring ring;
  lac_rank_bytes *part;              /* of a collective; size */
  MPI_Request *request;        /* size */
  lac_traffic traffic[LAC_PURPOSES];
  double skew, since;          /* since: the end of the last wait */
};

#endif
