/* The bytes of all ranks on their way up: memory, steps, and what is told with them. */
#include "ranks/inside.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

void lac_flight_free(lac_flight *f)
{
  if (!f)
    return;
  void *arrays[] = { f->most, f->planned, f->at, f->part, f->mine, f->room, f->request, f->lengths, f->offsets };
  for (size_t i = 0; i < LAC_COUNT(arrays); i++)
    free(arrays[i]);
  free(f);
}

static lac_flight *make_flight(lac_exchange *x)
{
  size_t p = (size_t)x->comm->size;
  lac_flight *f = lac_alloc(sizeof *f);
  if (!f)
    return NULL;
  f->x = x;
  f->most = lac_alloc(p * sizeof *f->most);
  f->planned = lac_alloc(p * sizeof *f->planned);
  f->at = lac_alloc((p + 1) * sizeof *f->at);
  f->part = lac_alloc(p * sizeof *f->part);
  f->request = lac_alloc(3 * p * sizeof *f->request);
  f->lengths = lac_alloc(p * sizeof *f->lengths);
  f->offsets = lac_alloc(p * sizeof *f->offsets);
  if (f->most && f->planned && f->at && f->part && f->request && f->lengths && f->offsets)
    return f;
  lac_flight_free(f);
  return NULL;
}

/* Room for what was planned before and these blocks. */
static int make_room(lac_flight *f)
{
  int mine = f->x->comm->rank;
  free(f->mine);
  free(f->room);
  f->mine = f->room = NULL;
  size_t *now = f->most;
  f->most = f->planned;
  size_t room = f->route->room(f);
  f->most = now;
  if (!(f->mine = lac_alloc(f->planned[mine] * 8)) || !(f->room = lac_alloc(room * 8)))
    return lac_fail(LAC_ENOMEM, "no memory for messages of %zu bytes", (f->planned[mine] + room) * 8);
  return LAC_OK;
}

/* Whether it has room for blocks of f->most words; all ranks see the same. */
static int has_room(lac_flight *f)
{
  int there = f->mine != NULL;
  for (int r = 0; r < f->x->comm->size; r++)
    if (f->most[r] > f->planned[r]) {
      f->planned[r] = f->most[r];
      there = 0;
    }
  return there;
}

static size_t words_in_all(const lac_flight *f)
{
  size_t words = 0;
  for (int r = 0; r < f->x->comm->size; r++)
    words += f->most[r];
  return words;
}

int lac_flight_take(lac_exchange *x, const lac_route *route, const size_t *bytes, lac_flight **out)
{
  lac_comm *c = x->comm;
  lac_flight *f = *out;
  if (!f) {
    f = *out = c->spares ? c->spare[--c->spares] : make_flight(x);
    LAC_TRY(lac_comm_agree(c, f ? LAC_OK : LAC_ENOMEM));
  }
  f->x = x;
  int other = f->route != route;
  f->route = route;
  for (int r = 0; r < c->size; r++)
    f->most[r] = LAC_TOLD_WORDS + (bytes[r] + 7) / 8;
  if (words_in_all(f) > INT_MAX)
    return lac_fail(LAC_EMPI, "the messages of one round may exceed 16 GiB; use fewer clients or more compression");
  return has_room(f) && !other ? LAC_OK : lac_comm_agree(c, make_room(f));
}

/* ---- steps ---- */

size_t lac_block_words(const uint64_t *block)
{
  lac_told told;
  memcpy(&told, block, sizeof told);
  return LAC_TOLD_WORDS + (size_t)(told.count + 7) / 8;
}

int lac_flight_send(lac_flight *f, int to, const uint64_t *words, size_t count)
{
  f->sent += 8 * count;
  return lac_mpi_check(MPI_Isend(words, (int)count, MPI_UINT64_T, to, f->tag, f->x->comm->mpi, &f->request[f->requests++]));
}

int lac_flight_receive(lac_flight *f, int from, uint64_t *words, size_t most)
{
  return lac_mpi_check(MPI_Irecv(words, (int)most, MPI_UINT64_T, from, f->tag, f->x->comm->mpi, &f->request[f->requests++]));
}

int lac_flight_arrived(lac_flight *f, const uint64_t *block)
{
  lac_told told;
  lac_exchange *x = f->x;
  memcpy(&told, block, sizeof told);
  if (told.rank >= (uint32_t)x->comm->size || LAC_TOLD_WORDS + (told.count + 7) / 8 > f->most[told.rank])
    return lac_fail(LAC_EMPI, "a message of rank %u that is longer than it may be", told.rank);
  f->part[told.rank] = (lac_rank_bytes){ (const uint8_t *)(block + LAC_TOLD_WORDS), (size_t)told.count };
  x->comm->raised |= told.raised;
  if ((int)told.status > f->failed)
    f->failed = (int)told.status;
  return LAC_OK;
}

static int start_step(lac_flight *f)
{
  f->requests = 0;
  f->over = f->x->comm->size == 1;
  if (!f->over)
    LAC_TRY(f->route->up(f));
  if (!f->over)
    return LAC_OK;
  f->arrived = lac_seconds();
  return f->x->comm->rank < f->route->servers(f->x) ? lac_flight_arrived(f, f->mine) : LAC_OK;
}

int lac_flight_begin(lac_flight *f, int status, const void *mine, size_t count)
{
  lac_exchange *x = f->x;
  lac_comm *c = x->comm;
  count = status == LAC_OK ? count : 0;
  x->comm->computed = lac_seconds() - x->since;
  lac_told told = { (uint32_t)status, c->raising, (uint32_t)c->rank, 0, count, x->comm->computed };
  if (LAC_TOLD_WORDS + (count + 7) / 8 > f->most[c->rank])
    return lac_fail(LAC_EBUG, "a message of %zu bytes, which is longer than it was said to be", count);
  memcpy(f->mine, &told, sizeof told);
  if (count) {
    f->mine[LAC_TOLD_WORDS + (count + 7) / 8 - 1] = 0;
    memcpy(f->mine + LAC_TOLD_WORDS, mine, count);
  }
  f->tag = 1 + (int)(x->flights++ % (4 * LAC_FLIGHTS));
  f->step = 0;
  f->over = 0;
  f->sent = 0;
  f->failed = LAC_OK;
  f->posted = lac_seconds();
  f->arrived = 0;
  return f->status = start_step(f);
}

static int next_step(lac_flight *f)
{
  f->step++;
  return f->status = start_step(f);
}

/* Whether all messages of this step have gone and come. */
static int step_done(lac_flight *f)
{
  int done = 1;
  for (int i = 0; i < f->requests && done && f->status == LAC_OK; i++)
    f->status = lac_mpi_check(MPI_Test(&f->request[i], &done, MPI_STATUS_IGNORE));
  return done && f->status == LAC_OK;
}

void lac_flight_advance(lac_flight *f)
{
  while (!f->over && f->status == LAC_OK && step_done(f))
    next_step(f);
}

int lac_flight_finish(lac_flight *f)
{
  while (!f->over && f->status == LAC_OK) {
    LAC_TRY(lac_mpi_finish(f->x->comm, MPI_SUCCESS, f->requests, f->request));
    next_step(f);
  }
  return f->status;
}
