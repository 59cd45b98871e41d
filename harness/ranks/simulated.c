#include "ranks/simulated.h"

#ifdef LAC_SMPI
#include "base.h"
#include <smpi/smpi.h>
#include <stdlib.h>
#include <string.h>

const char *lac_simulated(void)
{
  const char *what = getenv("LACONIC_SIMULATED");
  return what ? what : "SimGrid";
}

void lac_simulated_gradient(void)
{
  const char *seconds = getenv("LACONIC_SIMULATED_GRADIENT");
  if (seconds)
    smpi_execute(strtod(seconds, NULL));
}

enum { TAG = 4 };

/* What came is looked for at the front of the list, where it is when ranks are waited for in their order. */
static int gather_in_order(void *all, const int *counts, const int *offsets, MPI_Datatype type, int size, int root, int p, MPI_Comm mpi)
{
  MPI_Request *request = lac_alloc((size_t)p * sizeof *request);
  int status = request ? MPI_SUCCESS : MPI_ERR_NO_MEM;
  for (int r = 0; status == MPI_SUCCESS && r < p; r++)
    status = MPI_Irecv((char *)all + (size_t)offsets[r] * (size_t)size, r == root ? 0 : counts[r], type, r == root ? MPI_PROC_NULL : r, TAG,
                       mpi, &request[r]);
  for (int r = 0; status == MPI_SUCCESS && r < p; r++)
    status = MPI_Wait(&request[r], MPI_STATUS_IGNORE);
  free(request);
  return status;
}

int lac_simulated_gatherv(const void *mine, int count, MPI_Datatype type, void *all, const int *counts, const int *offsets,
                          MPI_Datatype all_type, int root, MPI_Comm mpi)
{
  int rank, p, size;
  MPI_Comm_rank(mpi, &rank);
  MPI_Comm_size(mpi, &p);
  MPI_Type_size(type, &size);
  if (rank != root)
    return MPI_Send(mine, count, type, root, TAG, mpi);
  memcpy((char *)all + (size_t)offsets[root] * (size_t)size, mine, (size_t)count * (size_t)size);
  return gather_in_order(all, counts, offsets, all_type, size, root, p, mpi);
}
#else
#include <stddef.h>
const char *lac_simulated(void) { return NULL; }
void lac_simulated_gradient(void) {}
#endif
