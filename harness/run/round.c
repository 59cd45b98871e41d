/* The round.

     rank 0     server_send -> one message           all ranks  broadcast
     each rank  host_recv, once                      each rank  for its clients in order: evaluate x_t if row t is due,
                                                                client_step -> message
     all        gather of messages and tree nodes    rank 0     row t; then for id = 0..n-1: check bits, server_recv
     rank 0     server_step: x_{t+1}

   "rank 0" is every rank that runs the server: where the messages of all reach several (ranks/exchange.h), each takes the same steps, and
   what it would hear of the server it knows.  The row is rank 0's alone.

   In an exchange that hands on (pass.h) the server has no part, and its messages go from client to client.

   That is one exchange; a round of several phases repeats it, and only clients that take part step, send and receive.

   A failure on any rank travels with the next exchange, so that nobody waits for a rank that has left. */
#include "run/round.h"

#include "interrupt.h"
#include "run/late.h"
#include "run/mail.h"
#include "run/mean.h"
#include "run/oracle.h"
#include "run/pass.h"
#include "run/row.h"
#include "run/schedule.h"
#include "run/state.h"
#include "run/weights.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const lac_time_name[LAC_TIMES] = { "oracle", "compress", "evaluate", "exchange", "network", "skew", "trace_exchange", "record",
                                                 "checkpoint", "total" };

/* What rank 0 says at the start of a round. */
typedef struct { uint64_t status, stop, save, round, nbits; } header;
enum { SAVE = 1, SAVE_AND_STOP };

/* A small message travels with it. */
enum { SMALL = 8192 };

static int is_root(const lac_run *r) { return lac_comm_rank(r->comm) == 0; }
static int serves(const lac_run *r) { return lac_exchange_serves(r->exchange); }

static int on_due(const lac_run *r) { return r->round % r->config->eval == 0 || r->round == r->config->rounds; }

/* ---- clients ---- */

/* The forward pass over rows of one client (NULL: it has none): counts are added up, their losses are left to the tree. */
static int add_score(lac_run *r, const void *shard, int attack, lac_score *all, double *loss)
{
  const lac_problem *p = &r->instance.problem;
  lac_score own = { 0 };
  if (shard)
    LAC_TRY(p->type->score(p, shard, r->eval.x, &own));
  if (shard && attack)
    LAC_TRY(p->type->attack(p, shard, r->eval.x, &own));
  all->right += own.right;
  all->rows += own.rows;
  all->robust += own.robust;
  *loss = own.loss;
  return LAC_OK;
}

/* f_i and its gradient at x_t into the client's place in the tree; the gradient stays at hand for client_step, which usually wants the
   same. */
static int evaluate_training(lac_run *r, uint32_t id, double *slot)
{
  size_t d = r->env.d;
  const lac_instance *i = &r->instance;
  const void *shard = i->shard[id - i->first];
  double f, loss;
  uint64_t start = lac_ticks();
  LAC_TRY(i->problem.type->value_grad(&i->problem, shard, r->eval.x, &f, r->eval.leaf));
  r->eval.leaf_ticks = lac_ticks() - start;
  if (lac_row_scores_training(r))
    LAC_TRY(add_score(r, shard, 0, &r->eval.train, &loss));
  r->eval.leaf_client = id;
  lac_copy(d, r->eval.leaf, slot);
  slot[d] = f;
  lac_weigh(r, id, d + 1, slot);
  return LAC_OK;
}

static int evaluate_client(lac_run *r, uint32_t id)
{
  const lac_instance *i = &r->instance;
  double *slot = lac_tree_slot(&r->eval.tree);
  uint64_t start = lac_ticks();
  if (!slot)
    return LAC_ENOMEM;
  if (lac_row_takes_all(r))
    LAC_TRY(evaluate_training(r, id, slot));
  if (i->test)
    LAC_TRY(add_score(r, i->test_shard[id - i->first], lac_row_attacks(r), &r->eval.test, &slot[r->eval.tree.width - 1]));
  lac_tree_push(&r->eval.tree, 0, id);
  r->ledger.ticks[LAC_TIME_EVALUATE] += lac_ticks() - start;
  return LAC_OK;
}

/* How long a message of this exchange is, or is at most. */
typedef struct { uint64_t bits; int exact; } declaration;

static declaration declare(const lac_run *r)
{
  declaration d = { 0 };
  d.bits = r->recipe.method->uplink_bits(&r->env, &d.exact);
  return d;
}

