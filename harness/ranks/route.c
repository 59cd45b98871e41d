/* The routes: who sends what to whom, in steps. */
#include "ranks/inside.h"

#include <string.h>

typedef struct { uint64_t k; } tree_params;
typedef struct { uint64_t s; } shards_params;

static const lac_option tree_options[] = {
  { "k", LAC_UINT, offsetof(tree_params, k), "2", "[1,1048576]", NULL, "ranks that send to one", NULL },
  { 0 }
};
static const lac_option shards_options[] = {
  { "s", LAC_UINT, offsetof(shards_params, s), "2", "[1,1048576]", NULL, "ranks that serve, each with a piece of every message",
    NULL },
  { 0 }
};

static int least(uint64_t a, int b) { return a < (uint64_t)b ? (int)a : b; }

static int one_server(const lac_exchange *x) { return (void)x, 1; }
static int all_servers(const lac_exchange *x) { return x->comm->size; }
static int some_servers(const lac_exchange *x) { return least(((const shards_params *)x->spec.params)->s, x->comm->size); }

static int fanout_of_all(const lac_exchange *x) { return x->comm->size; }
static int fanout_of_one(const lac_exchange *x) { return (void)x, 1; }
static int fanout_of_tree(const lac_exchange *x) { return least(((const tree_params *)x->spec.params)->k, x->comm->size); }

static size_t words_of_all(const lac_flight *f)
{
  size_t words = 0;
  for (int r = 0; r < f->x->comm->size; r++)
    words += f->most[r];
  return words;
}

static int is_over(lac_flight *f)
{
  f->over = 1;
  return LAC_OK;
}

/* ---- a tree: rank r collects from the ranks k r + 1 to k r + k, and sends all that it has to rank (r-1)/k; a star has k = p ---- */

typedef struct { int64_t first, last; } span;      /* of ranks; last is not in it */

static span children(const lac_flight *f, int64_t rank)
{
  int64_t k = f->route->fanout(f->x), p = f->x->comm->size, first = k * rank + 1, last = first + k;
  return (span){ first < p ? first : p, last < p ? last : p };
}

/* A rank and all below it: words at most, and how many they are. */
static size_t tree_words(const lac_flight *f, int64_t rank, size_t *ranks)
{
  size_t words = f->most[rank];
  span below = children(f, rank);
  ++*ranks;
  for (int64_t r = below.first; r < below.last; r++)
    words += tree_words(f, r, ranks);
  return words;
}

static size_t room_of_tree(const lac_flight *f)
{
  size_t ranks = 0;
  span below = children(f, f->x->comm->rank);
  return below.first < below.last ? tree_words(f, f->x->comm->rank, &ranks) : 0;
}

/* Behind this rank's own block, where that goes on with them. */
static int collect(lac_flight *f)
{
  span below = children(f, f->x->comm->rank);
  size_t at = f->x->comm->rank ? lac_block_words(f->mine) : 0, ranks = 0;
  for (int64_t r = below.first; r < below.last; r++) {
    size_t most = tree_words(f, r, &ranks);
    f->at[r] = at;
    LAC_TRY(lac_flight_receive(f, (int)r, f->room + at, most));
    at += most;
  }
  return LAC_OK;
}

/* Words of the blocks that came from a rank, its own and those of all below it; each is looked at where there is somebody to look. */
static int walk(lac_flight *f, int64_t rank, int (*look)(lac_flight *f, const uint64_t *block), size_t *words)
{
  size_t blocks = 0;
  tree_words(f, rank, &blocks);
  *words = 0;
  for (size_t i = 0; i < blocks; i++) {
    const uint64_t *block = f->room + f->at[rank] + *words;
    if (look)
      LAC_TRY(look(f, block));
    *words += lac_block_words(block);
  }
  return LAC_OK;
}

/* This rank's block and all that came, without the gaps. */
static int pass_on(lac_flight *f)
{
  int rank = f->x->comm->rank, parent = (rank - 1) / f->route->fanout(f->x);
  span below = children(f, rank);
  size_t words, all = lac_block_words(f->mine);
  if (below.first == below.last)
    return lac_flight_send(f, parent, f->mine, all);
  memcpy(f->room, f->mine, all * 8);
  for (int64_t r = below.first; r < below.last; r++) {
    LAC_TRY(walk(f, r, NULL, &words));
    memmove(f->room + all, f->room + f->at[r], words * 8);
    all += words;
  }
  return lac_flight_send(f, parent, f->room, all);
}

static int up_tree(lac_flight *f)
{
  int root = f->x->comm->rank == 0;
  size_t words;
  if (f->step == 0)
    return collect(f);
  if (f->step == 1 && !root)
    return pass_on(f);
  span below = children(f, 0);
  for (int64_t r = below.first; root && r < below.last; r++)
    LAC_TRY(walk(f, r, lac_flight_arrived, &words));
  return is_over(f);
}

