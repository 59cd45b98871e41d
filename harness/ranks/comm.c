#include "ranks/comm.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

typedef struct { uint32_t status, raised; uint64_t count; } lac_told;

/* What small messages of all ranks may take when they travel with what is told: of one rank, and of all. */
enum { SMALL = 4096, SMALL_IN_ALL = 16384 };

struct lac_flight {
  MPI_Request request;
  size_t words;                /* room */
  double posted, arrived;      /* arrived: 0 until it is seen */
  uint64_t *mine;
  uint8_t *all;                /* rank 0; with one rank, mine */
  size_t *starting;            /* size + 1 */
  int *lengths, *offsets;      /* in words */
};

struct lac_comm {
  lac_flight *flying[LAC_FLIGHTS], *spare[LAC_FLIGHTS];
  int flights, spares, blocking;
  double under_way, waited;
  MPI_Comm mpi;
  int rank, size, here;
  MPI_Request idle;            /* of a rank that others may want something of while its part of them is busy: it never ends */
  int cores;                   /* of this machine, that they may use */
  int polite;                  /* more ranks than cores, or so we are told: yield while waiting */
  uint32_t raising, raised;    /* what this rank says; what it has heard */
  uint64_t said, heard;
  MPI_Request word;            /* from said to heard */
  uint64_t bytes;
  uint8_t *gathered;           /* rank 0 */
  size_t cap;
  size_t *starting;            /* size + 1 */
  lac_told *told;              /* size */
  size_t beside;               /* bytes of a rank that travel with what it tells: as many as the longest had the last time, or none */
  uint8_t *sent, *came;        /* told and these bytes: of this rank, of all */
  size_t planned;              /* words that rank 0 has room for */
  int *lengths, *offsets;      /* size, in words of 8 bytes */
  uint64_t *padded;            /* this rank's bytes, rounded up to words */
  size_t padded_cap;
};

static int check_mpi(int mpi_status)
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

/* Wait for a request; with more ranks than cores a busy wait would keep the others from working. */
static int finish_request(lac_comm *c, int mpi_status, MPI_Request *request)
{
  LAC_TRY(check_mpi(mpi_status));
  if (!c->polite)
    return check_mpi(MPI_Wait(request, MPI_STATUS_IGNORE));
  int done = 0;
  for (unsigned times = 0;; times++) {
    LAC_TRY(check_mpi(MPI_Test(request, &done, MPI_STATUS_IGNORE)));
    if (done)
      return LAC_OK;
    step_aside(times);
  }
}

/* The collectives of a round.  MPI waits in itself in half the time that a small one takes when it is begun first. */
static int broadcast(lac_comm *c, void *bytes, int count)
{
  MPI_Request request;
  return c->polite ? finish_request(c, MPI_Ibcast(bytes, count, MPI_BYTE, 0, c->mpi, &request), &request)
                   : check_mpi(MPI_Bcast(bytes, count, MPI_BYTE, 0, c->mpi));
}

static int gather_for_all(lac_comm *c, const void *mine, int count, void *all)
{
  MPI_Request request;
  return c->polite ? finish_request(c, MPI_Iallgather(mine, count, MPI_BYTE, all, count, MPI_BYTE, c->mpi, &request), &request)
                   : check_mpi(MPI_Allgather(mine, count, MPI_BYTE, all, count, MPI_BYTE, c->mpi));
}

/* As it is planned, to c->gathered. */
static int gather_words(lac_comm *c, const void *mine, int count)
{
  MPI_Request request;
  return c->polite ? finish_request(c, MPI_Igatherv(mine, count, MPI_UINT64_T, c->gathered, c->lengths, c->offsets, MPI_UINT64_T, 0, c->mpi,
                                                    &request), &request)
                   : check_mpi(MPI_Gatherv(mine, count, MPI_UINT64_T, c->gathered, c->lengths, c->offsets, MPI_UINT64_T, 0, c->mpi));
}