static int check_bits(const lac_run *r, uint32_t id, const declaration *d, uint64_t nbits)
{
  if (d->exact ? nbits == d->bits : nbits <= d->bits)
    return LAC_OK;
  return lac_fail(LAC_EBUG, "%s with %s wrote %llu bits for client %u in round %llu but declares %s%llu: a bug in one of them",
                  r->recipe.method->name, r->recipe.up.spec.name, (unsigned long long)nbits, id, (unsigned long long)r->round,
                  d->exact ? "" : "at most ", (unsigned long long)d->bits);
}

static int step_client(lac_run *r, uint32_t id, const declaration *d)
{
  const lac_algorithm_type *method = r->recipe.method;
  lac_client *c = lac_run_client(r, id);
  double *steps = r->store.row[LAC_STORE_STEPS].at;
  steps = steps ? steps + (id - r->instance.first) * r->store.row[LAC_STORE_STEPS].stride : NULL;
  c->steps = steps ? (uint64_t)*steps : r->round;
  lac_mail_open(r);
  int status = method->client_step(&r->env, &r->store.mirror, c, r->post.at);
  if (status == LAC_OK)
    status = check_bits(r, id, d, lac_mail_bits(r));
  lac_oracle_end(r, id);
  if (steps && r->env.phase == 0)
    *steps += 1;
  if (r->draws.lost[id])
    lac_msg_clear(r->post.at);
  return lac_mail_close(r, id, status);
}

/* ---- what travels ----

   out    mail (unless it is late or nobody hears it)
   row    when a row is due: the rank's own counts, and its tree nodes; behind the mail where the exchange joins them */

/* Oracle calls, their rows, bits and messages, and bytes sent to other ranks, all before this round; rows classified right, all, and right
   under attack, at the point that is evaluated. */
enum { CALLS, SAMPLES, BITS, MESSAGES, WIRE, TRACE_WIRE, RIGHT, ROWS, TEST_RIGHT, TEST_ROWS, TEST_ROBUST, COUNTS };

/* Many clients' shards and vectors are not in the cache: fetch where the one after the next begins while this one computes. */
static void look_ahead(const lac_run *r, uint32_t id)
{
  enum { AHEAD = 2 };
  if (id + AHEAD >= r->instance.last)
    return;
  const char *shard = r->instance.shard[id + AHEAD - r->instance.first];
  __builtin_prefetch(shard);
  __builtin_prefetch(shard + 64);
  for (unsigned k = 0; k < r->recipe.method->client_vecs; k++)
    __builtin_prefetch(lac_client_vector(r, id + AHEAD, k));
}

/* All clients of this rank: evaluation into the tree, messages into the mail. */
static int clients_of_round(lac_run *r, int due, int silent, int at_once)
{
  lac_tree_clear(&r->eval.tree);
  r->eval.train = r->eval.test = (lac_score){ 0 };
  r->eval.leaf_client = r->env.n;
  LAC_TRY(lac_mail_begin(r, at_once));
  declaration d = silent ? (declaration){ 0 } : declare(r);
  for (uint32_t id = r->instance.first; id < r->instance.last; id++) {
    if (due)
      LAC_TRY(lac_context(evaluate_client(r, id), "client %u", id));
    if (!silent && r->draws.times[id]) {
      look_ahead(r, id);
      int status = step_client(r, id, &d);
      LAC_TRY(status == LAC_EBUG ? status : lac_context(status, "client %u", id));
    }
  }
  return LAC_OK;
}

/* A row is due: counts and tree nodes. */
static int append_row(lac_run *r, uint64_t counts[static COUNTS], lac_msg *to)
{
  counts[RIGHT] = r->eval.train.right;
  counts[ROWS] = r->eval.train.rows;
  counts[TEST_RIGHT] = r->eval.test.right;
  counts[TEST_ROWS] = r->eval.test.rows;
  counts[TEST_ROBUST] = r->eval.test.robust;
  LAC_TRY(lac_mail_append_bytes(to, counts, COUNTS * sizeof *counts));
  return lac_mean_append(r, to);
}

static void size_rows(lac_run *r)
{
  uint32_t first, last;
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    r->post.row_sizes[p] = COUNTS * sizeof(uint64_t) + lac_tree_bytes_of(&r->eval.tree, first, last);
  }
}

