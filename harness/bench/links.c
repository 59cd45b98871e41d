/* One line of laconic bench links: messages are packed, travel, and are unpacked; each of the three has a clock of its own. */
#include "bench/links.h"

#include "bench/clock.h"
#include "ranks/collectives.h"
#include "rng.h"
#include "stats.h"
#include "vec.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const lac_seeds seeds = { .axis = { 401, 402, 403, 404, 405 } };

/* ---- operations ---- */

enum { DOWN, UP, WAYS };

typedef struct work work;

typedef struct lac_link_kind {
  const char *word, *op;
  int goes[WAYS];
  /* A collective of MPI; NULL: an exchange. */
  int (*mpi)(work *w, const lac_rank_bytes **all);
} lac_link_kind;

static int mpi_bcast(work *w, const lac_rank_bytes **all);
static int mpi_gather(work *w, const lac_rank_bytes **all);
static int mpi_allgather(work *w, const lac_rank_bytes **all);
static int mpi_allreduce(work *w, const lac_rank_bytes **all);

static const lac_link_kind kinds[] = {
  { "down", "down", { 1, 0 }, NULL },
  { "up", "up", { 0, 1 }, NULL },
  { "round", "round", { 1, 1 }, NULL },
  { "bcast", "bcast", { 1, 0 }, mpi_bcast },
  { "gather", "gather", { 0, 1 }, mpi_gather },
  { "mpi-allgather", "allgather", { 0, 1 }, mpi_allgather },
  { "allreduce", "allreduce", { 0, 0 }, mpi_allreduce },
};
static const lac_link_kind *const kind_round = &kinds[2];

static const lac_link_kind *find_kind(const char *text, size_t length)
{
  for (size_t k = 0; k < LAC_COUNT(kinds); k++)
    if (strlen(kinds[k].word) == length && strncmp(kinds[k].word, text, length) == 0)
      return &kinds[k];
  return NULL;
}

static int refuse_word(const char *text)
{
  return lac_fail(LAC_EUSER, "--operations: there is no '%.40s'; take down, up, round, an exchange such as ring or tree:k=2, OP@EXCHANGE, "
                  "bcast, gather, mpi-allgather or allreduce", text);
}

/* The exchange's text with all options, and what travels; or why it cannot be.  Where every rank is a server, all know already what the
   server says. */
static int check_exchange(lac_comm *comm, const char *text, const char *route, lac_link_op *op)
{
  lac_exchange *x = NULL;
  int status = lac_exchange_open(&x, comm, route, 0, 0);
  if (status == LAC_EUSER && !strchr(route, ':'))
    status = refuse_word(text);
  else if (status != LAC_OK)
    lac_context(status, "--operations");
  op->up = op->kind->goes[UP];
  op->down = status == LAC_OK && op->kind->goes[DOWN] && lac_exchange_servers(x) < lac_comm_size(comm);
  if (status == LAC_OK && !op->up && !op->down)
    status = lac_fail(LAC_EUSER, "--operations=%.60s: every rank is a server there, so nothing goes down; take up@%.40s", text,
                      lac_exchange_text(x));
  if (status == LAC_OK && !(op->exchange = lac_strdup(lac_exchange_text(x))))
    status = LAC_ENOMEM;
  lac_exchange_close(x);
  return lac_comm_agree(comm, status);
}

int lac_link_op_open(lac_comm *comm, const char *text, lac_link_op *op)
{
  const char *at = strchr(text, '@');
  if (!*text)
    return *op = (lac_link_op){ NULL }, lac_fail(LAC_EUSER, "--operations has an empty word; leave it out");
  *op = (lac_link_op){ .kind = find_kind(text, at ? (size_t)(at - text) : strlen(text)) };
  if (at && (!op->kind || op->kind->mpi))
    return refuse_word(text);
  if (op->kind && op->kind->mpi) {
    op->down = op->kind->goes[DOWN];
    op->up = op->kind->goes[UP];
    op->exchange = lac_strdup("mpi");
    op->word = lac_strdup(text);
    return op->exchange && op->word ? LAC_OK : LAC_ENOMEM;
  }
  const char *route = at ? at + 1 : op->kind ? "star" : text;
  int alone = !op->kind;
  op->kind = alone ? kind_round : op->kind;
  LAC_TRY(check_exchange(comm, text, route, op));
  op->word = alone ? lac_strdup(op->exchange) : at ? lac_asprintf("%s@%s", op->kind->word, op->exchange) : lac_strdup(text);
  return op->word ? LAC_OK : LAC_ENOMEM;
}

