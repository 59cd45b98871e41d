/* The round.

     rank 0     server_send -> one message           all ranks  broadcast
     each rank  host_recv, once                      each rank  for its clients in order: evaluate x_t if row t is due,
                                                                client_step -> message
     all        gather of messages and tree nodes    rank 0     row t; then for id = 0..n-1: check bits, server_recv
     rank 0     server_step: x_{t+1}

   That is one exchange; a round of several phases repeats it, and only clients that take part step, send and receive.

   A failure on any rank travels with the next exchange, so that nobody waits for a rank that has left. */
#include "run/run.h"

#include "interrupt.h"
#include "run/state.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const lac_time_name[LAC_TIMES] = { "oracle", "compress", "evaluate", "exchange", "record", "checkpoint", "total" };

/* What rank 0 says at the start of a round. */
typedef struct { uint64_t status, stop, save, round, nbits; } header;
enum { GO, CONVERGED, BUDGET, ROUNDS, DIVERGED, INTERRUPTED };
enum { SAVE = 1, SAVE_AND_STOP };
static const char *const reasons[] = { NULL, "converged", "budget", "rounds", "diverged", "interrupted" };

static int is_root(const lac_run *r) { return lac_comm_rank(r->comm) == 0; }

static int on_due(const lac_run *r) { return r->round % r->config->eval == 0 || r->round == r->config->rounds; }

/* ---- clients ---- */

/* f_i and its gradient at x_t into the tree; the gradient stays at hand for client_step, which usually wants the same. */
static int evaluate_client(lac_run *r, uint32_t id)
{
  size_t d = r->env.d;
  const lac_problem_type *type = r->problem.type;
  double start = lac_seconds(), f, *slot;
  uint64_t right = 0, rows = 0;
  LAC_TRY(type->value_grad(&r->problem, r->shard[id - r->first], r->x_eval, &f, r->leaf));
  if (type->score)
    LAC_TRY(type->score(&r->problem, r->shard[id - r->first], r->x_eval, &right, &rows));
  r->right += right;
  r->rows += rows;
  r->leaf_client = id;
  if (!(slot = lac_tree_slot(&r->tree)))
    return LAC_ENOMEM;
  lac_copy(d, r->leaf, slot);
  slot[d] = f;
  lac_tree_push(&r->tree, 0, id);
  r->seconds[LAC_TIME_EVALUATE] += lac_seconds() - start;
  return LAC_OK;
}

static int check_bits(lac_run *r, uint32_t id, uint64_t nbits)
{
  int exact = 0;
  uint64_t declared = r->method->uplink_bits(&r->env, &exact);
  if (exact ? nbits == declared : nbits <= declared)
    return LAC_OK;
  return lac_fail(LAC_EBUG, "%s with %s wrote %llu bits for client %u in round %llu but declares %s%llu: a bug in one of them",
                  r->method->name, r->up.spec.name, (unsigned long long)nbits, id, (unsigned long long)r->round,
                  exact ? "" : "at most ", (unsigned long long)declared);
}

static int step_client(lac_run *r, uint32_t id)
{
  size_t stride = lac_stride(r->env.d);
  lac_client *c = &r->client;
  c->id = id;
  c->shard = r->shard[id - r->first];
  for (unsigned k = 0; k < r->method->client_vecs; k++)
    c->v[k] = r->client_store + ((size_t)(id - r->first) * r->method->client_vecs + k) * stride;
  lac_msg_clear(&r->message);
  LAC_TRY(r->method->client_step(&r->env, &r->mirror, c, &r->message));
  return check_bits(r, id, r->message.nbits);
}

/* ---- what travels ----

   mail   nbits of every client of the rank, then the messages, each padded to 8 bytes
   out    mail (unless it travels late), then, when a row is due: the rank's own counts, and its tree nodes */

/* Oracle calls, bits and messages before this round; rows classified right and all rows, at the point that is evaluated. */
enum { CALLS, BITS, MESSAGES, RIGHT, ROWS, COUNTS };

static uint64_t *words_of(const lac_msg *m) { return (uint64_t *)m->buf; }

static int append_bytes(lac_msg *to, const void *bytes, size_t count)
{
  size_t at = lac_msg_bytes(to), padded = (count + 7) & ~(size_t)7;
  LAC_TRY(lac_grow(&to->buf, &to->cap, at + padded, 1));
  if (padded) {
    memset(to->buf + at + padded - 8, 0, 8);
    memcpy(to->buf + at, bytes, count);
  }
  to->nbits += 8 * (uint64_t)padded;
  return LAC_OK;
}

