/* comm.h: the only way between ranks.  Every function here is collective over the communicator, moves bytes in rank
   order and never adds numbers, so that nothing depends on how many ranks there are.  Errors: EMPI. */
#ifndef LAC_COMM_H
#define LAC_COMM_H

#include "base.h"

typedef struct lac_comm lac_comm;
enum { LAC_FLIGHTS = 64 };                           /* late messages that may be under way: exchange.h */

/* Over a duplicate of MPI_COMM_WORLD; MPI must be initialised.  Ranks beyond the cores wait politely (test and yield). */
int lac_comm_open(lac_comm **c);
/* This rank alone, as if it were the only one; also where MPI was not started. */
int lac_comm_open_alone(lac_comm **c);
/* The ranks that say the same number, in their order, as if they were the only ones.  Collective. */
int lac_comm_split(lac_comm *c, int number, lac_comm **part);
void lac_comm_close(lac_comm *c);
/* The end of MPI in this process, in bounded time, also when MPI_Finalize hangs: the process then ends there with this exit status.  All
   output is flushed and all files are closed before.  Collective over all ranks. */
void lac_comm_finalize(int exit_status);
int lac_comm_rank(const lac_comm *c);
int lac_comm_size(const lac_comm *c);
int lac_comm_here(const lac_comm *c);                /* ranks on this machine */
int lac_comm_cores(const lac_comm *c);               /* cores of this machine that these may use */
/* Bytes that this rank has sent to other ranks (with a collective: as many as the others get from it), and the seconds that it waited for
   other ranks; what an exchange counts (exchange.h) is not in it. */
typedef struct { uint64_t bytes; double waited; } lac_traffic;
const lac_traffic *lac_comm_traffic(const lac_comm *c);
void lac_comm_native(const lac_comm *c, void *mpi);  /* *(MPI_Comm *)mpi =, for parallel HDF5 */
void lac_comm_version(char text[static 128]);        /* of the MPI library, one line */

/* Bytes from rank 0 to all. */
int lac_comm_bcast(lac_comm *c, void *bytes, size_t count);
/* The same number of bytes from every rank, to all, in rank order. */
int lac_comm_allgather(lac_comm *c, const void *mine, size_t count, void *all);
/* mine[0..count) of every rank to rank 0, unless some rank's status is not 0: then nothing arrives and all ranks return the
   worst status, with its sentence.  On rank 0 *all points at the bytes of all ranks one after another, starting[r] is where
   rank r's begin and starting[size] their end; they live until the next gather.  Elsewhere *all is NULL. */
int lac_comm_gather(lac_comm *c, int status, const void *mine, size_t count, const uint8_t **all, const size_t **starting);
/* Say something to all without asking for a turn: it travels with the status of every gather from now on.  Raised: what any rank
   has said, as far as this one has heard. */
void lac_comm_raise(lac_comm *c);
int lac_comm_raised(const lac_comm *c);
/* A word beside all that, for rounds in which nothing else moves: hear the largest that any rank said the last time (0: nothing was
   said), then say the next one.  It travels while everybody computes; only a rank that is a whole interval ahead waits. */
int lac_comm_hear(lac_comm *c, uint64_t *word);
int lac_comm_say(lac_comm *c, uint64_t word);
/* Give MPI a chance to work on what is under way; cheap when nothing is.  Not collective. */
void lac_comm_progress(lac_comm *c);

/* A board of numbers, 0 at first, on rank 0, that every rank reads and changes when it likes; the others need not take part.  Opening and
   closing are collective.  A change may have to wait until rank 0 calls lac_comm_progress or a collective function. */
typedef struct lac_board lac_board;
int lac_board_open(lac_comm *c, size_t count, lac_board **b);
/* Atomically: *before = the number, then it grows by `amount`.  Not collective. */
int lac_board_add(lac_board *b, size_t place, uint64_t amount, uint64_t *before);
void lac_board_close(lac_board *b);

/* The worst status of all ranks, with the sentence of the first rank that has it. */
int lac_comm_agree(lac_comm *c, int status);
/* EUSER unless `text` is the same on every rank; `what` says what it is. */
int lac_comm_same(lac_comm *c, const char *what, const char *text);

/* The first `ranks` ranks host no clients from now on; with fewer ranks than that and one more, all but the last. */
void lac_comm_serve_apart(lac_comm *c, int ranks);
/* Placement: `rank` r of p hosts the clients [first, last) = [n r/p, n (r+1)/p); where a ranks serve apart, rank a + r of p + a. */
void lac_comm_clients(const lac_comm *c, uint32_t n, int rank, uint32_t *first, uint32_t *last);

#endif