/* ---- the server ---- */

static int take_message(lac_run *r, uint32_t id, const uint8_t *bytes, uint64_t nbits)
{
  const lac_state *about = &r->store.row[LAC_STORE_ABOUT];
  unsigned each = r->recipe.method->server_client_vecs;
  lac_msg up;
  lac_msg_view(&up, bytes, nbits);
  for (unsigned k = 0; k < each; k++)
    r->store.server.of[k] = (double *)about->at + ((size_t)id * each + k) * about->stride;
  int status = r->recipe.method->server_recv(&r->env, &r->store.server, id, &up);
  if (status != LAC_OK)
    return lac_context(status, "message of client %u", id);
  if (up.rpos != up.nbits)
    return lac_fail(LAC_EBUG, "%s left %llu of %llu bits of client %u's message unread: a bug in its server_recv", r->recipe.method->name,
                    (unsigned long long)(nbits - up.rpos), (unsigned long long)nbits, id);
  return LAC_OK;
}

/* The mail of all ranks, sent in round `sent`. */
static int take_mail(lac_run *r, uint64_t sent, const lac_rank_bytes *all)
{
  uint32_t first, last;
  r->env.sent = sent;
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    const uint64_t *nbits = (const uint64_t *)all[p].bytes;
    const uint8_t *bytes = (const uint8_t *)(nbits + (last - first));
    for (uint32_t id = first; id < last; id++) {
      if (r->draws.times[id] && !r->draws.lost[id])
        LAC_TRY(take_message(r, id, bytes, nbits[id - first]));
      bytes += (nbits[id - first] + 63) / 64 * 8;
    }
  }
  r->env.sent = r->round;
  return LAC_OK;
}

static int take_row(lac_run *r, const lac_sink *sink, int with_mail, const lac_rank_bytes *all, uint64_t *stop)
{
  lac_cell cell[LAC_COLUMNS_MOST + LAC_BESIDE] = { 0 };
  uint32_t first, last;
  uint64_t sum[COUNTS] = { 0 };
  lac_tree_clear(&r->eval.root);
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    const uint8_t *bytes = all[p].bytes, *end = bytes + all[p].count;
    const uint64_t *counts = (const uint64_t *)(bytes + (with_mail ? lac_mail_end(bytes, last - first) : 0));
    const uint8_t *nodes = (const uint8_t *)(counts + COUNTS);
    for (int k = 0; k < COUNTS; k++)
      sum[k] += counts[k];
    LAC_TRY(lac_tree_unpack_push(&r->eval.root, nodes, (size_t)(end - nodes)));
  }
  r->ledger.total.oracle_calls = sum[CALLS];
  r->ledger.total.samples = sum[SAMPLES];
  r->ledger.total.bits_up = sum[BITS];
  r->ledger.total.msgs_up = sum[MESSAGES];
  r->ledger.wire = r->ledger.wire_before + sum[WIRE];
  r->ledger.trace_wire = r->ledger.trace_wire_before + sum[TRACE_WIRE];
  if (lac_row_takes_all(r))
    lac_mean_total(r, r->eval.leaf);
  double loss = r->instance.test ? lac_tree_total(&r->eval.root)[r->eval.root.width - 1] : 0;
  lac_score train = { 0, sum[RIGHT], sum[ROWS], 0 }, test = { loss, sum[TEST_RIGHT], sum[TEST_ROWS], sum[TEST_ROBUST] };
  lac_row_fill(r, &(lac_evaluated){ r->eval.leaf, train, test }, cell);
  cell[r->trace.columns + LAC_BESIDE_WIRE].count = r->ledger.wire;
  *stop = lac_row_end(r, cell);
  double start = lac_seconds();
  int status = sink ? sink->row(sink->self, cell) : LAC_OK;
  r->ledger.seconds[LAC_TIME_RECORD] += lac_seconds() - start;
  return status;
}

/* ---- all ranks ---- */