/* ---- everybody to everybody ---- */

static int blocks_arrived(lac_flight *f)
{
  for (int r = 0; r < f->x->comm->size; r++)
    if (r != f->x->comm->rank)
      LAC_TRY(lac_flight_arrived(f, f->room + f->at[r]));
  return is_over(f);
}

static void place_blocks(lac_flight *f)
{
  f->at[0] = 0;
  for (int r = 0; r < f->x->comm->size; r++)
    f->at[r + 1] = f->at[r] + f->most[r];
}

static int up_all(lac_flight *f)
{
  int p = f->x->comm->size, rank = f->x->comm->rank;
  if (f->step)
    return blocks_arrived(f);
  place_blocks(f);
  for (int i = 1; i < p; i++) {
    int from = (rank + p - i) % p;
    LAC_TRY(lac_flight_receive(f, from, f->room + f->at[from], f->most[from]));
  }
  for (int i = 1; i < p; i++)      /* each begins with another one */
    LAC_TRY(lac_flight_send(f, (rank + i) % p, f->mine, lac_block_words(f->mine)));
  return LAC_OK;
}

/* ---- a ring: in step i every rank passes on the block of the rank that is i before it ---- */

static int up_ring(lac_flight *f)
{
  int p = f->x->comm->size, rank = f->x->comm->rank, step = (int)f->step;
  if (step == 0)
    place_blocks(f);
  if (step == p - 1)
    return blocks_arrived(f);
  int out = (rank + p - step) % p, in = (rank + 2 * p - step - 1) % p;
  const uint64_t *block = out == rank ? f->mine : f->room + f->at[out];
  LAC_TRY(lac_flight_receive(f, (rank + p - 1) % p, f->room + f->at[in], f->most[in]));
  return lac_flight_send(f, (rank + 1) % p, block, lac_block_words(block));
}

/* ---- shards: piece j of every block to rank j, which sends it on to the other ranks that serve ----

   piece   words of the whole block, then [W j/s, W (j+1)/s) of them
   room    pieces of all ranks, once for each rank that serves; the blocks made of them; this rank's pieces */

static size_t piece_at(size_t words, int j, int s) { return (size_t)((unsigned __int128)words * (unsigned)j / (unsigned)s); }
static size_t piece_words(size_t words, int j, int s) { return 1 + piece_at(words, j + 1, s) - piece_at(words, j, s); }
static size_t most_of_piece(const lac_flight *f, int rank) { return 2 + f->most[rank] / (size_t)f->x->servers; }

static size_t most_of_pieces(const lac_flight *f)
{
  size_t words = 0;
  for (int r = 0; r < f->x->comm->size; r++)
    words += most_of_piece(f, r);
  return words;
}

static size_t room_of_shards(const lac_flight *f)
{
  size_t s = (size_t)f->x->servers, own = f->most[f->x->comm->rank] + s;
  return f->x->comm->rank < f->x->servers ? s * most_of_pieces(f) + words_of_all(f) + own : own;
}

/* This rank's block in pieces, at the end of its room. */
static uint64_t *cut(lac_flight *f)
{
  lac_exchange *x = f->x;
  int s = x->servers, rank = x->comm->rank;
  size_t words = lac_block_words(f->mine);
  uint64_t *to = f->room + (rank < s ? (size_t)s * most_of_pieces(f) + words_of_all(f) : 0), *first = to;
  for (int j = 0; j < s; j++) {
    size_t length = piece_words(words, j, s);
    *to = words;
    memcpy(to + 1, f->mine + piece_at(words, j, s), (length - 1) * 8);
    to += length;
  }
  return first;
}

static int send_pieces(lac_flight *f)
{
  lac_exchange *x = f->x;
  int s = x->servers, rank = x->comm->rank;
  const uint64_t *piece = cut(f);
  uint64_t *own = f->room + (size_t)rank * most_of_pieces(f) * (rank < s);
  size_t at = 0;
  for (int r = 0; rank < s && r < x->comm->size; r++) {
    f->at[r] = at;
    if (r != rank)
      LAC_TRY(lac_flight_receive(f, r, own + at, most_of_piece(f, r)));
    at += most_of_piece(f, r);
  }
  for (int j = 0; j < s; j++) {
    size_t length = piece_words(*piece, j, s);
    if (j == rank)
      memcpy(own + f->at[rank], piece, length * 8);
    else
      LAC_TRY(lac_flight_send(f, j, piece, length));
    piece += length;
  }
  return LAC_OK;
}