static int begin_mail(lac_run *r)
{
  size_t head = (r->last - r->first) * sizeof(uint64_t);
  LAC_TRY(lac_grow(&r->mail.buf, &r->mail.cap, head + 8, 1));
  memset(r->mail.buf, 0, head);
  r->mail.nbits = 8 * (uint64_t)head;
  return LAC_OK;
}

static int append_message(lac_run *r, uint32_t id)
{
  LAC_TRY(append_bytes(&r->mail, r->message.buf, lac_msg_bytes(&r->message)));
  words_of(&r->mail)[id - r->first] = r->message.nbits;
  r->bits_up += r->message.nbits;
  r->msgs_up += r->message.nbits > 0;
  return LAC_OK;
}

/* All clients of this rank: evaluation into the tree, messages into the mail. */
static int clients_of_round(lac_run *r, int due, int silent)
{
  lac_tree_clear(&r->tree);
  r->right = r->rows = 0;
  r->leaf_client = r->env.n;
  LAC_TRY(begin_mail(r));
  for (uint32_t id = r->first; id < r->last; id++) {
    if (due)
      LAC_TRY(lac_context(evaluate_client(r, id), "client %u", id));
    if (!silent && r->takes_part[id]) {
      int status = step_client(r, id);
      LAC_TRY(status == LAC_EBUG ? status : lac_context(status, "client %u", id));
      LAC_TRY(append_message(r, id));
    }
  }
  return LAC_OK;
}

static int make_out(lac_run *r, int with_mail, int due, uint64_t counts[static COUNTS])
{
  counts[RIGHT] = r->right;
  counts[ROWS] = r->rows;
  lac_msg_clear(&r->out);
  if (with_mail)
    LAC_TRY(append_bytes(&r->out, r->mail.buf, lac_msg_bytes(&r->mail)));
  if (!due)
    return LAC_OK;
  LAC_TRY(append_bytes(&r->out, counts, COUNTS * sizeof *counts));
  return lac_mean_append(r, &r->out);
}

/* Where a rank's mail ends. */
static size_t end_of_mail(const uint8_t *bytes, uint32_t clients)
{
  const uint64_t *nbits = (const uint64_t *)bytes;
  size_t words = clients;
  for (uint32_t i = 0; i < clients; i++)
    words += (size_t)((nbits[i] + 63) / 64);
  return words * 8;
}

/* ---- rank 0 ---- */

static int take_message(lac_run *r, uint32_t id, const uint8_t *bytes, uint64_t nbits)
{
  size_t stride = lac_stride(r->env.d);
  lac_msg up;
  lac_msg_view(&up, bytes, nbits);
  for (unsigned k = 0; k < r->method->server_client_vecs; k++)
    r->server.of[k] = r->about_store + ((size_t)id * r->method->server_client_vecs + k) * stride;
  LAC_TRY(lac_context(r->method->server_recv(&r->env, &r->server, id, &up), "message of client %u", id));
  if (up.rpos != up.nbits)
    return lac_fail(LAC_EBUG, "%s left %llu of %llu bits of client %u's message unread: a bug in its server_recv", r->method->name,
                    (unsigned long long)(nbits - up.rpos), (unsigned long long)nbits, id);
  return LAC_OK;
}

/* The mail of all ranks, sent in round `sent`. */
static int take_mail(lac_run *r, uint64_t sent, const uint8_t *all, const size_t *starting)
{
  uint32_t first, last;
  r->env.sent = sent;
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    const uint64_t *nbits = (const uint64_t *)(all + starting[p]);
    const uint8_t *bytes = (const uint8_t *)(nbits + (last - first));
    for (uint32_t id = first; id < last; id++) {
      if (nbits[id - first] > UINT64_MAX - 64)
        return lac_fail((int)(UINT64_MAX - nbits[id - first]), "client %u failed", id);
      if (r->takes_part[id])
        LAC_TRY(take_message(r, id, bytes, nbits[id - first]));
      bytes += (nbits[id - first] + 63) / 64 * 8;
    }
  }
  r->env.sent = r->round;
  return LAC_OK;
}