/* What passes from exchange to exchange. */
typedef struct {
  const lac_sink *sink;
  int status;             /* of this rank since the last exchange, told to all at the next */
  int failed;             /* it was not LAC_OK once */
  uint64_t last;          /* round in which that was heard */
  int ended;              /* ranks that serve: a rank has failed, and this round is not done */
  uint64_t stop;          /* rank 0 knows it first */
  int over;               /* all ranks know it */
  int heard;              /* rank 0 may have something to say about the last row, or about the status of other ranks */
  int missed;             /* this rank lacks the message of another one, which has failed: that status */
  uint64_t save;          /* after this round, so says rank 0 */
  size_t beside;          /* bytes of the server's message that travel with the header, at most */
  double start;           /* of what the ledger does not count yet, in seconds and in ticks */
  uint64_t start_ticks;
  double waited, skew, trace;      /* what the ledger has counted of the exchange's seconds */
} course;

static void count_waits(lac_run *r, course *c)
{
  double waited = lac_exchange_traffic(r->exchange, LAC_FOR_METHOD)->waited, skew = lac_exchange_skew(r->exchange);
  double trace = lac_exchange_traffic(r->exchange, LAC_FOR_TRACE)->waited;
  r->ledger.seconds[LAC_TIME_NETWORK] += waited - c->waited - (skew - c->skew);
  r->ledger.seconds[LAC_TIME_SKEW] += skew - c->skew;
  r->ledger.seconds[LAC_TIME_TRACE] += trace - c->trace;
  c->waited = waited;
  c->skew = skew;
  c->trace = trace;
}

/* Count the time up to now. */
static void count_time(lac_run *r, course *c)
{
  double now = lac_seconds();
  uint64_t ticks = lac_ticks();
  double tick = ticks > c->start_ticks ? (now - c->start) / (double)(ticks - c->start_ticks) : 0;
  for (int k = 0; k < LAC_TIMES; k++) {
    r->ledger.seconds[k] += tick * (double)r->ledger.ticks[k];
    r->ledger.ticks[k] = 0;
  }
  r->ledger.seconds[LAC_TIME_TOTAL] += now - c->start;
  count_waits(r, c);
  c->start = now;
  c->start_ticks = ticks;
}

/* One exchange: who speaks, and what for. */
typedef struct { int due, idle, server, clients, hands_on; } speakers;

static speakers who_speaks(const lac_run *r, const course *c, int idle)
{
  speakers p = { .due = r->env.phase == 0 && on_due(r), .idle = idle };
  unsigned speaks = idle ? 0 : r->recipe.method->speaks ? r->recipe.method->speaks(&r->env) : LAC_SERVER_SPEAKS | LAC_CLIENTS_SPEAK;
  p.server = (speaks & LAC_SERVER_SPEAKS) || p.due || c->heard || r->round == r->config->rounds;
  p.clients = (speaks & LAC_CLIENTS_SPEAK) != 0;
  p.hands_on = p.clients && lac_pass_is_due(r);
  return p;
}

/* Does mail travel to the server with this exchange? */
static int goes_at_once(const lac_run *r, const speakers *p) { return r->post.lag == 0 && p->clients && !p->hands_on; }

/* Is a checkpoint wanted after this round?  Every so many rounds needs no word of rank 0. */
static uint64_t checkpoint_request(const lac_run *r)
{
  const lac_saving *s = &r->saving;
  if (!s->path)
    return 0;
  if (lac_comm_raised(r->comm))
    return SAVE_AND_STOP;
  return s->seconds > 0 && lac_seconds() - s->saved >= s->seconds ? SAVE : 0;
}

/* When nothing is exchanged, checkpoint requests travel in a background allreduce every so many rounds; every rank knows after twice as
   many at the latest. */
enum { REQUEST_EVERY = 8 };

static int listen(lac_run *r, course *c)
{
  uint64_t word;
  if (!r->saving.path || r->round % REQUEST_EVERY)
    return LAC_OK;
  LAC_TRY(lac_comm_hear(r->comm, &word));
  c->save = word > c->save ? word : c->save;
  return lac_comm_say(r->comm, word ? 0 : checkpoint_request(r));
}

/* The room for a message behind the header, which all ranks know: by a collective, which fills it, as much as the last message took if that
   was small; else as much as the longest one took. */
static size_t beside_after(const lac_run *r, const course *c, size_t bytes)
{
  if (lac_exchange_servers(r->exchange) > 1)
    return 0;
  if (lac_exchange_joins(r->exchange))
    return bytes <= SMALL && lac_comm_size(r->comm) > 1 ? bytes : 0;
  return bytes > c->beside ? bytes : c->beside;
}

