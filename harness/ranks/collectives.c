#include "ranks/collectives.h"
#include "ranks/inside.h"

#include <limits.h>

static int check_count(size_t count)
{
  return count <= INT_MAX ? LAC_OK : lac_fail(LAC_EMPI, "%zu bytes are more than MPI takes at once; measure smaller messages", count);
}

int lac_mpi_bcast(lac_comm *c, void *bytes, size_t count)
{
  LAC_TRY(check_count(count));
  return lac_mpi_check(MPI_Bcast(bytes, (int)count, MPI_BYTE, 0, c->mpi));
}

static size_t padded(size_t count) { return (count + 7) / 8 * 8; }

size_t lac_mpi_gathered(const lac_comm *c, const size_t *counts)
{
  size_t bytes = 0;
  for (int r = 0; r < c->size; r++)
    bytes += padded(counts[r]);
  return bytes;
}

static int lay_parts(lac_comm *c, const size_t *counts, const uint8_t *all, lac_rank_bytes *parts)
{
  size_t at = 0;
  LAC_TRY(check_count(lac_mpi_gathered(c, counts)));
  for (int r = 0; r < c->size; r++) {
    c->lengths[r] = (int)counts[r];
    c->offsets[r] = (int)at;
    parts[r] = (lac_rank_bytes){ all + at, counts[r] };
    at += padded(counts[r]);
  }
  return LAC_OK;
}

int lac_mpi_gather(lac_comm *c, const void *mine, const size_t *counts, uint8_t *all, lac_rank_bytes *parts)
{
  LAC_TRY(lay_parts(c, counts, all, parts));
  return lac_mpi_check(MPI_Gatherv(mine, c->lengths[c->rank], MPI_BYTE, all, c->lengths, c->offsets, MPI_BYTE, 0, c->mpi));
}

int lac_mpi_allgather(lac_comm *c, const void *mine, const size_t *counts, uint8_t *all, lac_rank_bytes *parts)
{
  LAC_TRY(lay_parts(c, counts, all, parts));
  return lac_mpi_check(MPI_Allgatherv(mine, c->lengths[c->rank], MPI_BYTE, all, c->lengths, c->offsets, MPI_BYTE, c->mpi));
}

int lac_mpi_allreduce(lac_comm *c, const double *mine, double *sum, size_t d)
{
  LAC_TRY(check_count(d));
  return lac_mpi_check(MPI_Allreduce(mine, sum, (int)d, MPI_DOUBLE, MPI_SUM, c->mpi));
}
