/* simulated.h: ranks that SimGrid simulates, those of laconic-smpi.  They take turns in one process, and its clock is theirs. */
#ifndef LAC_SIMULATED_H
#define LAC_SIMULATED_H

/* What is simulated, as tools/simulate says it; NULL where ranks are real. */
const char *lac_simulated(void);
/* The seconds of a gradient that tools/simulate --compute gives pass on this rank's host; nothing where ranks are real. */
void lac_simulated_gradient(void);

/* For files that call MPI: the same calls at a cost that a thousand ranks can bear.  SimGrid's own gather searches a list for every
   message, its allgather sends p log p messages and its nonblocking collectives p^2, and its duplicate of a communicator copies the list of
   ranks on every rank; here nobody else uses the communicators. */
#ifdef LAC_SMPI
#include <mpi.h>
int lac_simulated_gatherv(const void *mine, int count, MPI_Datatype type, void *all, const int *counts, const int *offsets,
                          MPI_Datatype all_type, int root, MPI_Comm mpi);
static inline int lac_simulated_set(MPI_Comm *mpi, MPI_Comm value) { return *mpi = value, MPI_SUCCESS; }
/* To rank 0 and by a binomial tree to all: 2p messages. */
int lac_simulated_allgather(const void *mine, int count, MPI_Datatype type, void *all, int all_count, MPI_Datatype all_type, MPI_Comm mpi);
#define MPI_Gatherv lac_simulated_gatherv
#define MPI_Allgather lac_simulated_allgather
#define MPI_Comm_dup(mpi, same) lac_simulated_set(same, mpi)
#define MPI_Comm_free(mpi) lac_simulated_set(mpi, MPI_COMM_NULL)
#define MPI_Ibcast(bytes, count, type, root, mpi, request) (*(request) = MPI_REQUEST_NULL, MPI_Bcast(bytes, count, type, root, mpi))
#define MPI_Iallreduce(mine, all, count, type, op, mpi, request) \
  (*(request) = MPI_REQUEST_NULL, MPI_Allreduce(mine, all, count, type, op, mpi))
#endif

#endif