/* The header and what travels with it. */
static int tell_header(lac_run *r, const course *c, header *h)
{
  lac_msg *o = &r->post.opening;
  size_t room = c->beside, bytes = is_root(r) ? lac_msg_bytes(&r->post.down) : 0, beside = bytes < room ? bytes : room;
  LAC_TRY(lac_grow(&o->buf, &o->cap, sizeof *h + room, 1));
  memcpy(o->buf, h, sizeof *h);
  if (beside)
    memcpy(o->buf + sizeof *h, r->post.down.buf, beside);
  if (lac_exchange_joins(r->exchange))
    memset(o->buf + sizeof *h + beside, 0, room - beside);
  LAC_TRY(lac_exchange_tell(r->exchange, LAC_FOR_METHOD, o->buf, sizeof *h + beside, sizeof *h + room));
  memcpy(h, o->buf, sizeof *h);
  return LAC_OK;
}

/* The server's message, or what is left of it. */
static int tell_message(lac_run *r, course *c, const header *h)
{
  size_t bytes = (size_t)(h->nbits / 8) + (h->nbits % 8 > 0), came = bytes < c->beside ? bytes : c->beside;
  if (!serves(r)) {
    lac_msg_clear(&r->post.down);
    LAC_TRY(lac_grow(&r->post.down.buf, &r->post.down.cap, bytes + 16, 1));
    r->post.down.nbits = h->nbits;
    memcpy(r->post.down.buf, r->post.opening.buf + sizeof *h, came);
  }
  c->beside = beside_after(r, c, bytes);
  return bytes > came ? lac_exchange_down(r->exchange, LAC_FOR_METHOD, r->post.down.buf + came, bytes - came) : LAC_OK;
}

static int write_message(lac_run *r, course *c, const speakers *p)
{
  const lac_algorithm_type *method = r->recipe.method;
  int writes = c->status == LAC_OK && c->stop == LAC_GO && !p->idle && method->server_send;
  lac_msg_clear(&r->post.down);
  return writes ? method->server_send(&r->env, &r->store.server, &r->post.down) : c->status;
}

/* Rank 0: its message, and what all have to know. */
static header write_header(lac_run *r, course *c, const speakers *p)
{
  c->status = write_message(r, c, p);
  int said = c->status ? c->status : lac_exchange_failed(r->exchange);
  if (c->ended)
    r->post.log.rounds = c->last;
  if (said == LAC_EDIVERGED) {
    c->stop = LAC_DIVERGED;
    c->status = said = LAC_OK;
  }
  return (header){ (uint64_t)said, c->stop, checkpoint_request(r), r->round, r->post.down.nbits };
}

/* A rank that serves beside rank 0: the same message. */
static int write_again(lac_run *r, course *c, const speakers *p, uint64_t nbits)
{
  c->status = write_message(r, c, p);
  if (c->status == LAC_OK && r->post.down.nbits != nbits)
    c->status = lac_fail(LAC_EBUG, "the server of %s wrote %llu bits on rank %d and %llu on rank 0 in round %llu: a bug in it",
                         r->recipe.method->name, (unsigned long long)r->post.down.nbits, lac_comm_rank(r->comm), (unsigned long long)nbits,
                         (unsigned long long)r->round);
  return lac_grow(&r->post.down.buf, &r->post.down.cap, (size_t)(nbits / 8) + 16, 1);
}

/* x_t, to all ranks that evaluate it. */
static int take_point(lac_run *r)
{
  const lac_algorithm_type *method = r->recipe.method;
  if (method->client_recv)
    return lac_pass_iterate(r);
  if (serves(r))
    lac_copy(r->env.d, r->store.server.v[method->iterate], r->eval.x);
  return lac_exchange_down(r->exchange, LAC_FOR_TRACE, r->eval.x, r->env.d * sizeof(double));
}

/* Tell everybody how rank 0 fares and, if the run goes on, the server's message and the point to evaluate. */
static int open_exchange(lac_run *r, course *c, const speakers *p)
{
  header h = { 0 };
  if (is_root(r))
    h = write_header(r, c, p);
  double start = lac_seconds();
  LAC_TRY(tell_header(r, c, &h));
  if (h.status != LAC_OK)
    return lac_comm_agree(r->comm, c->status);
  r->round = h.round;
  c->save = h.save > c->save ? h.save : c->save;
  if ((c->stop = h.stop) != LAC_GO)
    return LAC_OK;
  if (serves(r) && !is_root(r))
    LAC_TRY(write_again(r, c, p, h.nbits));
  LAC_TRY(tell_message(r, c, &h));
  r->ledger.bits_down += h.nbits * r->draws.awake;
  r->ledger.msgs_down += h.nbits ? r->draws.awake : 0;
  if (p->due)
    LAC_TRY(take_point(r));
  r->ledger.seconds[LAC_TIME_EXCHANGE] += lac_seconds() - start;
  return LAC_OK;
}

