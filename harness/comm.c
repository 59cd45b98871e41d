#include "comm.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

typedef struct { uint64_t status, count; } lac_told;

struct lac_comm {
  MPI_Comm mpi;
  int rank, size;
  int polite;                  /* more ranks than cores: yield while waiting */
  uint64_t bytes;
  uint8_t *gathered;           /* rank 0 */
  size_t cap;
  size_t *starting;            /* size + 1 */
  lac_told *told;              /* size */
  size_t planned;              /* words that rank 0 has room for */
  int *lengths, *offsets;      /* size, in words of 8 bytes */
  uint64_t *padded;            /* this rank's bytes, rounded up to words */
  size_t padded_cap;
};

static int check(int mpi_status)
{
  if (mpi_status == MPI_SUCCESS)
    return LAC_OK;
  char text[MPI_MAX_ERROR_STRING];
  int length;
  MPI_Error_string(mpi_status, text, &length);
  return lac_fail(LAC_EMPI, "MPI: %s", text);
}

/* Wait for a request; with more ranks than cores a busy wait would keep the others from working. */
static int finish(lac_comm *c, int mpi_status, MPI_Request *request)
{
  LAC_TRY(check(mpi_status));
  if (!c->polite)
    return check(MPI_Wait(request, MPI_STATUS_IGNORE));
  for (int done = 0;;) {
    LAC_TRY(check(MPI_Test(request, &done, MPI_STATUS_IGNORE)));
    if (done)
      return LAC_OK;
    sched_yield();
  }
}

static int crowded(lac_comm *c)
{
  MPI_Comm node;
  cpu_set_t cpus;
  int here;
  LAC_TRY(check(MPI_Comm_split_type(c->mpi, MPI_COMM_TYPE_SHARED, c->rank, MPI_INFO_NULL, &node)));
  MPI_Comm_size(node, &here);
  MPI_Comm_free(&node);
  c->polite = sched_getaffinity(0, sizeof cpus, &cpus) == 0 && here > CPU_COUNT(&cpus);
  return LAC_OK;
}

int lac_comm_open(lac_comm **out)
{
  lac_comm *c = *out = lac_alloc(sizeof *c);
  if (!c)
    return LAC_ENOMEM;
  c->mpi = MPI_COMM_NULL;
  LAC_TRY(check(MPI_Comm_dup(MPI_COMM_WORLD, &c->mpi)));
  MPI_Comm_set_errhandler(c->mpi, MPI_ERRORS_RETURN);
  MPI_Comm_rank(c->mpi, &c->rank);
  MPI_Comm_size(c->mpi, &c->size);
  size_t p = (size_t)c->size;
  c->starting = lac_alloc((p + 1) * sizeof *c->starting);
  c->told = lac_alloc(p * sizeof *c->told);
  c->lengths = lac_alloc(p * sizeof *c->lengths);
  c->offsets = lac_alloc(p * sizeof *c->offsets);
  if (!c->starting || !c->told || !c->lengths || !c->offsets)
    return LAC_ENOMEM;
  return crowded(c);
}

void lac_comm_close(lac_comm *c)
{
  if (!c)
    return;
  if (c->mpi != MPI_COMM_NULL)
    MPI_Comm_free(&c->mpi);
  free(c->gathered);
  free(c->starting);
  free(c->told);
  free(c->lengths);
  free(c->offsets);
  free(c->padded);
  free(c);
}

int lac_comm_rank(const lac_comm *c) { return c->rank; }
int lac_comm_size(const lac_comm *c) { return c->size; }
uint64_t lac_comm_bytes(const lac_comm *c) { return c->bytes; }

void lac_comm_version(char text[static 128])
{
  char all[MPI_MAX_LIBRARY_VERSION_STRING];
  int length;
  MPI_Get_library_version(all, &length);
  size_t line = strcspn(all, "\n");
  line = line < 127 ? line : 127;
  for (size_t i = 0; i < line; i++)
    text[i] = all[i] == '\t' ? ' ' : all[i];
  text[line] = 0;
}

int lac_comm_bcast(lac_comm *c, void *bytes, size_t count)
{
  if (c->size == 1)
    return LAC_OK;
  for (size_t at = 0; at < count; at += INT_MAX) {
    size_t part = count - at < INT_MAX ? count - at : INT_MAX;
    MPI_Request request;
    LAC_TRY(finish(c, MPI_Ibcast((char *)bytes + at, (int)part, MPI_BYTE, 0, c->mpi, &request), &request));
  }
  c->bytes += c->rank == 0 ? count : 0;
  return LAC_OK;
}

