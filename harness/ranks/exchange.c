#include "ranks/inside.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- open ---- */

static int find_route(const char *text, const lac_route **route)
{
  const char *near = NULL;
  size_t length = strcspn(text, ":");
  char name[32];
  snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), text);
  *route = lac_routes;
  if (strcmp(text, "auto") == 0)
    return LAC_OK;
  for (; (*route)->name; ++*route) {
    if (strcmp((*route)->name, name) == 0)
      return LAC_OK;
    near = lac_nearer(name, near, (*route)->name);
  }
  return near ? lac_fail(LAC_EUSER, "--exchange: there is no '%s'; did you mean %s?", name, near)
              : lac_fail(LAC_EUSER, "--exchange: there is no '%s'; take auto, collective, star, allgather, ring, tree or shards", name);
}

int lac_exchange_open(lac_exchange **out, lac_comm *c, const char *text, int own, int overlaps)
{
  lac_exchange *x = *out = lac_alloc(sizeof *x);
  if (!x)
    return LAC_ENOMEM;
  x->comm = c;
  x->overlaps = overlaps;
  x->since = lac_seconds();
  lac_comm_serve_apart(c, 0);
  LAC_TRY(find_route(text, &x->route));
  LAC_TRY(lac_spec_parse(&x->spec, "--exchange", strcmp(text, "auto") ? text : x->route->name, x->route->options, x->route->params_size));
  if (own && x->route->serves_all)
    return lac_fail(LAC_EUSER, "--server=own: with --exchange=%s every rank is a server; leave --server out", x->route->name);
  x->servers = x->route->servers(x);
  if (own)
    lac_comm_serve_apart(c, x->servers);
  x->part = lac_alloc((size_t)c->size * sizeof *x->part);
  x->request = lac_alloc((size_t)c->size * sizeof *x->request);
  return x->part && x->request ? LAC_OK : LAC_ENOMEM;
}

void lac_exchange_close(lac_exchange *x)
{
  if (!x)
    return;
  for (int i = 0; i < x->comm->flights; i++)      /* of a run that failed */
    x->comm->flying[i]->over = 1;
  lac_flight_free(x->now);
  lac_flight_free(x->row);
  lac_spec_free(&x->spec);
  free(x->part);
  free(x->request);
  free(x->ring.mine);
  free(x->ring.came);
  free(x);
}

const char *lac_exchange_text(const lac_exchange *x) { return x->spec.text; }
int lac_exchange_servers(const lac_exchange *x) { return x->servers; }
int lac_exchange_serves(const lac_exchange *x) { return x->comm->rank < x->servers; }
int lac_exchange_joins(const lac_exchange *x) { return x->route->together || x->comm->size == 1; }

int lac_exchange_copies(const lac_exchange *x)
{
  if (x->comm->size == 1)
    return 0;
  int collects = (int64_t)x->route->fanout(x) * x->comm->rank + 1 < x->comm->size;      /* in a tree, of which a star is one */
  return lac_exchange_serves(x) ? x->servers > 1 && !x->route->serves_all ? 2 : 1 : collects && !x->route->down;
}

int lac_exchange_failed(const lac_exchange *x) { return x->failed; }
const lac_traffic *lac_exchange_traffic(const lac_exchange *x, lac_purpose purpose) { return &x->traffic[purpose]; }
double lac_exchange_skew(const lac_exchange *x) { return x->skew; }

/* ---- who counts ---- */

static void count_for(lac_exchange *x, lac_purpose purpose) { x->comm->traffic = &x->traffic[purpose]; }

static int end_count(lac_exchange *x, int status)
{
  x->comm->traffic = &x->comm->other;
  x->since = lac_seconds();
  return status;
}

/* Of what was waited for the method since there were `before` seconds of it, how much was because another rank has computed for longer. */
static void count_skew(lac_exchange *x, double before, double longest)
{
  double waited = x->traffic[LAC_FOR_METHOD].waited - before, skew = longest - x->comm->computed;
  x->skew += skew < 0 ? 0 : skew < waited ? skew : waited;
}

/* ---- down ---- */

/* From the rank above, of which there is one but for rank 0, to those below. */
static int receive(lac_exchange *x, int from, void *bytes, size_t room, size_t *count)
{
  MPI_Status about;
  MPI_Request request;
  int came = 0;
  LAC_TRY(lac_mpi_check(MPI_Irecv(bytes, (int)room, MPI_BYTE, from, 0, x->comm->mpi, &request)));
  LAC_TRY(lac_mpi_finish_about(x->comm, &request, &about));
  MPI_Get_count(&about, MPI_BYTE, &came);
  *count = (size_t)came;
  return LAC_OK;
}