static int receive_broadcast(lac_run *r)
{
  r->post.down.rpos = r->post.down.uses = 0;
  if (r->recipe.method->host_recv)
    LAC_TRY(r->recipe.method->host_recv(&r->env, &r->store.mirror, &r->post.down));
  if (r->post.down.rpos != r->post.down.nbits)
    return lac_fail(LAC_EBUG, "%s left bits of the server's message unread: a bug in its host_recv", r->recipe.method->name);
  return LAC_OK;
}

/* ---- an exchange ---- */

/* What has arrived on a rank that serves: the messages of this round, those of an earlier one, and what makes a row. */
typedef struct { const lac_rank_bytes *out, *mail, *row; } arrived;

/* Bits of this exchange; mail NULL: it is late, or there is none. */
static int record_exchange(lac_run *r, const lac_rank_bytes *mail)
{
  if (mail)
    LAC_TRY(lac_mail_record(r, r->round, mail));
  return lac_message_log_down(&r->post.log, r->round, r->env.phase, r->post.down.nbits, r->draws.times);
}

/* Rank 0's row t, then the messages, then x_{t+1}. */
static int server_side(lac_run *r, course *c, const speakers *p, const arrived *a)
{
  int with_mail = goes_at_once(r, p);
  if (c->ended)      /* the next header says so */
    return LAC_OK;
  if (p->due && is_root(r))
    LAC_TRY(take_row(r, c->sink, with_mail && a->row == a->out, a->row, &c->stop));
  if (a->mail && is_root(r))      /* also when nobody reads it any more */
    LAC_TRY(lac_mail_record(r, r->round - r->post.lag, a->mail));
  if (c->stop != LAC_GO || p->idle)
    return LAC_OK;
  if (is_root(r) && !p->hands_on)
    LAC_TRY(record_exchange(r, with_mail ? a->out : NULL));
  if (r->env.participants == 0 || lac_exchange_failed(r->exchange))
    return LAC_OK;
  if (with_mail)
    LAC_TRY(take_mail(r, r->round, a->out));
  else if (a->mail)
    LAC_TRY(take_mail(r, r->round - r->post.lag, a->mail));
  if (!r->recipe.method->server_step)
    return LAC_OK;
  return lac_context(r->recipe.method->server_step(&r->env, &r->store.server), "round %llu", (unsigned long long)r->round);
}

/* Messages that are heard in this round, and what a row needs behind them. */
static int send_joined(lac_run *r, course *c, const speakers *p, uint64_t counts[static COUNTS], arrived *a)
{
  size_t mail = lac_msg_bytes(&r->post.out);
  if (c->status == LAC_OK && p->due)
    c->status = append_row(r, counts, &r->post.out);
  if (!goes_at_once(r, p) && !p->due)
    return LAC_OK;
  size_t all = lac_msg_bytes(&r->post.out);
  LAC_TRY(lac_exchange_up(r->exchange, c->status, r->post.out.buf, all, all - mail, NULL, &a->out));
  a->row = a->out;
  return LAC_OK;
}

static int send_mail(lac_run *r, const course *c, arrived *a)
{
  for (int p = 0; p < lac_comm_size(r->comm); p++)
    r->post.sizes[p] = lac_mail_most(r, p);
  return lac_exchange_up(r->exchange, c->status, r->post.out.buf, lac_msg_bytes(&r->post.out), 0, r->post.sizes, &a->out);
}

static int send_row(lac_run *r, course *c, uint64_t counts[static COUNTS], arrived *a)
{
  lac_msg_clear(&r->post.row);
  if (c->status == LAC_OK)
    c->status = append_row(r, counts, &r->post.row);
  return lac_exchange_row(r->exchange, c->status, r->post.row.buf, r->post.row_sizes, &a->row);
}

static void note_failure(const lac_run *r, course *c)
{
  if (c->ended || !lac_exchange_failed(r->exchange))
    return;
  c->ended = 1;
  c->last = r->round;
}

