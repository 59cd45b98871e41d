/* pass.h: exchanges in which every client hands its message on to the next client: hands_on of algorithm.h.  Messages within a rank stay in
   its mail, that of its last client goes to the next rank from point to point.  How long they were, rank 0 learns behind the last of
   these exchanges, with the status of every rank. */
#ifndef LAC_PASS_H
#define LAC_PASS_H

#include "run/run.h"

/* Before round 0: who the neighbours are, and room.  Not collective. */
int lac_pass_open(lac_run *r);
/* Whether this exchange is one of these. */
int lac_pass_is_due(const lac_run *r);
/* The clients' messages are in r->post.mail: note their bits, and deliver them.  *status: of this rank so far, which may get worse;
   *missed: that of a rank before this one, without whose message there is nothing to go on with.  The return value is MPI's. */
int lac_pass_deliver(lac_run *r, int *status, int *missed);
/* Bits of the messages of a round, of all clients of a rank: in bytes. */
size_t lac_pass_bytes(const lac_run *r, int rank);
/* Rank 0: record these bits of all ranks. */
int lac_pass_record(lac_run *r, const lac_rank_bytes *all);
/* Vector number `iterate` of client 0 to r->eval.x of rank 0, and that of the first client of every other rank to its own.  Collective. */
int lac_pass_iterate(lac_run *r);

#endif
