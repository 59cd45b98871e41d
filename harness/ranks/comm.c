#include "ranks/inside.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#include "ranks/simulated.h"      /* behind MPI's own declarations */

/* What small messages of all ranks may take when they travel with what is told: of one rank, and of all. */
enum { SMALL = 4096, SMALL_IN_ALL = 16384 };

int lac_mpi_check(int mpi_status)
{
  if (mpi_status == MPI_SUCCESS)
    return LAC_OK;
  char text[MPI_MAX_ERROR_STRING];
  int length;
  MPI_Error_string(mpi_status, text, &length);
  return lac_fail(LAC_EMPI, "MPI: %s", text);
}

/* Let others have the core.  Who yields for long competes with all that compute here, and gets the core back late; who has slept gets it at
   once. */
static void step_aside(unsigned times)
{
  enum { YIELDS = 200, NANOSECONDS = 5000 };
  if (times < YIELDS)
    sched_yield();
  else
    nanosleep(&(struct timespec){ .tv_nsec = NANOSECONDS }, NULL);
}

/* With more ranks than cores a busy wait would keep the others from working. */
static int wait_politely(MPI_Request *request, MPI_Status *about)
{
  int done = 0;
  for (unsigned times = 0;; times++) {
    LAC_TRY(lac_mpi_check(MPI_Test(request, &done, about)));
    if (done)
      return LAC_OK;
    step_aside(times);
  }
}

static int finish(lac_comm *c, MPI_Request *request, MPI_Status *about)
{
  return c->polite ? wait_politely(request, about) : lac_mpi_check(MPI_Wait(request, about));
}

int lac_mpi_finish(lac_comm *c, int mpi_status, int count, MPI_Request *request)
{
  double start = lac_seconds();
  LAC_TRY(lac_mpi_check(mpi_status));
  for (int i = 0; i < count; i++)
    LAC_TRY(finish(c, &request[i], MPI_STATUS_IGNORE));
  c->traffic->waited += lac_seconds() - start;
  return LAC_OK;
}

int lac_mpi_finish_about(lac_comm *c, MPI_Request *request, MPI_Status *about)
{
  double start = lac_seconds();
  LAC_TRY(finish(c, request, about));
  c->traffic->waited += lac_seconds() - start;
  return LAC_OK;
}

static int count_wait(lac_comm *c, double start, int mpi_status)
{
  c->traffic->waited += lac_seconds() - start;
  return lac_mpi_check(mpi_status);
}

/* The collectives of a round.  MPI waits in itself in half the time that a small one takes when it is begun first. */
static int broadcast(lac_comm *c, void *bytes, int count)
{
  MPI_Request request;
  if (c->polite)
    return lac_mpi_finish(c, MPI_Ibcast(bytes, count, MPI_BYTE, 0, c->mpi, &request), 1, &request);
  double start = lac_seconds();
  return count_wait(c, start, MPI_Bcast(bytes, count, MPI_BYTE, 0, c->mpi));
}

static int gather_for_all(lac_comm *c, const void *mine, int count, void *all)
{
  MPI_Request request;
  if (c->polite)
    return lac_mpi_finish(c, MPI_Iallgather(mine, count, MPI_BYTE, all, count, MPI_BYTE, c->mpi, &request), 1, &request);
  double start = lac_seconds();
  return count_wait(c, start, MPI_Allgather(mine, count, MPI_BYTE, all, count, MPI_BYTE, c->mpi));
}

/* As it is planned, to c->gathered. */
static int gather_words(lac_comm *c, const void *mine, int count)
{
  MPI_Request request;
  if (c->polite)
    return lac_mpi_finish(c, MPI_Igatherv(mine, count, MPI_UINT64_T, c->gathered, c->lengths, c->offsets, MPI_UINT64_T, 0, c->mpi,
                                          &request), 1, &request);
  double start = lac_seconds();
  return count_wait(c, start, MPI_Gatherv(mine, count, MPI_UINT64_T, c->gathered, c->lengths, c->offsets, MPI_UINT64_T, 0, c->mpi));
}