static int send_apart(lac_run *r, course *c, const speakers *p, uint64_t counts[static COUNTS], arrived *a)
{
  if (goes_at_once(r, p))
    LAC_TRY(send_mail(r, c, a));
  if (p->due)
    LAC_TRY(send_row(r, c, counts, a));
  note_failure(r, c);
  return LAC_OK;
}

/* Numbers that are no longer finite are heard of when the message arrives, wherever they were. */
static int send_late(lac_run *r, course *c)
{
  int status = c->status;
  c->status = status == LAC_EDIVERGED ? LAC_OK : status;
  return lac_late_send(r, status);
}

/* Everything that moves up in this exchange. */
static int deliver(lac_run *r, course *c, const speakers *p, uint64_t counts[static COUNTS])
{
  arrived a = { 0 };
  int joins = lac_exchange_joins(r->exchange);
  double start = lac_seconds();
  if (joins)
    LAC_TRY(send_joined(r, c, p, counts, &a));
  else
    LAC_TRY(send_apart(r, c, p, counts, &a));
  c->failed |= c->status != LAC_OK;
  if (r->post.lag && p->clients)
    LAC_TRY(send_late(r, c));
  LAC_TRY(lac_late_land(r, &a.mail));
  r->ledger.seconds[LAC_TIME_EXCHANGE] += lac_seconds() - start;
  if (serves(r) && c->status == LAC_OK)
    c->status = server_side(r, c, p, &a);
  lac_late_release(r);
  return LAC_OK;
}

/* Numbers that are no longer finite end the run, and are no failure. */
static int end_or_pass(course *c, int status)
{
  if (status != LAC_EDIVERGED)
    return status;
  c->stop = LAC_DIVERGED;
  c->over = 1;
  return LAC_OK;
}

static int exchange(lac_run *r, course *c, int idle)
{
  speakers p = who_speaks(r, c, idle);
  const lac_ledger *l = &r->ledger;
  uint64_t counts[COUNTS] = { [CALLS] = l->oracle_calls, [SAMPLES] = l->samples, [BITS] = l->bits_up, [MESSAGES] = l->msgs_up,
                              [WIRE] = lac_exchange_traffic(r->exchange, LAC_FOR_METHOD)->bytes,
                              [TRACE_WIRE] = lac_exchange_traffic(r->exchange, LAC_FOR_TRACE)->bytes };
  r->ledger.total.bits_down = r->ledger.bits_down;      /* a row counts what was sent before its round */
  r->ledger.total.msgs_down = r->ledger.msgs_down;
  if (p.server)
    LAC_TRY(open_exchange(r, c, &p));
  else {
    lac_msg_clear(&r->post.down);
    if (r->env.phase == 0)
      LAC_TRY(listen(r, c));
  }
  if ((c->over = p.server && c->stop != LAC_GO))
    return LAC_OK;
  c->heard = p.due;
  if (c->status == LAC_OK && !idle)
    c->status = receive_broadcast(r);
  if (c->status == LAC_OK && !c->missed)
    c->status = clients_of_round(r, p.due, idle, goes_at_once(r, &p));
  if (p.hands_on)
    LAC_TRY(lac_pass_deliver(r, &c->status, &c->missed));
  return end_or_pass(c, deliver(r, c, &p, counts));
}

/* Behind the exchanges of a round that handed messages on: their bits, and how all ranks fare, which the next exchange says before any
   client makes its step. */
static int tell_passed(lac_run *r, course *c)
{
  const lac_rank_bytes *all = NULL;
  size_t bytes = lac_pass_bytes(r, lac_comm_rank(r->comm));
  double start = lac_seconds();
  int status;
  if (lac_exchange_joins(r->exchange))
    status = lac_exchange_up(r->exchange, c->status, r->post.passed, bytes, bytes, NULL, &all);
  else {
    for (int p = 0; p < lac_comm_size(r->comm); p++)
      r->post.sizes[p] = lac_pass_bytes(r, p);
    status = lac_exchange_row(r->exchange, c->status, r->post.passed, r->post.sizes, &all);
  }
  r->ledger.seconds[LAC_TIME_EXCHANGE] += lac_seconds() - start;
  c->failed |= c->status != LAC_OK;
  c->heard = 1;
  note_failure(r, c);
  if (status == LAC_OK && is_root(r) && c->status == LAC_OK && !c->ended)
    c->status = lac_pass_record(r, all);
  c->missed = LAC_OK;
  r->post.passes = 0;
  return end_or_pass(c, status);
}