int lac_comm_allgather(lac_comm *c, const void *mine, size_t count, void *all)
{
  MPI_Request request;
  if (c->size == 1) {
    memcpy(all, mine, count);
    return LAC_OK;
  }
  if (count > INT_MAX)
    return lac_fail(LAC_EMPI, "%zu bytes a rank are too many to gather at once", count);
  c->bytes += count;
  return finish(c, MPI_Iallgather(mine, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, c->mpi, &request), &request);
}

/* Counts of MPI are ints, so lengths go in words of 8 bytes: up to 16 GiB arrive on rank 0 at once.  Every rank plans
   alike, so all know when rank 0 needs more memory and only then ask whether it got it. */
static int plan_gather(lac_comm *c, size_t mine)
{
  size_t words = 0;
  for (int r = 0; r < c->size; r++) {
    size_t length = (size_t)(c->told[r].count + 7) / 8;
    if (words + length > INT_MAX)
      return lac_fail(LAC_EMPI, "the messages of one round exceed 16 GiB; use fewer clients or more compression");
    c->lengths[r] = (int)length;
    c->offsets[r] = (int)words;
    c->starting[r] = words * 8;
    words += length;
  }
  c->starting[c->size] = words * 8;
  if (words <= c->planned)
    return LAC_OK;
  c->planned = words + words / 2;
  int status = lac_grow(&c->padded, &c->padded_cap, (mine + 7) / 8 + c->planned / 4, 8);
  if (status == LAC_OK && c->rank == 0)
    status = lac_grow(&c->gathered, &c->cap, c->planned * 8, 1);
  return lac_comm_agree(c, status);
}

int lac_comm_gather(lac_comm *c, int status, const void *mine, size_t count, const uint8_t **all, const size_t **starting)
{
  MPI_Request request;
  *all = NULL;
  *starting = c->starting;
  if (c->size == 1) {
    *all = mine;
    c->starting[1] = count;
    return status;
  }
  lac_told told = { .status = (uint64_t)status, .count = count };
  LAC_TRY(lac_comm_allgather(c, &told, sizeof told, c->told));
  for (int r = 0; r < c->size; r++)
    if (c->told[r].status != LAC_OK)
      return lac_comm_agree(c, status);
  LAC_TRY(plan_gather(c, count));
  LAC_TRY(lac_grow(&c->padded, &c->padded_cap, (count + 7) / 8, 8));
  if (count)
    memcpy(c->padded, mine, count);
  c->bytes += count;
  LAC_TRY(finish(c, MPI_Igatherv(c->padded, (int)((count + 7) / 8), MPI_UINT64_T, c->gathered, c->lengths, c->offsets,
                                 MPI_UINT64_T, 0, c->mpi, &request), &request));
  *all = c->rank == 0 ? c->gathered : NULL;
  return LAC_OK;
}

int lac_comm_agree(lac_comm *c, int status)
{
  if (c->size == 1)
    return status;
  struct { int status, rank; } mine = { status, c->rank }, worst;
  MPI_Request request;
  LAC_TRY(finish(c, MPI_Iallreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, c->mpi, &request), &request));
  if (worst.status == LAC_OK)
    return LAC_OK;
  char sentence[1024] = "";
  memcpy(sentence, lac_error(), strnlen(lac_error(), sizeof sentence - 1));
  LAC_TRY(finish(c, MPI_Ibcast(sentence, sizeof sentence, MPI_CHAR, worst.rank, c->mpi, &request), &request));
  return lac_fail(worst.status, "%s", sentence);
}

int lac_comm_same(lac_comm *c, const char *what, const char *text)
{
  uint64_t here = XXH3_64bits(text, strlen(text)), first = here;
  LAC_TRY(lac_comm_bcast(c, &first, sizeof first));
  return lac_comm_agree(c, here == first ? LAC_OK :
                        lac_fail(LAC_EUSER, "rank %d has other %s than rank 0; start all ranks with the same command", c->rank, what));
}

void lac_comm_clients(const lac_comm *c, uint32_t n, int rank, uint32_t *first, uint32_t *last)
{
  *first = (uint32_t)((uint64_t)n * (uint64_t)rank / (uint64_t)c->size);
  *last = (uint32_t)((uint64_t)n * (uint64_t)(rank + 1) / (uint64_t)c->size);
}
