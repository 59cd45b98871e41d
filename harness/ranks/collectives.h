/* collectives.h: the collectives of MPI as they are, blocking, to be measured beside exchanges.  No run calls them: MPI chooses how they
   are done, and the last digits of lac_mpi_allreduce depend on the number of ranks.  All are collective; errors: EMPI. */
#ifndef LAC_COLLECTIVES_H
#define LAC_COLLECTIVES_H

#include "ranks/exchange.h"

/* Bytes from rank 0 to all. */
int lac_mpi_bcast(lac_comm *c, void *bytes, size_t count);
/* Bytes that lac_mpi_gather needs: those of all ranks, each beginning at a multiple of 8. */
size_t lac_mpi_gathered(const lac_comm *c, const size_t *counts);
/* counts[r] bytes of rank r, which all ranks know, to rank 0, or to all.  parts[r] says where in `all` they are. */
int lac_mpi_gather(lac_comm *c, const void *mine, const size_t *counts, uint8_t *all, lac_rank_bytes *parts);
int lac_mpi_allgather(lac_comm *c, const void *mine, const size_t *counts, uint8_t *all, lac_rank_bytes *parts);
/* The sum over ranks of vectors of d numbers, on every rank. */
int lac_mpi_allreduce(lac_comm *c, const double *mine, double *sum, size_t d);

#endif