/* Between two rounds: save, if it is time and nobody has bad news that the next exchange will tell. */
static int between(lac_run *r, course *c)
{
  uint64_t done = r->env.round + 1, every = r->saving.rounds, save = done == r->saving.pause ? SAVE_AND_STOP : c->save;
  if (c->over || !r->saving.path || (!save && (!every || done % every)))
    return LAC_OK;
  if (lac_comm_agree(r->comm, c->status == LAC_OK && !c->failed && c->stop == LAC_GO ? LAC_OK : LAC_EDIVERGED) != LAC_OK)
    return LAC_OK;
  count_time(r, c);
  c->save = 0;
  int status = lac_state_save(r, c->sink);
  r->saving.saved = lac_seconds();
  r->ledger.seconds[LAC_TIME_CHECKPOINT] += r->saving.saved - c->start;
  if (save == SAVE_AND_STOP) {
    c->stop = LAC_INTERRUPTED;
    c->over = 1;
    return status;
  }
  /* A full disk is no reason to throw the run away. */
  if (status != LAC_OK && is_root(r))
    fprintf(stderr, "laconic: warning: no checkpoint after round %llu: %s\n", (unsigned long long)r->round, lac_error());
  return LAC_OK;
}

/* Those that are heard, and the draws behind them. */
static void count_participants(lac_run *r)
{
  r->env.participants = r->env.draws = 0;
  for (uint32_t i = 0; i < r->env.n; i++)
    if (r->draws.times[i] && !r->draws.lost[i]) {
      r->env.participants++;
      r->env.draws += r->draws.times[i];
    }
}

/* Who takes part in the exchange at hand, and who of them is heard: the sample of the round, or everyone. */
static int choose_clients(lac_run *r)
{
  const lac_algorithm_type *method = r->recipe.method;
  lac_draws *d = &r->draws;
  uint64_t round = method->sampled_in ? method->sampled_in(&r->env) : r->round;
  if (method->everyone && method->everyone(&r->env)) {
    for (uint32_t i = 0; i < r->env.n; i++)
      d->times[i] = 1;
    memset(d->lost, 0, r->env.n);
    d->awake = r->env.n;
  } else {
    LAC_TRY(lac_sampler_draw(&r->recipe.sampler, d->rng, &d->seeds, r->env.n, round, d->times, &d->awake));
    lac_sampler_lose(r->config->dropout, d->rng, &d->seeds, r->env.n, round, d->times, d->lost);
  }
  count_participants(r);
  return LAC_OK;
}

static int one_round(lac_run *r, course *c)
{
  int done = r->round == r->config->rounds;
  if (lac_interrupted())
    lac_comm_raise(r->comm);
  r->env.round = r->env.sent = r->round;
  r->env.phase = 0;
  lac_schedule_set(r);
  unsigned phases = done || !r->recipe.method->phases ? 1 : r->recipe.method->phases(&r->env);
  for (; r->env.phase < phases && !c->over; r->env.phase++) {
    if (r->post.passes && !lac_pass_is_due(r))
      LAC_TRY(tell_passed(r, c));
    LAC_TRY(choose_clients(r));
    if (!c->over)
      LAC_TRY(exchange(r, c, done || r->draws.awake == 0));
  }
  if (c->stop == LAC_GO)
    r->post.log.rounds = ++r->round;
  return between(r, c);
}

int lac_run_rounds(lac_run *r, const lac_sink *sink)
{
  course c = { .sink = sink, .start = lac_seconds(), .start_ticks = lac_ticks() };
  c.heard = r->round > 0 && (r->round - 1) % r->config->eval == 0;
  r->saving.saved = c.start;
  c.beside = beside_after(r, &c, 0);
  size_rows(r);
  LAC_TRY(lac_schedule_open(r));
  while (!c.over)
    LAC_TRY(one_round(r, &c));
  LAC_TRY(lac_late_drain(r));
  count_time(r, &c);
  r->reason = lac_end_name[c.stop];
  if (r->recipe.method->client_recv)
    LAC_TRY(lac_pass_iterate(r));
  if (is_root(r))
    r->x = r->recipe.method->client_recv ? r->eval.x : r->store.server.v[r->recipe.method->iterate];
  return LAC_OK;
}