/* The cores of this machine that its ranks may use, all together: where each is bound to one of its own, as many as ranks. */
static int count_cores(lac_comm *c)
{
  MPI_Comm node;
  cpu_set_t own, all;
  CPU_ZERO(&own);
  LAC_TRY(check_mpi(MPI_Comm_split_type(c->mpi, MPI_COMM_TYPE_SHARED, c->rank, MPI_INFO_NULL, &node)));
  MPI_Comm_size(node, &c->here);
  int known = sched_getaffinity(0, sizeof own, &own) == 0;
  int status = check_mpi(MPI_Allreduce(&own, &all, sizeof own, MPI_BYTE, MPI_BOR, node));
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
  LAC_TRY(check_mpi(MPI_Comm_dup(ranks, &c->mpi)));
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
  LAC_TRY(check_mpi(MPI_Comm_split(c->mpi, number, c->rank, &ranks)));
  int status = open_over(ranks, out);
  MPI_Comm_free(&ranks);
  LAC_TRY(status);
  (*out)->polite |= c->polite;
  return c->rank || (*out)->size == c->size ? LAC_OK : check_mpi(MPI_Irecv(NULL, 0, MPI_BYTE, 0, 0, (*out)->mpi, &(*out)->idle));
}

static void free_flight(lac_flight *f);

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
    free_flight(c->flying[--c->flights]);
  while (c->spares)
    free_flight(c->spare[--c->spares]);
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
uint64_t lac_comm_bytes(const lac_comm *c) { return c->bytes; }
void lac_comm_native(const lac_comm *c, void *mpi) { *(MPI_Comm *)mpi = c->mpi; }
void lac_comm_raise(lac_comm *c) { c->raising = c->raised = 1; }
int lac_comm_raised(const lac_comm *c) { return c->raised != 0; }