static int pass_down(lac_exchange *x, void *bytes, size_t count, size_t room)
{
  lac_comm *c = x->comm;
  int64_t k = x->route->fanout(x), first = k * c->rank + 1;
  int sent = 0, mpi_status = MPI_SUCCESS;
  if (c->rank)
    LAC_TRY(receive(x, (int)((c->rank - 1) / k), bytes, room, &count));
  for (int64_t r = first; r < first + k && r < c->size && mpi_status == MPI_SUCCESS; r++)
    mpi_status = MPI_Isend(bytes, (int)count, MPI_BYTE, (int)r, 0, c->mpi, &x->request[sent++]);
  c->traffic->bytes += count * (size_t)sent;
  return sent || mpi_status != MPI_SUCCESS ? lac_mpi_finish(c, mpi_status, sent, x->request) : LAC_OK;
}

int lac_exchange_tell(lac_exchange *x, lac_purpose purpose, void *bytes, size_t count, size_t room)
{
  if (x->comm->size == 1)
    return LAC_OK;
  count_for(x, purpose);
  return end_count(x, x->route->together ? lac_comm_bcast(x->comm, bytes, room) : pass_down(x, bytes, count, room));
}

static int down(lac_exchange *x, uint8_t *bytes, size_t count)
{
  for (size_t at = 0; at < count; at += INT_MAX) {
    size_t part = count - at < INT_MAX ? count - at : INT_MAX;
    LAC_TRY(x->route->down ? x->route->down(x, bytes + at, part) : pass_down(x, bytes + at, part, part));
  }
  return LAC_OK;
}

int lac_exchange_down(lac_exchange *x, lac_purpose purpose, void *bytes, size_t count)
{
  if (x->comm->size == x->servers)
    return LAC_OK;
  count_for(x, purpose);
  return end_count(x, x->route->together ? lac_comm_bcast(x->comm, bytes, count) : down(x, bytes, count));
}

int lac_exchange_share(lac_exchange *x, void *bytes, size_t count)
{
  lac_comm *c = x->comm;
  for (size_t at = 0; at < count && x->servers > 1 && c->rank < x->servers; at += INT_MAX) {
    int part = count - at < INT_MAX ? (int)(count - at) : INT_MAX, k = 0, mpi_status = MPI_SUCCESS;
    uint8_t *from = (uint8_t *)bytes + at;
    if (c->rank)
      mpi_status = MPI_Irecv(from, part, MPI_BYTE, 0, 0, c->mpi, &x->request[k++]);
    for (int r = 1; c->rank == 0 && r < x->servers && mpi_status == MPI_SUCCESS; r++)
      mpi_status = MPI_Isend(from, part, MPI_BYTE, r, 0, c->mpi, &x->request[k++]);
    LAC_TRY(lac_mpi_finish(c, mpi_status, k, x->request));
  }
  return LAC_OK;
}

/* ---- up ---- */

static double longest_time(const lac_exchange *x, const lac_told *told)
{
  double longest = 0;
  for (int r = 0; r < x->comm->size; r++)
    longest = told[r].computed > longest ? told[r].computed : longest;
  return longest;
}

/* Bytes and seconds of the trace's share. */
static void count_behind(lac_exchange *x, const lac_traffic *before, size_t count, size_t behind)
{
  lac_traffic *method = &x->traffic[LAC_FOR_METHOD], *trace = &x->traffic[LAC_FOR_TRACE];
  uint64_t bytes = count ? (uint64_t)((double)(method->bytes - before->bytes) * (double)behind / (double)count) : 0;
  double waited = count ? (method->waited - before->waited) * (double)behind / (double)count : 0;
  method->bytes -= bytes;
  trace->bytes += bytes;
  method->waited -= waited;
  trace->waited += waited;
}

static int gather_together(lac_exchange *x, int status, const void *mine, size_t count, size_t behind, const lac_rank_bytes **all)
{
  lac_comm *c = x->comm;
  const uint8_t *bytes;
  const size_t *starting;
  lac_traffic before = x->traffic[LAC_FOR_METHOD];
  c->computed = lac_seconds() - x->since;
  LAC_TRY(lac_comm_gather(c, status, mine, count, &bytes, &starting));
  count_behind(x, &before, count, behind);
  if (c->size > 1)
    count_skew(x, before.waited, longest_time(x, c->told));
  for (int r = 0; bytes && r < c->size; r++)
    x->part[r] = (lac_rank_bytes){ bytes + starting[r], starting[r + 1] - starting[r] };
  *all = bytes ? x->part : NULL;
  return LAC_OK;
}