void lac_link_op_close(lac_link_op *op)
{
  free(op->exchange);
  free(op->word);
}

const char *lac_link_op_name(const lac_link_op *op) { return op->kind->op; }

/* ---- what a line works on ----

   Repetitions take turns with two vectors, x and -x, so that what an exchange has left behind is not taken for what it was to bring. */

enum { TURNS = 2 };

/* A vector that this rank can pack, and its message: v.x and, in the other turn, v.copy. */
typedef struct {
  const lac_codec *codec;
  uint32_t client;
  lac_bench_vector v;
  lac_msg m;
  double *state;
  size_t state_size;
} sender;

/* What all ranks know of a message before it travels: its bits, and what is decoded from it. */
typedef struct { uint64_t bits, hash; } known;

/* What a rank tells of a repetition. */
typedef struct {
  double encode[WAYS], wire[WAYS], decode[WAYS], sent[WAYS];      /* CPU seconds, seconds, CPU seconds, bytes */
  uint64_t hash;                                                  /* of a sum */
  uint64_t wrong;
} share;

struct work {
  lac_comm *comm;
  const lac_link_kind *kind;
  lac_exchange *exchange;         /* NULL: MPI's */
  int rank, ranks, servers;
  int goes[WAYS];                 /* as of the operation; neither: a sum */
  size_t d;
  gsl_rng *rng, *shared;
  sender own, server;
  double *sum;                    /* of MPI's allreduce */
  known *known[TURNS];            /* ranks, and the server's */
  size_t *count[TURNS], *most;    /* ranks: bytes of messages, and the larger of both turns */
  lac_rank_bytes *part;                 /* ranks, of MPI's */
  uint8_t *gathered, *bad;        /* bad: ranks; on rank 0, whose message it decodes to something else */
  int turn;
  share mine, *all;               /* ranks */
};

static size_t bytes_of(uint64_t bits) { return (size_t)((bits + 7) / 8); }

static lac_site site_of(const work *w, const sender *s, uint32_t client)
{
  lac_site site = lac_site_of(&s->codec->compressor, w->d);
  site.client = client;
  site.n = (uint32_t)w->ranks;
  site.layers = &s->v.layer;
  site.layer_count = 1;
  site.rng = w->rng;
  site.shared = w->shared;
  lac_seed_axis axis = client == (uint32_t)w->ranks ? LAC_SEED_DOWN : LAC_SEED_NOISE;
  lac_rng_point(w->rng, &seeds, axis, client, (uint32_t)w->turn, 0);
  lac_rng_point(w->shared, &seeds, LAC_SEED_NOISE, (uint32_t)w->ranks, (uint32_t)w->turn, 1);
  return site;
}

static int encode(work *w, sender *s, double *seconds)
{
  if (s->state)
    lac_zero(s->state_size, s->state);
  lac_site site = site_of(w, s, s->client);
  site.state = s->state;
  lac_msg_clear(&s->m);
  s->m.uses = 0;
  double start = lac_cpu_seconds();
  int status = lac_encode(&site, w->turn ? s->v.copy : s->v.x, &s->m);
  *seconds += lac_cpu_seconds() - start;
  return status;
}

/* The hash of the vector in the message of a client; 0: it is none. */
static int decode(work *w, sender *s, uint32_t client, const void *bytes, uint64_t bits, double *seconds, uint64_t *hash)
{
  lac_msg m = { 0 };
  lac_zero(w->d, s->v.y);
  lac_site site = site_of(w, s, client);
  lac_msg_view(&m, bytes, bits);
  double start = lac_cpu_seconds();
  int status = lac_decode_add(&site, 1, &m, s->v.y);
  *seconds += lac_cpu_seconds() - start;
  *hash = status == LAC_OK ? XXH3_64bits(s->v.y, w->d * sizeof *s->v.y) : 0;
  return status == LAC_ENOMEM ? status : LAC_OK;
}

/* ---- before the first repetition ---- */