/* Cells in the order of r->column: see setup.c. */
static void fill_row(const lac_run *r, const double *mean, const uint64_t counts[static COUNTS], lac_cell *cell)
{
  const double *x = r->server.v[r->method->iterate];
  size_t d = r->env.d, k = 0;
  double dist_sq = 0;
  cell[k++].count = r->round;
  cell[k++].real = mean[d];
  cell[k++].real = lac_norm_sq(d, mean);
  cell[k++].count = r->meter.bits_up;
  cell[k++].count = r->meter.bits_down;
  cell[k++].count = r->meter.msgs_up;
  cell[k++].count = r->meter.msgs_down;
  cell[k++].count = r->meter.oracle_calls;
  if (r->x_star) {
    for (size_t j = 0; j < d; j++)
      dist_sq += (x[j] - r->x_star[j]) * (x[j] - r->x_star[j]);
    cell[k++].real = mean[d] - r->f_star;
    cell[k++].real = dist_sq;
  }
  if (r->problem.type->score)
    cell[k++].real = (double)counts[RIGHT] / (double)counts[ROWS];
}

static uint64_t verdict(const lac_run *r, const lac_cell *cell)
{
  int at = r->stop_column;
  if (!isfinite(cell[1].real) || !isfinite(cell[2].real))
    return DIVERGED;
  if (at >= 0 && r->column[at].is_real && (r->column[at].rises ? cell[at].real >= r->stop_value : cell[at].real <= r->stop_value))
    return CONVERGED;
  if (at >= 0 && !r->column[at].is_real && (double)cell[at].count >= r->stop_value)
    return BUDGET;
  return r->round == r->config->rounds ? ROUNDS : GO;
}

static int take_row(lac_run *r, const lac_sink *sink, int with_mail, const uint8_t *all, const size_t *starting, uint64_t *stop)
{
  lac_cell cell[LAC_COLUMNS_MOST];
  uint32_t first, last;
  uint64_t sum[COUNTS] = { 0 };
  lac_tree_clear(&r->root);
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    const uint8_t *bytes = all + starting[p];
    const uint64_t *counts = (const uint64_t *)(bytes + (with_mail ? end_of_mail(bytes, last - first) : 0));
    const uint8_t *nodes = (const uint8_t *)(counts + COUNTS);
    for (int k = 0; k < COUNTS; k++)
      sum[k] += counts[k];
    LAC_TRY(lac_tree_unpack_push(&r->root, nodes, (size_t)(all + starting[p + 1] - nodes)));
  }
  r->meter.oracle_calls = sum[CALLS];
  r->meter.bits_up = sum[BITS];
  r->meter.msgs_up = sum[MESSAGES];
  lac_mean_total(r, r->leaf);
  fill_row(r, r->leaf, sum, cell);
  *stop = verdict(r, cell);
  double start = lac_seconds();
  int status = sink ? sink->row(sink->self, cell) : LAC_OK;
  r->seconds[LAC_TIME_RECORD] += lac_seconds() - start;
  return status;
}

/* ---- all ranks ---- */

/* What passes from exchange to exchange. */
typedef struct {
  const lac_sink *sink;
  int status;             /* of this rank since the last exchange, told to all at the next */
  uint64_t stop;          /* rank 0 knows it first */
  int over;               /* all ranks know it */
  int was_due;            /* rank 0 may have something to say about the last row */
  uint64_t save;          /* after this round, so says rank 0 */
  double start;
} course;

/* One exchange: who speaks, and what for. */
typedef struct { int due, idle, server, clients; } plan;

static plan plan_of(const lac_run *r, const course *c, int idle)
{
  plan p = { .due = r->env.phase == 0 && on_due(r), .idle = idle };
  unsigned speaks = idle ? 0 : r->method->speaks ? r->method->speaks(&r->env) : LAC_SERVER_SPEAKS | LAC_CLIENTS_SPEAK;
  p.server = (speaks & LAC_SERVER_SPEAKS) || p.due || c->was_due || r->round == r->config->rounds;
  p.clients = (speaks & LAC_CLIENTS_SPEAK) != 0;
  return p;
}

/* Is a checkpoint wanted after this round?  Every so many rounds needs no word of rank 0. */
static uint64_t wish(const lac_run *r)
{
  const lac_saving *s = &r->saving;
  if (!s->path)
    return 0;
  if (lac_comm_raised(r->comm))
    return SAVE_AND_STOP;
  return s->seconds > 0 && lac_seconds() - s->saved >= s->seconds ? SAVE : 0;
}