static int share_pieces(lac_flight *f)
{
  lac_exchange *x = f->x;
  int s = x->servers, rank = x->comm->rank;
  size_t most = most_of_pieces(f), words = 0;
  uint64_t *own = f->room + (size_t)rank * most;
  for (int r = 0; r < x->comm->size; r++) {
    size_t length = piece_words(own[f->at[r]], rank, s);
    memmove(own + words, own + f->at[r], length * 8);
    words += length;
  }
  for (int i = 1; i < s; i++) {
    int from = (rank + s - i) % s;
    LAC_TRY(lac_flight_receive(f, from, f->room + (size_t)from * most, most));
  }
  for (int i = 1; i < s; i++)
    LAC_TRY(lac_flight_send(f, (rank + i) % s, own, words));
  return LAC_OK;
}

static int join_pieces(lac_flight *f)
{
  lac_exchange *x = f->x;
  int s = x->servers;
  uint64_t *block = f->room + (size_t)s * most_of_pieces(f);
  for (int j = 0; j < s; j++)
    f->at[j] = (size_t)j * most_of_pieces(f);
  for (int r = 0; r < x->comm->size; r++) {
    size_t words = f->room[f->at[0]];
    for (int j = 0; j < s; j++) {
      const uint64_t *piece = f->room + f->at[j];
      if (*piece != words || words > f->most[r])
        return lac_fail(LAC_EMPI, "pieces of rank %d's message that do not belong together", r);
      memcpy(block + piece_at(words, j, s), piece + 1, (piece_words(words, j, s) - 1) * 8);
      f->at[j] += piece_words(words, j, s);
    }
    if (r != x->comm->rank)
      LAC_TRY(lac_flight_arrived(f, block));
    block += words;
  }
  return is_over(f);
}

static int up_shards(lac_flight *f)
{
  if (f->step == 0)
    return send_pieces(f);
  if (f->x->comm->rank >= f->x->servers)
    return is_over(f);
  return f->step == 1 ? share_pieces(f) : join_pieces(f);
}

static int down_shards(lac_exchange *x, uint8_t *bytes, size_t count)
{
  lac_comm *c = x->comm;
  int s = x->servers, serves = c->rank < s, from = serves ? s : 0, to = serves ? c->size : s, k = 0, mpi_status = MPI_SUCCESS;
  for (int other = from; other < to && mpi_status == MPI_SUCCESS; other++) {
    int j = serves ? c->rank : other;
    size_t at = piece_at(count, j, s), length = piece_at(count, j + 1, s) - at;
    mpi_status = serves ? MPI_Isend(bytes + at, (int)length, MPI_BYTE, other, 0, c->mpi, &x->request[k++])
                        : MPI_Irecv(bytes + at, (int)length, MPI_BYTE, other, 0, c->mpi, &x->request[k++]);
    c->traffic->bytes += serves ? length : 0;
  }
  return lac_mpi_finish(c, mpi_status, k, x->request);
}

static int nothing_down(lac_exchange *x, uint8_t *bytes, size_t count) { return (void)x, (void)bytes, (void)count, LAC_OK; }

/* ---- MPI's collective, for late messages, whose lengths are known ---- */

static size_t room_of_root(const lac_flight *f) { return f->x->comm->rank == 0 ? words_of_all(f) : 0; }

static int up_together(lac_flight *f)
{
  lac_comm *c = f->x->comm;
  if (f->step)
    return c->rank == 0 ? blocks_arrived(f) : is_over(f);
  place_blocks(f);
  for (int r = 0; r < c->size; r++) {
    f->lengths[r] = (int)f->most[r];
    f->offsets[r] = (int)f->at[r];
  }
  f->sent += c->rank ? f->most[c->rank] * 8 : 0;
  return lac_mpi_check(MPI_Igatherv(f->mine, f->lengths[c->rank], MPI_UINT64_T, f->room, f->lengths, f->offsets, MPI_UINT64_T, 0, c->mpi,
                                    &f->request[f->requests++]));
}

/* ---- all of them ---- */

const lac_route lac_routes[] = {
  { "collective", NULL, 0, one_server, fanout_of_all, room_of_root, up_together, NULL, .together = 1 },
  { "star", NULL, 0, one_server, fanout_of_all, room_of_tree, up_tree, NULL },
  { "allgather", NULL, 0, all_servers, fanout_of_all, words_of_all, up_all, nothing_down, .serves_all = 1 },
  { "ring", NULL, 0, all_servers, fanout_of_one, words_of_all, up_ring, nothing_down, .serves_all = 1 },
  { "tree", tree_options, sizeof(tree_params), one_server, fanout_of_tree, room_of_tree, up_tree, NULL },
  { "shards", shards_options, sizeof(shards_params), some_servers, fanout_of_all, room_of_shards, up_shards, down_shards },
  { 0 }
};
const lac_route *const lac_route_star = &lac_routes[1];