int lac_comm_hear(lac_comm *c, uint64_t *word)
{
  if (c->word != MPI_REQUEST_NULL)
    LAC_TRY(finish_request(c, MPI_SUCCESS, &c->word));
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
  return check_mpi(MPI_Iallreduce(&c->said, &c->heard, 1, MPI_UINT64_T, MPI_MAX, c->mpi, &c->word));
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
  c->bytes += c->rank == 0 ? count : 0;
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
  c->bytes += count;
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
  c->bytes += count;
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
  LAC_TRY(tell(c, (lac_told){ .status = (uint32_t)status, .raised = c->raising, .count = count }, mine));
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

/* ---- flights ---- */

static void free_flight(lac_flight *f)
{
  if (!f)
    return;
  if (f->all != (uint8_t *)f->mine)
    free(f->all);
  free(f->mine);
  free(f->starting);
  free(f->lengths);
  free(f->offsets);
  free(f);
}

/* Room for `words` in all on rank 0, and as much for one rank's own. */
static lac_flight *make_flight(const lac_comm *c, size_t words)
{
  size_t p = (size_t)c->size;
  lac_flight *f = lac_alloc(sizeof *f);
  if (!f)
    return NULL;
  f->words = words;
  f->starting = lac_alloc((p + 1) * sizeof *f->starting);
  f->lengths = lac_alloc(p * sizeof *f->lengths);
  f->offsets = lac_alloc(p * sizeof *f->offsets);
  f->mine = lac_alloc(words * 8);
  f->all = p == 1 ? (uint8_t *)f->mine : c->rank == 0 ? lac_alloc(words * 8) : NULL;
  if (f->starting && f->lengths && f->offsets && f->mine && (f->all || c->rank))
    return f;
  free_flight(f);
  return NULL;
}

static void plan_flight(const lac_comm *c, lac_flight *f, const size_t *counts)
{
  size_t words = 0;
  for (int r = 0; r < c->size; r++) {
    f->lengths[r] = (int)((counts[r] + 7) / 8);
    f->offsets[r] = (int)words;
    f->starting[r] = words * 8;
    words += (size_t)f->lengths[r];
  }
  f->starting[c->size] = words * 8;
  f->request = MPI_REQUEST_NULL;
  f->posted = lac_seconds();
  f->arrived = c->size == 1 ? f->posted : 0;
}

/* One that has landed, if it is large enough, else a new one.  All ranks decide alike, so all know when memory is asked for. */
static int take_flight(lac_comm *c, const size_t *counts, lac_flight **out)
{
  size_t words = 0;
  for (int r = 0; r < c->size; r++)
    words += (counts[r] + 7) / 8;
  *out = c->spares ? c->spare[--c->spares] : NULL;
  if (*out && (*out)->words >= words)
    return LAC_OK;
  free_flight(*out);
  *out = words <= INT_MAX ? make_flight(c, words) : NULL;
  return lac_comm_agree(c, *out ? LAC_OK : lac_fail(LAC_ENOMEM, "no memory for a late message of %zu bytes", words * 8));
}

static int arrive(lac_comm *c, lac_flight *f)
{
  double start = lac_seconds();
  if (f->arrived != 0)
    return LAC_OK;
  LAC_TRY(finish_request(c, MPI_SUCCESS, &f->request));
  f->arrived = lac_seconds();
  c->waited += f->arrived - start;
  return LAC_OK;
}

void lac_comm_overlaps(lac_comm *c, int yes) { c->blocking = !yes; }

int lac_comm_post(lac_comm *c, lac_flight **out, const void *mine, const size_t *counts)
{
  if (c->flights == LAC_FLIGHTS)
    return lac_fail(LAC_EUSER, "more than %d late messages at a time; lower the lag", LAC_FLIGHTS);
  LAC_TRY(take_flight(c, counts, out));
  lac_flight *f = *out;
  plan_flight(c, f, counts);
  memcpy(f->mine, mine, counts[c->rank]);
  c->flying[c->flights++] = f;
  if (c->size == 1)
    return LAC_OK;
  c->bytes += counts[c->rank];
  LAC_TRY(check_mpi(MPI_Igatherv(f->mine, f->lengths[c->rank], MPI_UINT64_T, f->all, f->lengths, f->offsets, MPI_UINT64_T, 0, c->mpi,
                             &f->request)));
  return c->blocking ? arrive(c, f) : LAC_OK;
}

void lac_comm_release(lac_comm *c, lac_flight *f)
{
  if (c->spares < LAC_FLIGHTS)
    c->spare[c->spares++] = f;
  else
    free_flight(f);
}

const void *lac_comm_posted(const lac_flight *f) { return f->mine; }

void lac_comm_progress(lac_comm *c)
{
  int never;
  if (c->idle != MPI_REQUEST_NULL)
    MPI_Test(&c->idle, &never, MPI_STATUS_IGNORE);
  int heard;
  if (c->word != MPI_REQUEST_NULL)
    MPI_Test(&c->word, &heard, MPI_STATUS_IGNORE);      /* lac_comm_hear reports an error */
  for (int i = 0; i < c->flights; i++) {
    int done = 0;
    if (c->flying[i]->arrived == 0 && MPI_Test(&c->flying[i]->request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && done)
      c->flying[i]->arrived = lac_seconds();
  }
}

int lac_comm_land(lac_comm *c, lac_flight *f, const uint8_t **all, const size_t **starting)
{
  LAC_TRY(arrive(c, f));
  c->under_way += f->arrived - f->posted;
  memmove(c->flying, c->flying + 1, (size_t)--c->flights * sizeof *c->flying);
  *all = c->rank == 0 ? f->all : NULL;
  *starting = f->starting;
  return LAC_OK;
}

void lac_comm_overlap(const lac_comm *c, double *under_way, double *waited)
{
  *under_way = c->under_way;
  *waited = c->waited;
}

/* ---- the board ---- */

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
  LAC_TRY(check_mpi(MPI_Win_allocate(bytes, sizeof *b->number, MPI_INFO_NULL, c->mpi, &b->number, &b->window)));
  MPI_Win_set_errhandler(b->window, MPI_ERRORS_RETURN);
  if (bytes)
    memset(b->number, 0, (size_t)bytes);
  LAC_TRY(check_mpi(MPI_Win_lock_all(0, b->window)));
  LAC_TRY(check_mpi(MPI_Win_sync(b->window)));
  return lac_comm_agree(c, LAC_OK);      /* nobody adds to what is not yet 0 */
}

int lac_board_add(lac_board *b, size_t place, uint64_t amount, uint64_t *before)
{
  if (b->comm->size == 1) {
    *before = b->number[place];
    b->number[place] += amount;
    return LAC_OK;
  }
  LAC_TRY(check_mpi(MPI_Fetch_and_op(&amount, before, MPI_UINT64_T, 0, (MPI_Aint)place, MPI_SUM, b->window)));
  return check_mpi(MPI_Win_flush(0, b->window));
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

int lac_comm_agree(lac_comm *c, int status)
{
  if (c->size == 1)
    return status;
  struct { int status, rank; } mine = { status, c->rank }, worst;
  MPI_Request request;
  LAC_TRY(finish_request(c, MPI_Iallreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, c->mpi, &request), &request));
  if (worst.status == LAC_OK)
    return LAC_OK;
  char sentence[1024] = "";
  memcpy(sentence, lac_error(), strnlen(lac_error(), sizeof sentence - 1));
  LAC_TRY(finish_request(c, MPI_Ibcast(sentence, sizeof sentence, MPI_CHAR, worst.rank, c->mpi, &request), &request));
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
  alarm(PATIENCE);
  MPI_Finalize();
  alarm(0);
}