/* In rounds of silence the wish for a checkpoint is murmured every so many rounds, and known to all after twice as many at the latest. */
enum { MURMUR = 8 };

static int listen(lac_run *r, course *c)
{
  uint64_t word;
  if (!r->saving.path || r->round % MURMUR)
    return LAC_OK;
  LAC_TRY(lac_comm_hear(r->comm, &word));
  c->save = word > c->save ? word : c->save;
  return lac_comm_say(r->comm, word ? 0 : wish(r));
}

/* Tell everybody how rank 0 fares and, if the run goes on, the server's message and the point to evaluate. */
static int open_exchange(lac_run *r, course *c, const plan *p)
{
  header h = { 0 };
  double start = lac_seconds();
  if (is_root(r)) {
    lac_msg_clear(&r->down);
    if (c->status == LAC_OK && c->stop == GO && !p->idle)
      c->status = r->method->server_send(&r->env, &r->server, &r->down);
    if (c->status == LAC_EDIVERGED) {
      c->stop = DIVERGED;
      c->status = LAC_OK;
    }
    h = (header){ (uint64_t)c->status, c->stop, wish(r), r->round, r->down.nbits };
  }
  LAC_TRY(lac_comm_bcast(r->comm, &h, sizeof h));
  if (h.status != LAC_OK)
    return lac_comm_agree(r->comm, c->status);
  r->round = h.round;
  c->save = h.save > c->save ? h.save : c->save;
  if ((c->stop = h.stop) != GO)
    return LAC_OK;
  if (!is_root(r)) {
    lac_msg_clear(&r->down);
    LAC_TRY(lac_grow(&r->down.buf, &r->down.cap, (size_t)(h.nbits / 8) + 16, 1));
    r->down.nbits = h.nbits;
  }
  LAC_TRY(lac_comm_bcast(r->comm, r->down.buf, lac_msg_bytes(&r->down)));
  r->bits_down += r->down.nbits * r->env.participants;
  r->msgs_down += r->down.nbits ? r->env.participants : 0;
  if (p->due) {
    if (is_root(r))
      lac_copy(r->env.d, r->server.v[r->method->iterate], r->x_eval);
    LAC_TRY(lac_comm_bcast(r->comm, r->x_eval, r->env.d * sizeof(double)));
  }
  r->seconds[LAC_TIME_EXCHANGE] += lac_seconds() - start;
  return LAC_OK;
}

static int receive_broadcast(lac_run *r)
{
  r->down.rpos = r->down.uses = 0;
  LAC_TRY(r->method->host_recv(&r->env, &r->mirror, &r->down));
  if (r->down.rpos != r->down.nbits)
    return lac_fail(LAC_EBUG, "%s left bits of the server's message unread: a bug in its host_recv", r->method->name);
  return LAC_OK;
}

/* ---- late mail ---- */

/* Bytes that a rank posts: every message at its declared size. */
static size_t post_size(const lac_run *r, int rank)
{
  uint32_t first, last;
  int exact;
  lac_comm_clients(r->comm, r->env.n, rank, &first, &last);
  return (last - first) * 8 * (size_t)(1 + (r->method->uplink_bits(&r->env, &exact) + 63) / 64);
}

/* A rank that has failed posts too, so that nobody waits for it; instead of sizes it says what happened. */
static int post_mail(lac_run *r, int status)
{
  int ranks = lac_comm_size(r->comm);
  size_t mine = post_size(r, lac_comm_rank(r->comm));
  LAC_TRY(lac_grow(&r->mail.buf, &r->mail.cap, mine, 1));
  for (uint32_t i = 0; status != LAC_OK && i < r->last - r->first; i++)
    words_of(&r->mail)[i] = UINT64_MAX - (uint64_t)status;
  for (int p = 0; p < ranks; p++)
    r->post_sizes[p] = post_size(r, p);
  r->late[r->late_count].sent = r->round;
  return lac_comm_post(r->comm, &r->late[r->late_count++].flight, r->mail.buf, r->post_sizes);
}