static int open_sender(work *w, sender *s, const lac_codec *codec, uint32_t client)
{
  *s = (sender){ .codec = codec, .client = client, .v = { .d = w->d, .x = lac_alloc(w->d * sizeof(double)) } };
  if (!s->v.x)
    return LAC_ENOMEM;
  lac_rng_point(w->rng, &seeds, LAC_SEED_DATA, client, 0, 0);
  lac_rng_normal(w->rng, s->v.x, w->d, 1);
  LAC_TRY(lac_bench_vector_complete(&s->v));
  for (size_t j = 0; j < w->d; j++)
    s->v.copy[j] = -s->v.x[j];
  lac_site site = site_of(w, s, client);
  s->state_size = lac_state_size(&site);
  s->state = s->state_size ? lac_alloc(s->state_size * sizeof *s->state) : NULL;
  return s->state || !s->state_size ? LAC_OK : LAC_ENOMEM;
}

static void close_sender(sender *s)
{
  lac_bench_vector_free(&s->v);
  lac_msg_free(&s->m);
  free(s->state);
}

/* The message of this turn, and what it decodes to. */
static int learn_one(work *w, sender *s, known *k)
{
  double unused = 0;
  LAC_TRY(encode(w, s, &unused));
  k->bits = s->m.nbits;
  return decode(w, s, s->client, s->m.buf, k->bits, &unused, &k->hash);
}

static int learn(work *w, int turn)
{
  known mine[WAYS] = { { 0, 0 } }, *all = lac_alloc((size_t)w->ranks * sizeof mine);
  int status = all ? LAC_OK : LAC_ENOMEM;
  w->turn = turn;
  if (status == LAC_OK && w->goes[UP])
    status = learn_one(w, &w->own, &mine[UP]);
  if (status == LAC_OK && w->goes[DOWN])
    status = learn_one(w, &w->server, &mine[DOWN]);
  status = lac_comm_agree(w->comm, status);
  if (status == LAC_OK)
    status = lac_comm_allgather(w->comm, mine, sizeof mine, all);
  for (int r = 0; status == LAC_OK && r < w->ranks; r++) {
    w->known[turn][r] = all[WAYS * r + UP];
    w->count[turn][r] = bytes_of(all[WAYS * r + UP].bits);
    w->most[r] = w->count[turn][r] > w->most[r] ? w->count[turn][r] : w->most[r];
  }
  if (status == LAC_OK)
    w->known[turn][w->ranks] = all[DOWN];
  free(all);
  return status;
}

static int allocate(work *w, const lac_codec *up, const lac_codec *down)
{
  size_t p = (size_t)w->ranks;
  if (!(w->rng = lac_rng_new()) || !(w->shared = lac_rng_new()))
    return LAC_ENOMEM;
  for (int turn = 0; turn < TURNS; turn++)
    if (!(w->known[turn] = lac_alloc((p + 1) * sizeof *w->known[turn])) || !(w->count[turn] = lac_alloc(p * sizeof *w->count[turn])))
      return LAC_ENOMEM;
  w->most = lac_alloc(p * sizeof *w->most);
  w->part = lac_alloc(p * sizeof *w->part);
  w->bad = lac_alloc(p);
  w->all = lac_alloc(p * sizeof *w->all);
  if (!w->most || !w->part || !w->bad || !w->all)
    return LAC_ENOMEM;
  if (!w->goes[DOWN] && !w->goes[UP] && !(w->sum = lac_alloc(w->d * sizeof *w->sum)))
    return LAC_ENOMEM;
  if (w->goes[UP] || w->sum)
    LAC_TRY(open_sender(w, &w->own, up, (uint32_t)w->rank));
  return w->goes[DOWN] ? open_sender(w, &w->server, down, (uint32_t)w->ranks) : LAC_OK;
}

static int prepare(work *w, const lac_link_op *op, const lac_codec *up, const lac_codec *down)
{
  w->servers = 1;
  if (!w->kind->mpi) {
    LAC_TRY(lac_comm_agree(w->comm, lac_exchange_open(&w->exchange, w->comm, op->exchange, 0, 0)));
    w->servers = lac_exchange_servers(w->exchange);
  }
  LAC_TRY(lac_comm_agree(w->comm, allocate(w, up, down)));
  for (int turn = 0; turn < TURNS; turn++)
    LAC_TRY(learn(w, turn));
  if (w->kind->mpi && w->goes[UP])
    w->gathered = lac_alloc(lac_mpi_gathered(w->comm, w->most));
  return lac_comm_agree(w->comm, w->kind->mpi && w->goes[UP] && !w->gathered ? LAC_ENOMEM : LAC_OK);
}