/* The parts of all ranks, and what they told of themselves. */
static int take_parts(const lac_flight *f, const lac_rank_bytes **all)
{
  if (f->failed > f->x->failed)
    f->x->failed = f->failed;
  *all = f->x->comm->rank < f->route->servers(f->x) ? f->part : NULL;
  return LAC_OK;
}

static double longest_of_flight(const lac_flight *f)
{
  double longest = 0;
  const lac_rank_bytes *all;
  lac_told told;
  take_parts(f, &all);
  for (int r = 0; all && r < f->x->comm->size; r++) {
    memcpy(&told, all[r].bytes - sizeof told, sizeof told);
    longest = told.computed > longest ? told.computed : longest;
  }
  return longest;
}

/* The blocks of all, at once. */
static int fly(lac_exchange *x, const lac_route *route, lac_flight **f, int status, const void *mine, size_t count, const size_t *most)
{
  LAC_TRY(lac_flight_take(x, route, most, f));
  LAC_TRY(lac_flight_begin(*f, status, mine, count));
  LAC_TRY(lac_flight_finish(*f));
  x->comm->traffic->bytes += (*f)->sent;
  return LAC_OK;
}

static int gather_by_steps(lac_exchange *x, int status, const void *mine, size_t count, const size_t *most, const lac_rank_bytes **all)
{
  double before = x->traffic[LAC_FOR_METHOD].waited;
  LAC_TRY(fly(x, x->route, &x->now, status, mine, count, most));
  count_skew(x, before, longest_of_flight(x->now));
  return take_parts(x->now, all);
}

int lac_exchange_up(lac_exchange *x, int status, const void *mine, size_t count, size_t behind, const size_t *most,
                    const lac_rank_bytes **all)
{
  *all = NULL;
  count_for(x, LAC_FOR_METHOD);
  return end_count(x, lac_exchange_joins(x) ? gather_together(x, status, mine, count, behind, all)
                                            : gather_by_steps(x, status, mine, count, most, all));
}

int lac_exchange_row(lac_exchange *x, int status, const void *mine, const size_t *most, const lac_rank_bytes **all)
{
  *all = NULL;
  count_for(x, LAC_FOR_TRACE);
  LAC_TRY(end_count(x, fly(x, lac_route_star, &x->row, status, mine, most[x->comm->rank], most)));
  return take_parts(x->row, all);
}

/* ---- between clients ---- */

enum { TAG_OF_RING = 4 * LAC_FLIGHTS + 1 };      /* those of flights come before */

static int hosts(const lac_comm *c, uint32_t n, int rank)
{
  uint32_t first, last;
  lac_comm_clients(c, n, rank, &first, &last);
  return first < last;
}

/* The nearest rank that hosts clients, so many ranks further on at a time. */
static int next_host(const lac_comm *c, uint32_t n, int rank, int step)
{
  do
    rank = (rank + c->size + step) % c->size;
  while (!hosts(c, n, rank));
  return rank;
}

int lac_exchange_link(lac_exchange *x, uint32_t n, uint64_t most)
{
  const lac_comm *c = x->comm;
  lac_ring *g = &x->ring;
  int is_host = hosts(c, n, c->rank);
  g->first = next_host(c, n, c->size - 1, 1);
  g->to = is_host ? next_host(c, n, c->rank, 1) : -1;
  g->from = is_host ? next_host(c, n, c->rank, -1) : -1;
  if ((most + 63) / 64 > INT_MAX - LAC_TOLD_WORDS)
    return lac_fail(LAC_EUSER, "a message between clients may exceed 16 GiB; use a smaller problem or more clients");
  g->most = LAC_TOLD_WORDS + (size_t)((most + 63) / 64);
  if (!is_host || g->to == c->rank)
    return LAC_OK;
  g->mine = lac_alloc(g->most * 8);
  g->came = lac_alloc(g->most * 8);
  return g->mine && g->came ? LAC_OK : LAC_ENOMEM;
}

/* A block as of a flight, but that `count` is in bits. */
static size_t write_block(const lac_exchange *x, const lac_passed *m)
{
  uint64_t nbits = m->status == LAC_OK ? m->nbits : 0;
  size_t words = (size_t)((nbits + 63) / 64);
  lac_told told = { .status = (uint32_t)m->status, .rank = (uint32_t)x->comm->rank, .count = nbits, .computed = x->comm->computed };
  memcpy(x->ring.mine, &told, sizeof told);
  if (words)
    memcpy(x->ring.mine + LAC_TOLD_WORDS, m->bytes, words * 8);
  return LAC_TOLD_WORDS + words;
}

