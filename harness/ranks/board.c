/* A board of numbers that every rank changes when it likes. */
#include "ranks/inside.h"

#include <stdlib.h>
#include <string.h>

struct lac_board {
  lac_comm *comm;
  MPI_Win window;
  uint64_t *number;            /* of rank 0 */
};

int lac_board_open(lac_comm *c, size_t count, lac_board **out)
{
  lac_board *b = *out = lac_alloc(sizeof *b);
  LAC_TRY(lac_comm_agree(c, b ? LAC_OK : LAC_ENOMEM));
  b->comm = c;
  b->window = MPI_WIN_NULL;
  if (c->size == 1)
    return (b->number = lac_alloc(count * sizeof *b->number)) ? LAC_OK : LAC_ENOMEM;
  MPI_Aint bytes = c->rank == 0 ? (MPI_Aint)(count * sizeof *b->number) : 0;
  LAC_TRY(lac_mpi_check(MPI_Win_allocate(bytes, sizeof *b->number, MPI_INFO_NULL, c->mpi, &b->number, &b->window)));
  MPI_Win_set_errhandler(b->window, MPI_ERRORS_RETURN);
  if (bytes)
    memset(b->number, 0, (size_t)bytes);
  LAC_TRY(lac_mpi_check(MPI_Win_lock_all(0, b->window)));
  LAC_TRY(lac_mpi_check(MPI_Win_sync(b->window)));
  return lac_comm_agree(c, LAC_OK);      /* nobody adds to what is not yet 0 */
}

int lac_board_add(lac_board *b, size_t place, uint64_t amount, uint64_t *before)
{
  if (b->comm->size == 1) {
    *before = b->number[place];
    b->number[place] += amount;
    return LAC_OK;
  }
  LAC_TRY(lac_mpi_check(MPI_Fetch_and_op(&amount, before, MPI_UINT64_T, 0, (MPI_Aint)place, MPI_SUM, b->window)));
  return lac_mpi_check(MPI_Win_flush(0, b->window));
}

void lac_board_close(lac_board *b)
{
  if (!b)
    return;
  if (b->window != MPI_WIN_NULL) {
    MPI_Win_unlock_all(b->window);
    MPI_Win_free(&b->window);
  } else
    free(b->number);
  free(b);
}