static void clean_up(work *w)
{
  lac_exchange_close(w->exchange);
  close_sender(&w->own);
  close_sender(&w->server);
  gsl_rng_free(w->rng);
  gsl_rng_free(w->shared);
  for (int turn = 0; turn < TURNS; turn++) {
    free(w->known[turn]);
    free(w->count[turn]);
  }
  void *arrays[] = { w->sum, w->most, w->part, w->gathered, w->bad, w->all };
  for (size_t i = 0; i < LAC_COUNT(arrays); i++)
    free(arrays[i]);
}

/* ---- a repetition: nothing allocates here ---- */

static size_t server_count(const work *w) { return bytes_of(w->known[w->turn][w->ranks].bits); }

static int mpi_bcast(work *w, const lac_rank_bytes **all)
{
  (void)all;
  return lac_mpi_bcast(w->comm, w->server.m.buf, server_count(w));
}

static int mpi_gather(work *w, const lac_rank_bytes **all)
{
  *all = w->rank == 0 ? w->part : NULL;
  return lac_mpi_gather(w->comm, w->own.m.buf, w->count[w->turn], w->gathered, w->part);
}

static int mpi_allgather(work *w, const lac_rank_bytes **all)
{
  *all = w->part;
  return lac_mpi_allgather(w->comm, w->own.m.buf, w->count[w->turn], w->gathered, w->part);
}

static int mpi_allreduce(work *w, const lac_rank_bytes **all)
{
  (void)all;
  return lac_mpi_allreduce(w->comm, w->turn ? w->own.v.copy : w->own.v.x, w->sum, w->d);
}

static int move_bytes(work *w, int way, const lac_rank_bytes **all)
{
  if (w->kind->mpi)
    return w->kind->mpi(w, all);
  if (way == DOWN)
    return lac_exchange_down(w->exchange, LAC_FOR_METHOD, w->server.m.buf, server_count(w));
  return lac_exchange_up(w->exchange, LAC_OK, w->own.m.buf, w->count[w->turn][w->rank], 0, w->most, all);
}

static uint64_t bytes_sent(const work *w) { return w->exchange ? lac_exchange_traffic(w->exchange, LAC_FOR_METHOD)->bytes : 0; }

/* Ranks begin together, when the last one has packed its message. */
static int time_wire(work *w, int way, int status, const lac_rank_bytes **all)
{
  *all = NULL;
  LAC_TRY(lac_comm_agree(w->comm, status));
  uint64_t before = bytes_sent(w);
  double start = lac_seconds();
  LAC_TRY(move_bytes(w, way, all));
  w->mine.wire[way] = lac_seconds() - start;
  w->mine.sent[way] = (double)(bytes_sent(w) - before);
  return LAC_OK;
}

static void note_wrong(work *w, int whose)
{
  if (w->rank == 0)
    w->bad[whose] = 1;
  else
    w->mine.wrong = 1;
}

static int go_down(work *w)
{
  const lac_rank_bytes *all;
  uint64_t hash;
  const known *k = &w->known[w->turn][w->ranks];
  int status = LAC_OK;
  if (w->rank < w->servers)
    status = encode(w, &w->server, &w->mine.encode[DOWN]);
  else
    memset(w->server.m.buf, 0, bytes_of(k->bits));
  LAC_TRY(time_wire(w, DOWN, status, &all));
  LAC_TRY(decode(w, &w->server, (uint32_t)w->ranks, w->server.m.buf, k->bits, &w->mine.decode[DOWN], &hash));
  if (hash != k->hash)
    note_wrong(w, 0);
  return LAC_OK;
}

static int go_up(work *w)
{
  const lac_rank_bytes *all;
  LAC_TRY(time_wire(w, UP, encode(w, &w->own, &w->mine.encode[UP]), &all));
  for (int r = 0; all && r < w->ranks; r++) {
    const known *k = &w->known[w->turn][r];
    uint64_t hash = 0;
    if (all[r].count >= bytes_of(k->bits))
      LAC_TRY(decode(w, &w->own, (uint32_t)r, all[r].bytes, k->bits, &w->mine.decode[UP], &hash));
    if (hash != k->hash)
      note_wrong(w, r);
  }
  return LAC_OK;
}