/* The cores of this machine that its ranks may use, all together: where each is bound to one of its own, as many as ranks. */
static int count_cores(lac_comm *c)
{
  MPI_Comm node;
  cpu_set_t own, all;
  if (lac_simulated()) {      /* they share the memory of this machine, and nobody waits for a core */
    c->here = c->cores = c->size;
    return LAC_OK;
  }
  CPU_ZERO(&own);
  LAC_TRY(lac_mpi_check(MPI_Comm_split_type(c->mpi, MPI_COMM_TYPE_SHARED, c->rank, MPI_INFO_NULL, &node)));
  MPI_Comm_size(node, &c->here);
  int known = sched_getaffinity(0, sizeof own, &own) == 0;
  int status = lac_mpi_check(MPI_Allreduce(&own, &all, sizeof own, MPI_BYTE, MPI_BOR, node));
  MPI_Comm_free(&node);
  c->cores = known && status == LAC_OK ? CPU_COUNT(&all) : c->here;
  c->polite = c->here > c->cores || getenv("LACONIC_OVERSUBSCRIBE");
  return status;
}

static size_t most_beside(const lac_comm *c)
{
  size_t each = SMALL_IN_ALL / (size_t)c->size / 8 * 8;
  return c->size == 1 ? 0 : each < SMALL ? each : SMALL;
}

static int make_tables(lac_comm *c, int rank, int size)
{
  size_t p = (size_t)size;
  c->rank = rank;
  c->size = size;
  c->traffic = &c->other;
  c->here = c->cores = 1;
  c->starting = lac_alloc((p + 1) * sizeof *c->starting);
  c->told = lac_alloc(p * sizeof *c->told);
  c->sent = lac_alloc(sizeof *c->told + most_beside(c));
  c->came = lac_alloc(p * (sizeof *c->told + most_beside(c)));
  c->lengths = lac_alloc(p * sizeof *c->lengths);
  c->offsets = lac_alloc(p * sizeof *c->offsets);
  return c->starting && c->told && c->sent && c->came && c->lengths && c->offsets ? LAC_OK : LAC_ENOMEM;
}

static int open_over(MPI_Comm ranks, lac_comm **out)
{
  lac_comm *c = *out = lac_alloc(sizeof *c);
  if (!c)
    return LAC_ENOMEM;
  c->mpi = MPI_COMM_NULL;
  c->idle = MPI_REQUEST_NULL;
  c->word = MPI_REQUEST_NULL;
  LAC_TRY(lac_mpi_check(MPI_Comm_dup(ranks, &c->mpi)));
  MPI_Comm_set_errhandler(c->mpi, MPI_ERRORS_RETURN);
  int rank, size;
  MPI_Comm_rank(c->mpi, &rank);
  MPI_Comm_size(c->mpi, &size);
  LAC_TRY(make_tables(c, rank, size));
  return count_cores(c);
}

int lac_comm_open(lac_comm **out) { return open_over(MPI_COMM_WORLD, out); }

/* With one rank nothing here calls MPI. */
static int open_without_mpi(lac_comm **out)
{
  lac_comm *c = *out = lac_alloc(sizeof *c);
  if (!c)
    return LAC_ENOMEM;
  cpu_set_t own;
  c->mpi = MPI_COMM_NULL;
  c->idle = c->word = MPI_REQUEST_NULL;
  LAC_TRY(make_tables(c, 0, 1));
  c->cores = sched_getaffinity(0, sizeof own, &own) == 0 ? CPU_COUNT(&own) : 1;
  return LAC_OK;
}

int lac_comm_open_alone(lac_comm **out)
{
  int started;
  MPI_Initialized(&started);      /* may be asked before MPI_Init */
  return started ? open_over(MPI_COMM_SELF, out) : open_without_mpi(out);
}

int lac_comm_split(lac_comm *c, int number, lac_comm **out)
{
  MPI_Comm ranks;
  *out = NULL;
  if (c->mpi == MPI_COMM_NULL)
    return open_without_mpi(out);
  LAC_TRY(lac_mpi_check(MPI_Comm_split(c->mpi, number, c->rank, &ranks)));
  int status = open_over(ranks, out);
  MPI_Comm_free(&ranks);
  LAC_TRY(status);
  (*out)->polite |= c->polite;
  return c->rank || (*out)->size == c->size ? LAC_OK : lac_mpi_check(MPI_Irecv(NULL, 0, MPI_BYTE, 0, 0, (*out)->mpi, &(*out)->idle));
}

