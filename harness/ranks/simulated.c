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

/* What came is looked for at the front of a list, where it is when ranks are waited for in their order. */
static int receive_all(char *all, const int *counts, const int *offsets, MPI_Datatype type, int size, int root, int p, MPI_Comm mpi)
{
  MPI_Request *request = lac_alloc((size_t)p * sizeof *request);
  int status = request ? MPI_SUCCESS : MPI_ERR_NO_MEM;
  for (int r = 0; status == MPI_SUCCESS && r < p; r++)
    status = MPI_Irecv(all + (size_t)offsets[r] * (size_t)size, counts[r], type, r == root ? MPI_PROC_NULL : r, TAG, mpi, &request[r]);
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
  return receive_all(all, counts, offsets, all_type, size, root, p, mpi);
}

/* From rank 0.  A rank hears from the one whose number lacks its lowest bit. */
static int spread(void *bytes, int count, MPI_Datatype type, int rank, int p, MPI_Comm mpi)
{
  int bit = 1, status = MPI_SUCCESS;
  while (bit < p && !(rank & bit))
    bit *= 2;
  if (rank)
    status = MPI_Recv(bytes, count, type, rank - bit, TAG, mpi, MPI_STATUS_IGNORE);
  while (status == MPI_SUCCESS && (bit /= 2))
    if (rank + bit < p)
      status = MPI_Send(bytes, count, type, rank + bit, TAG, mpi);
  return status;
}

int lac_simulated_allgather(const void *mine, int count, MPI_Datatype type, void *all, int all_count, MPI_Datatype all_type, MPI_Comm mpi)
{
  int rank, p;
  MPI_Comm_rank(mpi, &rank);
  MPI_Comm_size(mpi, &p);
  int *counts = lac_alloc((size_t)p * sizeof *counts), *offsets = lac_alloc((size_t)p * sizeof *offsets);
  int status = counts && offsets ? MPI_SUCCESS : MPI_ERR_NO_MEM;
  for (int r = 0; status == MPI_SUCCESS && r < p; r++) {
    counts[r] = all_count;
    offsets[r] = r * all_count;
  }
  if (status == MPI_SUCCESS)
    status = lac_simulated_gatherv(mine, count, type, all, counts, offsets, all_type, 0, mpi);
  free(counts);
  free(offsets);
  return status == MPI_SUCCESS ? spread(all, p * all_count, all_type, rank, p, mpi) : status;
}
#else
#include <stddef.h>
const char *lac_simulated(void) { return NULL; }
void lac_simulated_gradient(void) {}
#endif