static int go_sum(work *w)
{
  const lac_rank_bytes *all;
  lac_zero(w->d, w->sum);
  LAC_TRY(time_wire(w, UP, LAC_OK, &all));
  w->mine.hash = XXH3_64bits(w->sum, w->d * sizeof *w->sum);
  return LAC_OK;
}

static int repeat(work *w, size_t k)
{
  w->turn = (int)(k % TURNS);
  w->mine = (share){ .wrong = 0 };
  memset(w->bad, 0, (size_t)w->ranks);
  if (w->sum)
    LAC_TRY(go_sum(w));
  if (w->goes[DOWN])
    LAC_TRY(go_down(w));
  if (w->goes[UP])
    LAC_TRY(go_up(w));
  return lac_comm_allgather(w->comm, &w->mine, sizeof w->mine, w->all);
}

/* ---- what ranks told ---- */

#define MEMBER(field, way) (offsetof(share, field) + (size_t)(way) * sizeof(double))

static double of_rank(const work *w, int r, size_t member)
{
  double value;
  memcpy(&value, (const char *)&w->all[r] + member, sizeof value);
  return value;
}

static double most_of(const work *w, size_t member)
{
  double most = 0;
  for (int r = 0; r < w->ranks; r++)
    most = fmax(most, of_rank(w, r, member));
  return most;
}

static double sum_of(const work *w, size_t member)
{
  double sum = 0;
  for (int r = 0; r < w->ranks; r++)
    sum += of_rank(w, r, member);
  return sum;
}

/* Of rank 0. */
static int count_wrong(const work *w)
{
  int wrong = 0;
  for (int r = 0; r < w->ranks; r++)
    wrong += w->all[r].wrong || w->bad[r] || w->all[r].hash != w->all[0].hash;
  return wrong;
}

static double message_bytes(const work *w)
{
  double bytes = w->goes[DOWN] ? (double)bytes_of(w->known[0][w->ranks].bits) : 0;
  for (int r = 0; w->goes[UP] && r < w->ranks; r++)
    bytes += (double)w->count[0][r];
  return w->sum ? 8 * (double)w->d : bytes;
}

static double dense_bytes(const work *w)
{
  return 8 * (double)w->d * (w->sum ? 1 : w->goes[DOWN] + w->ranks * w->goes[UP]);
}

/* Bytes through the busiest link in one direction.  Down: those of a rank that serves, as they were counted; one message where MPI chooses
   the way.  Up: what a rank that serves gets, its share of the others' messages and the shares of the other servers; or what a rank
   sends. */
static double busiest(const work *w)
{
  double all = 0, bytes = 0, s = w->servers, p = w->ranks;
  if (w->sum)
    return 2 * (p - 1) / p * 8 * (double)w->d;
  if (w->goes[DOWN])
    bytes += w->kind->mpi || lac_exchange_joins(w->exchange) ? (double)bytes_of(w->known[0][w->ranks].bits)
                                                            : most_of(w, MEMBER(sent, DOWN));
  for (int r = 0; r < w->ranks; r++)
    all += (double)w->count[0][r];
  if (w->goes[UP])
    bytes += fmax(s < p ? (all - (double)w->count[0][0]) / s + (s - 1) / s * all : 0, most_of(w, MEMBER(sent, UP)));
  return bytes;
}

/* ---- the line ---- */

typedef struct { double codec[LAC_LINK_REPEATS_MOST], wire[LAC_LINK_REPEATS_MOST], busiest; } series;

static void note_repeat(const work *w, size_t k, series *s, lac_link_cell *c)
{
  s->codec[k] = s->wire[k] = 0;
  for (int way = 0; way < WAYS; way++) {
    s->codec[k] += most_of(w, MEMBER(encode, way)) + most_of(w, MEMBER(decode, way));
    s->wire[k] += most_of(w, MEMBER(wire, way));
  }
  c->seconds[k] = s->codec[k] + s->wire[k];
  c->wrong = fmax(c->wrong, count_wrong(w));
  if (k > 0)
    return;
  s->busiest = busiest(w);      /* of the first turn, as all bytes are */
  c->bytes_sent = w->exchange ? sum_of(w, MEMBER(sent, DOWN)) + sum_of(w, MEMBER(sent, UP)) : NAN;
}