void lac_comm_close(lac_comm *c)
{
  if (!c)
    return;
  if (c->idle != MPI_REQUEST_NULL) {
    MPI_Cancel(&c->idle);
    MPI_Wait(&c->idle, MPI_STATUS_IGNORE);
  }
  if (c->mpi != MPI_COMM_NULL)
    MPI_Comm_free(&c->mpi);
  while (c->flights)
    lac_flight_free(c->flying[--c->flights]);
  while (c->spares)
    lac_flight_free(c->spare[--c->spares]);
  free(c->gathered);
  free(c->starting);
  free(c->told);
  free(c->sent);
  free(c->came);
  free(c->lengths);
  free(c->offsets);
  free(c->padded);
  free(c);
}

int lac_comm_rank(const lac_comm *c) { return c->rank; }
int lac_comm_size(const lac_comm *c) { return c->size; }
int lac_comm_here(const lac_comm *c) { return c->here; }
int lac_comm_cores(const lac_comm *c) { return c->cores; }
const lac_traffic *lac_comm_traffic(const lac_comm *c) { return &c->other; }
void lac_comm_native(const lac_comm *c, void *mpi) { *(MPI_Comm *)mpi = c->mpi; }
void lac_comm_raise(lac_comm *c) { c->raising = c->raised = 1; }
int lac_comm_raised(const lac_comm *c) { return c->raised != 0; }

int lac_comm_hear(lac_comm *c, uint64_t *word)
{
  if (c->word != MPI_REQUEST_NULL)
    LAC_TRY(lac_mpi_finish(c, MPI_SUCCESS, 1, &c->word));
  *word = c->heard;
  c->heard = 0;
  return LAC_OK;
}

int lac_comm_say(lac_comm *c, uint64_t word)
{
  if (c->size == 1) {
    c->heard = word;
    return LAC_OK;
  }
  c->said = word;
  return lac_mpi_check(MPI_Iallreduce(&c->said, &c->heard, 1, MPI_UINT64_T, MPI_MAX, c->mpi, &c->word));
}

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
    LAC_TRY(broadcast(c, (char *)bytes + at, (int)part));
  }
  c->traffic->bytes += c->rank == 0 ? count * (size_t)(c->size - 1) : 0;
  return LAC_OK;
}

int lac_comm_allgather(lac_comm *c, const void *mine, size_t count, void *all)
{
  if (c->size == 1) {
    memcpy(all, mine, count);
    return LAC_OK;
  }
  if (count > INT_MAX)
    return lac_fail(LAC_EMPI, "%zu bytes a rank are too many to gather at once", count);
  c->traffic->bytes += count * (size_t)(c->size - 1);
  return gather_for_all(c, mine, (int)count, all);
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

/* What every rank tells goes to all, and with it, where messages are small, the message itself: as many bytes as the longest had the last
   time, which all ranks know. */
static int tell(lac_comm *c, lac_told told, const void *mine)
{
  size_t block = sizeof told + c->beside, beside = told.count < c->beside ? told.count : c->beside;
  memcpy(c->sent, &told, sizeof told);
  if (beside)
    memcpy(c->sent + sizeof told, mine, beside);
  LAC_TRY(lac_comm_allgather(c, c->sent, block, c->came));
  for (int r = 0; r < c->size; r++) {
    memcpy(&c->told[r], c->came + (size_t)r * block, sizeof told);
    c->raised |= c->told[r].raised;
  }
  return LAC_OK;
}

static size_t longest_message(const lac_comm *c)
{
  size_t longest = 0;
  for (int r = 0; r < c->size; r++)
    longest = c->told[r].count > longest ? c->told[r].count : longest;
  return (longest + 7) / 8 * 8;
}

/* Rank 0: what came beside, where plan_gather wants it. */
static void lay_out(lac_comm *c)
{
  size_t block = sizeof *c->told + c->beside;
  for (int r = 0; r < c->size; r++)
    if (c->told[r].count)
      memcpy(c->gathered + c->starting[r], c->came + (size_t)r * block + sizeof *c->told, c->told[r].count);
}

static int send_alone(lac_comm *c, const void *mine, size_t count)
{
  LAC_TRY(lac_grow(&c->padded, &c->padded_cap, (count + 7) / 8, 8));
  if (count)
    memcpy(c->padded, mine, count);
  c->traffic->bytes += c->rank ? count : 0;
  return gather_words(c, c->padded, (int)((count + 7) / 8));
}

int lac_comm_gather(lac_comm *c, int status, const void *mine, size_t count, const uint8_t **all, const size_t **starting)
{
  *all = NULL;
  *starting = c->starting;
  if (c->size == 1) {
    *all = mine;
    c->starting[1] = count;
    return status;
  }
  LAC_TRY(tell(c, (lac_told){ (uint32_t)status, c->raising, (uint32_t)c->rank, 0, count, c->computed }, mine));
  for (int r = 0; r < c->size; r++)
    if (c->told[r].status != LAC_OK)
      return lac_comm_agree(c, status);
  LAC_TRY(plan_gather(c, count));
  size_t longest = longest_message(c);
  if (longest > c->beside)
    LAC_TRY(send_alone(c, mine, count));
  else if (c->rank == 0)
    lay_out(c);
  c->beside = longest <= most_beside(c) ? longest : 0;
  *all = c->rank == 0 ? c->gathered : NULL;
  return LAC_OK;
}

void lac_comm_progress(lac_comm *c)
{
  int never, heard;
  if (c->idle != MPI_REQUEST_NULL)
    MPI_Test(&c->idle, &never, MPI_STATUS_IGNORE);
  if (c->word != MPI_REQUEST_NULL)
    MPI_Test(&c->word, &heard, MPI_STATUS_IGNORE);      /* lac_comm_hear reports an error */
  for (int i = 0; i < c->flights; i++)
    lac_flight_advance(c->flying[i]);      /* ... and lac_exchange_land does */
}

int lac_comm_agree(lac_comm *c, int status)
{
  if (c->size == 1)
    return status;
  struct { int status, rank; } mine = { status, c->rank }, worst;
  MPI_Request request;
  LAC_TRY(lac_mpi_finish(c, MPI_Iallreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, c->mpi, &request), 1, &request));
  if (worst.status == LAC_OK)
    return LAC_OK;
  char sentence[1024] = "";
  memcpy(sentence, lac_error(), strnlen(lac_error(), sizeof sentence - 1));
  LAC_TRY(lac_mpi_finish(c, MPI_Ibcast(sentence, sizeof sentence, MPI_CHAR, worst.rank, c->mpi, &request), 1, &request));
  return lac_fail(worst.status, "%s", sentence);
}