/* The mail that is due in this round: *all is NULL when there is none or this is not rank 0. */
static int land_mail(lac_run *r, const uint8_t **all, const size_t **starting)
{
  *all = NULL;
  if (r->late_count == 0 || r->late[0].sent + r->lag != r->round)
    return LAC_OK;
  return lac_comm_land(r->comm, r->late[0].flight, all, starting);
}

static void release_mail(lac_run *r)
{
  if (r->late_count == 0 || r->late[0].sent + r->lag != r->round)
    return;
  lac_comm_release(r->comm, r->late[0].flight);
  memmove(r->late, r->late + 1, --r->late_count * sizeof *r->late);
}

/* What the end of the run finds under way has to arrive before its memory goes. */
static int drain(lac_run *r)
{
  const uint8_t *all;
  const size_t *starting;
  uint64_t word;
  LAC_TRY(lac_comm_hear(r->comm, &word));
  for (; r->late_count; memmove(r->late, r->late + 1, --r->late_count * sizeof *r->late)) {
    LAC_TRY(lac_comm_land(r->comm, r->late[0].flight, &all, &starting));
    lac_comm_release(r->comm, r->late[0].flight);
  }
  return LAC_OK;
}

size_t lac_late_words(lac_run *r, uint64_t sent)
{
  uint64_t now = r->env.round;
  int exact;
  r->env.round = sent;
  size_t words = (size_t)(1 + (r->method->uplink_bits(&r->env, &exact) + 63) / 64);
  r->env.round = now;
  return words;
}

void lac_late_rows(const lac_run *r, unsigned which, size_t words, uint64_t *rows)
{
  const uint64_t *nbits = lac_comm_posted(r->late[which].flight), *message = nbits + (r->last - r->first);
  for (uint32_t i = 0; i < r->last - r->first; i++, rows += words) {
    size_t length = (size_t)((nbits[i] + 63) / 64);
    rows[0] = nbits[i];
    memcpy(rows + 1, message, length * sizeof *rows);
    message += length;
  }
}

int lac_late_post(lac_run *r, uint64_t sent, size_t words, const uint64_t *rows)
{
  uint64_t now = r->round;
  int status = begin_mail(r);
  for (uint32_t i = 0; status == LAC_OK && i < r->last - r->first; i++, rows += words) {
    if (rows[0] > 64 * (uint64_t)(words - 1))
      status = lac_fail(LAC_EFORMAT, "a late message in the checkpoint is longer than %s allows", r->method->name);
    else
      status = append_bytes(&r->mail, rows + 1, (size_t)((rows[0] + 63) / 64) * 8);
    words_of(&r->mail)[i] = rows[0];
  }
  LAC_TRY(lac_comm_agree(r->comm, status));
  r->round = r->env.round = sent;
  status = post_mail(r, LAC_OK);
  r->round = r->env.round = now;
  return status;
}

/* ---- an exchange ---- */

/* Rank 0, with what has arrived: row t, then the messages, then x_{t+1}. */
static int server_side(lac_run *r, course *c, const plan *p, const uint8_t *out, const size_t *out_at, const uint8_t *mail,
                       const size_t *mail_at)
{
  int with_mail = r->lag == 0 && p->clients;
  if (p->due)
    LAC_TRY(take_row(r, c->sink, with_mail, out, out_at, &c->stop));
  if (c->stop != GO || p->idle)
    return LAC_OK;
  if (with_mail)
    LAC_TRY(take_mail(r, r->round, out, out_at));
  else if (mail)
    LAC_TRY(take_mail(r, r->round - r->lag, mail, mail_at));
  return lac_context(r->method->server_step(&r->env, &r->server), "round %llu", (unsigned long long)r->round);
}

/* Everything that moves up in this exchange. */
static int deliver(lac_run *r, course *c, const plan *p, uint64_t counts[static COUNTS])
{
  const uint8_t *out = NULL, *mail = NULL;
  const size_t *out_at = NULL, *mail_at = NULL;
  int now = r->lag == 0 && p->clients;
  double start = lac_seconds();
  if (c->status == LAC_OK)
    c->status = make_out(r, now, p->due, counts);
  if (now || p->due) {
    c->status = lac_comm_gather(r->comm, c->status, r->out.buf, lac_msg_bytes(&r->out), &out, &out_at);
    LAC_TRY(c->status);
  }
  if (r->lag && p->clients)
    LAC_TRY(post_mail(r, c->status));
  LAC_TRY(land_mail(r, &mail, &mail_at));
  r->seconds[LAC_TIME_EXCHANGE] += lac_seconds() - start;
  if (is_root(r))
    c->status = server_side(r, c, p, out, out_at, mail, mail_at);
  release_mail(r);
  return LAC_OK;
}