static int is_enough(const lac_link_effort *e, size_t repeats, double seconds)
{
  return e->repeats ? repeats == e->repeats : repeats == LAC_LINK_REPEATS_MOST ||
    (repeats >= LAC_LINK_REPEATS_LEAST && seconds >= e->seconds);
}

/* All ranks see the same seconds, and so end together. */
static int time_repeats(work *w, const lac_link_effort *e, series *s, lac_link_cell *c)
{
  double seconds = 0, sorted[LAC_LINK_REPEATS_MOST];
  for (size_t k = 0; k < e->warm_up; k++)
    LAC_TRY(repeat(w, k));
  for (; !is_enough(e, c->repeats, seconds); c->repeats++) {
    LAC_TRY(repeat(w, c->repeats));
    note_repeat(w, c->repeats, s, c);
    seconds += c->seconds[c->repeats];
  }
  memcpy(sorted, c->seconds, c->repeats * sizeof *sorted);
  c->t_med = lac_quantile(sorted, c->repeats, 0.5);
  c->t_min = sorted[0];
  c->t_max = sorted[c->repeats - 1];
  c->t_codec = lac_quantile(s->codec, c->repeats, 0.5);
  c->t_wire = lac_quantile(s->wire, c->repeats, 0.5);
  c->algbw = c->bytes_wire / c->t_wire;
  c->busbw = s->busiest / c->t_wire;
  c->effbw = c->bytes_dense / c->t_med;
  return LAC_OK;
}

static const char *refuse_codec(const lac_codec *k, size_t d, int ranks)
{
  lac_site s = lac_site_of(&k->compressor, d);
  s.n = (uint32_t)ranks;
  return lac_refuse(&s);
}

/* NULL, or why this line cannot be measured. */
static const char *refuse(const work *w, const lac_codec *up, const lac_codec *down)
{
  const int *goes = w->goes;
  const char *why = goes[UP] ? refuse_codec(up, w->d, w->ranks) : NULL;
  if (w->kind->mpi && goes[UP] && 8.0 * (double)w->d * w->ranks > INT_MAX)
    return "MPI takes at most 2 GiB at once";
  return why || !goes[DOWN] ? why : refuse_codec(down, w->d, w->ranks);
}

static int name_codec(const work *w, const lac_codec *up, const lac_codec *down, lac_link_cell *c)
{
  const int *goes = w->goes;
  if (goes[DOWN] && goes[UP] && strcmp(up->name, down->name))
    c->codec = lac_asprintf("%s/%s", up->name, down->name);
  else
    c->codec = lac_strdup(goes[UP] ? up->name : goes[DOWN] ? down->name : "f64");
  return c->codec ? LAC_OK : LAC_ENOMEM;
}

static int measure(work *w, const lac_link_op *op, const lac_codec *up, const lac_codec *down, const lac_link_effort *effort,
                   lac_link_cell *c)
{
  series *s = lac_alloc(sizeof *s);
  c->seconds = lac_alloc(LAC_LINK_REPEATS_MOST * sizeof *c->seconds);
  int status = lac_comm_agree(w->comm, s && c->seconds ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = prepare(w, op, up, down);
  if (status == LAC_OK) {
    c->bytes_dense = dense_bytes(w);
    c->bytes_wire = message_bytes(w);
    status = time_repeats(w, effort, s, c);
  }
  free(s);
  return status;
}

int lac_link_measure(lac_comm *comm, const lac_link_op *op, const lac_codec *up, const lac_codec *down, size_t d,
                     const lac_link_effort *effort, lac_link_cell *c)
{
  work w = { .comm = comm, .kind = op->kind, .rank = lac_comm_rank(comm), .ranks = lac_comm_size(comm), .d = d,
             .goes = { [DOWN] = op->down, [UP] = op->up } };
  *c = (lac_link_cell){ .op = op, .d = (double)d, .ranks = w.ranks };
  const char *why = refuse(&w, up, down);
  if (why)
    snprintf(c->left_out, sizeof c->left_out, "%s", why);
  int status = lac_comm_agree(comm, name_codec(&w, up, down, c));
  if (status == LAC_OK && !*c->left_out)
    status = measure(&w, op, up, down, effort, c);
  clean_up(&w);
  return status;
}

void lac_link_cell_free(lac_link_cell *c)
{
  free(c->codec);
  free(c->seconds);
}