int lac_comm_same(lac_comm *c, const char *what, const char *text)
{
  uint64_t here = XXH3_64bits(text, strlen(text)), first = here;
  LAC_TRY(lac_comm_bcast(c, &first, sizeof first));
  return lac_comm_agree(c, here == first ? LAC_OK :
                        lac_fail(LAC_EUSER, "rank %d has other %s than rank 0; start all ranks with the same command", c->rank, what));
}

void lac_comm_serve_apart(lac_comm *c, int ranks) { c->apart = ranks < c->size ? ranks : c->size - 1; }

void lac_comm_clients(const lac_comm *c, uint32_t n, int rank, uint32_t *first, uint32_t *last)
{
  uint64_t hosts = (uint64_t)(c->size - c->apart), host = rank < c->apart ? 0 : (uint64_t)(rank - c->apart);
  *first = (uint32_t)(n * host / hosts);
  *last = rank < c->apart ? 0 : (uint32_t)(n * (host + 1) / hosts);
}

/* ---- the end ---- */

static volatile sig_atomic_t exit_status;

static void leave(int signal)
{
  (void)signal;
  _exit(exit_status);
}

/* MPICH 4.0 closes every connection of UCX with this call before its ranks meet for the last time.  Over TCP it waits for an answer of
   the other end, which never comes from one that has closed before (five ranks on two hosts, now and then).  All ranks have met already
   when they get here, so nothing is under way: the process's end closes the connections, and this takes the place of UCX's function. */
void *ucp_disconnect_nb(void *connection);
void *ucp_disconnect_nb(void *connection)
{
  (void)connection;
  return NULL;      /* done */
}

/* Whatever else MPI_Finalize may wait for, it does not wait for ever. */
void lac_comm_finalize(int status)
{
  enum { PATIENCE = 5 };      /* seconds */
  MPI_Barrier(MPI_COMM_WORLD);
  exit_status = status;
  sigaction(SIGALRM, &(struct sigaction){ .sa_handler = leave }, NULL);
  alarm(lac_simulated() ? 0 : PATIENCE);      /* of seconds that are not simulated */
  MPI_Finalize();
  alarm(0);
}