static int exchange(lac_run *r, course *c, int idle)
{
  plan p = plan_of(r, c, idle);
  uint64_t counts[COUNTS] = { [CALLS] = r->oracle_calls, [BITS] = r->bits_up, [MESSAGES] = r->msgs_up };
  r->meter.bits_down = r->bits_down;      /* a row counts what was sent before its round */
  r->meter.msgs_down = r->msgs_down;
  if (p.server)
    LAC_TRY(open_exchange(r, c, &p));
  else {
    lac_msg_clear(&r->down);
    LAC_TRY(listen(r, c));
  }
  if ((c->over = p.server && c->stop != GO))
    return LAC_OK;
  c->was_due = p.due;
  if (c->status == LAC_OK && !idle)
    c->status = receive_broadcast(r);
  if (c->status == LAC_OK)
    c->status = clients_of_round(r, p.due, idle);
  int status = deliver(r, c, &p, counts);
  if (status == LAC_EDIVERGED) {
    c->stop = DIVERGED;
    c->over = 1;
    return LAC_OK;
  }
  return status;
}

/* Between two rounds: save, if it is time and nobody has bad news that the next exchange will tell. */
static int between(lac_run *r, course *c)
{
  uint64_t done = r->env.round + 1, every = r->saving.rounds, save = done == r->config->pause ? SAVE_AND_STOP : c->save;
  double start = lac_seconds();
  if (c->over || !r->saving.path || (!save && (!every || done % every)))
    return LAC_OK;
  if (lac_comm_agree(r->comm, c->status == LAC_OK && c->stop == GO ? LAC_OK : LAC_EDIVERGED) != LAC_OK)
    return LAC_OK;
  r->seconds[LAC_TIME_TOTAL] += start - c->start;
  c->start = start;
  c->save = 0;
  int status = lac_state_save(r, c->sink);
  r->saving.saved = lac_seconds();
  r->seconds[LAC_TIME_CHECKPOINT] += r->saving.saved - start;
  if (save == SAVE_AND_STOP) {
    c->stop = INTERRUPTED;
    c->over = 1;
    return status;
  }
  /* A full disk is no reason to throw the run away. */
  if (status != LAC_OK && is_root(r))
    fprintf(stderr, "laconic: warning: no checkpoint after round %llu: %s\n", (unsigned long long)r->round, lac_error());
  return LAC_OK;
}

/* Who takes part in the exchange at hand: the sample of the round, or everyone. */
static int choose_clients(lac_run *r)
{
  if (!r->method->everyone || !r->method->everyone(&r->env))
    return lac_sampler_draw(&r->sampler, r->rng, &r->seeds, r->env.n, r->round, r->takes_part, &r->env.participants);
  memset(r->takes_part, 1, r->env.n);
  r->env.participants = r->env.n;
  return LAC_OK;
}

static int one_round(lac_run *r, course *c)
{
  int done = r->round == r->config->rounds;
  if (lac_interrupted())
    lac_comm_raise(r->comm);
  r->env.round = r->env.sent = r->round;
  r->env.phase = 0;
  unsigned phases = done || !r->method->phases ? 1 : r->method->phases(&r->env);
  for (; r->env.phase < phases && !c->over; r->env.phase++) {
    LAC_TRY(choose_clients(r));
    LAC_TRY(exchange(r, c, done || r->env.participants == 0));
  }
  if (c->stop == GO)
    r->round++;
  return between(r, c);
}

int lac_run_rounds(lac_run *r, const lac_sink *sink)
{
  course c = { .sink = sink, .start = lac_seconds() };
  c.was_due = r->round > 0 && (r->round - 1) % r->config->eval == 0;
  r->saving.saved = c.start;
  while (!c.over)
    LAC_TRY(one_round(r, &c));
  LAC_TRY(drain(r));
  r->seconds[LAC_TIME_TOTAL] += lac_seconds() - c.start;
  r->reason = reasons[c.stop];
  if (is_root(r))
    r->x = r->server.v[r->method->iterate];
  return LAC_OK;
}