static int read_block(lac_exchange *x, double waited_before, lac_passed *came)
{
  lac_told told;
  memcpy(&told, x->ring.came, sizeof told);
  if (told.rank != (uint32_t)x->ring.from || LAC_TOLD_WORDS + (told.count + 63) / 64 > x->ring.most)
    return lac_fail(LAC_EMPI, "a message of rank %u that is longer than it may be, or not of rank %d", told.rank, x->ring.from);
  *came = (lac_passed){ told.status ? NULL : x->ring.came + LAC_TOLD_WORDS, told.count, (int)told.status };
  count_skew(x, waited_before, told.computed);
  return LAC_OK;
}

static int pass(lac_exchange *x, const lac_passed *mine, lac_passed *came)
{
  lac_comm *c = x->comm;
  lac_ring *g = &x->ring;
  MPI_Request request[2];
  double before = c->traffic->waited;
  c->computed = lac_seconds() - x->since;
  size_t words = write_block(x, mine);
  LAC_TRY(lac_mpi_check(MPI_Irecv(g->came, (int)g->most, MPI_UINT64_T, g->from, TAG_OF_RING, c->mpi, &request[0])));
  int mpi_status = MPI_Isend(g->mine, (int)words, MPI_UINT64_T, g->to, TAG_OF_RING, c->mpi, &request[1]);
  c->traffic->bytes += 8 * words;
  LAC_TRY(lac_mpi_finish(c, mpi_status, 2, request));
  return read_block(x, before, came);
}

int lac_exchange_pass(lac_exchange *x, const lac_passed *mine, lac_passed *came)
{
  *came = *mine;
  if (x->ring.to < 0 || x->ring.to == x->comm->rank)
    return LAC_OK;
  count_for(x, LAC_FOR_METHOD);
  return end_count(x, pass(x, mine, came));
}

int lac_exchange_bring(lac_exchange *x, void *bytes, size_t count)
{
  lac_comm *c = x->comm;
  int from = x->ring.first, status = LAC_OK;
  count_for(x, LAC_FOR_TRACE);
  for (size_t at = 0; at < count && from && (c->rank == 0 || c->rank == from) && status == LAC_OK; at += INT_MAX) {
    int part = count - at < INT_MAX ? (int)(count - at) : INT_MAX;
    uint8_t *piece = (uint8_t *)bytes + at;
    MPI_Request request;
    int mpi_status = c->rank ? MPI_Isend(piece, part, MPI_BYTE, 0, TAG_OF_RING, c->mpi, &request)
                             : MPI_Irecv(piece, part, MPI_BYTE, from, TAG_OF_RING, c->mpi, &request);
    c->traffic->bytes += c->rank ? (size_t)part : 0;
    status = lac_mpi_finish(c, mpi_status, 1, &request);
  }
  return end_count(x, status);
}

/* ---- late ---- */

int lac_exchange_post(lac_exchange *x, lac_flight **flight, int status, const void *mine, size_t count, const size_t *most)
{
  lac_comm *c = x->comm;
  *flight = NULL;
  if (c->flights == LAC_FLIGHTS)
    return lac_fail(LAC_EUSER, "more than %d late messages at a time; lower the lag", LAC_FLIGHTS);
  LAC_TRY(lac_flight_take(x, x->route, most, flight));
  c->flying[c->flights++] = *flight;
  LAC_TRY(lac_flight_begin(*flight, status, mine, count));
  if (x->overlaps)
    return LAC_OK;
  count_for(x, LAC_FOR_METHOD);
  return end_count(x, lac_flight_finish(*flight));
}

int lac_exchange_land(lac_exchange *x, lac_flight *f, const lac_rank_bytes **all)
{
  lac_comm *c = x->comm;
  double before = x->traffic[LAC_FOR_METHOD].waited;
  int waits = !f->over;
  count_for(x, LAC_FOR_METHOD);
  c->computed = lac_seconds() - x->since;
  int status = lac_flight_finish(f);
  c->traffic->bytes += f->sent;
  c->traffic = &c->other;
  LAC_TRY(status);
  c->late += x->traffic[LAC_FOR_METHOD].waited - before;
  c->under_way += f->arrived - f->posted;
  memmove(c->flying, c->flying + 1, (size_t)--c->flights * sizeof *c->flying);
  if (waits)
    count_skew(x, before, longest_of_flight(f));
  x->since = waits ? lac_seconds() : x->since;
  return take_parts(f, all);
}

void lac_exchange_release(lac_exchange *x, lac_flight *f)
{
  lac_comm *c = x->comm;
  if (c->spares < LAC_FLIGHTS)
    c->spare[c->spares++] = f;
  else
    lac_flight_free(f);
}

const void *lac_exchange_posted(const lac_flight *f) { return f->mine + LAC_TOLD_WORDS; }

void lac_exchange_overlap(const lac_exchange *x, double *under_way, double *waited)
{
  *under_way = x->comm->under_way;
  *waited = x->comm->late;
}
