/* The round.

     rank 0     server_send -> one message           all ranks  broadcast
     each rank  host_recv, once                      each rank  for its clients in order: evaluate x_t if row t is due,
                                                                client_step -> message
     all        gather of messages and tree nodes    rank 0     row t; then for id = 0..n-1: check bits, server_recv
     rank 0     server_step: x_{t+1}

   That is one exchange; a round of several phases repeats it, and only clients that take part step, send and receive.

   A failure on any rank travels with the next exchange, so that nobody waits for a rank that has left. */
#include "run.h"

#include <math.h>
#include <stdlib.h>

const char *const lac_time_name[LAC_TIMES] = { "oracle", "compress", "evaluate", "exchange", "record", "total" };

/* What rank 0 says at the start of a round. */
typedef struct { uint64_t status, stop, round, nbits; } header;
enum { GO, CONVERGED, BUDGET, ROUNDS, DIVERGED };
static const char *const reasons[] = { NULL, "converged", "budget", "rounds", "diverged" };

static int is_root(const lac_run *r) { return lac_comm_rank(r->comm) == 0; }

static int on_due(const lac_run *r) { return r->round % r->config->eval == 0 || r->round == r->config->rounds; }

/* ---- means over clients ---- */

/* This rank's nodes, appended to what it sends. */
static int append_nodes(lac_run *r)
{
  size_t at = lac_msg_bytes(&r->out);
  LAC_TRY(lac_grow(&r->out.buf, &r->out.cap, at + lac_tree_bytes(&r->tree), 1));
  lac_tree_pack(&r->tree, r->out.buf + at);
  r->out.nbits += 8 * (uint64_t)lac_tree_bytes(&r->tree);
  return LAC_OK;
}

static void scale_total(lac_run *r, double *mean)
{
  const double *total = lac_tree_total(&r->root);
  for (size_t j = 0; j <= r->env.d; j++)
    mean[j] = total[j] / r->env.n;
}

static int add_leaves(lac_run *r, lac_leaf leaf, const void *arg)
{
  lac_tree_clear(&r->tree);
  lac_msg_clear(&r->out);
  for (uint32_t i = r->first; i < r->last; i++) {
    double *slot = lac_tree_slot(&r->tree);
    if (!slot)
      return LAC_ENOMEM;
    LAC_TRY(leaf(r, i, arg, slot));
    lac_tree_push(&r->tree, 0, i);
  }
  return append_nodes(r);
}

int lac_run_mean(lac_run *r, lac_leaf leaf, const void *arg, double *mean)
{
  const uint8_t *all;
  const size_t *starting;
  int status = add_leaves(r, leaf, arg);
  LAC_TRY(lac_comm_gather(r->comm, status, r->out.buf, lac_msg_bytes(&r->out), &all, &starting));
  if (is_root(r)) {
    lac_tree_clear(&r->root);
    for (int p = 0; status == LAC_OK && p < lac_comm_size(r->comm); p++)
      status = lac_tree_unpack_push(&r->root, all + starting[p], starting[p + 1] - starting[p]);
    if (status == LAC_OK)
      scale_total(r, mean);
  }
  LAC_TRY(lac_comm_agree(r->comm, status));
  return lac_comm_bcast(r->comm, mean, (r->env.d + 1) * sizeof *mean);
}

static int evaluate_leaf(lac_run *r, uint32_t client, const void *x, double *out)
{
  return r->problem.type->value_grad(&r->problem, r->shard[client - r->first], x, &out[r->env.d], out);
}

int lac_run_evaluate(lac_run *r, const double *x, double *f, double *g)
{
  double *mean = lac_alloc((r->env.d + 1) * sizeof *mean);
  LAC_TRY(lac_comm_agree(r->comm, mean ? LAC_OK : LAC_ENOMEM));
  int status = lac_run_mean(r, evaluate_leaf, x, mean);
  if (status == LAC_OK) {
    lac_copy(r->env.d, mean, g);
    *f = mean[r->env.d];
  }
  free(mean);
  return status;
}

/* ---- clients ---- */

/* f_i and its gradient at x_t into the tree; the gradient stays at hand for client_step, which usually wants the same. */
static int evaluate_client(lac_run *r, uint32_t id)
{
  size_t d = r->env.d;
  double start = lac_seconds(), f, *slot;
  LAC_TRY(r->problem.type->value_grad(&r->problem, r->shard[id - r->first], r->x_eval, &f, r->leaf));
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

/* out = oracle calls, nbits of every client, messages padded to 8 bytes, tree nodes. */
static uint64_t *out_words(lac_run *r) { return (uint64_t *)r->out.buf; }

static int append_message(lac_run *r, uint32_t id)
{
  size_t at = lac_msg_bytes(&r->out), size = (lac_msg_bytes(&r->message) + 7) & ~(size_t)7;
  LAC_TRY(lac_grow(&r->out.buf, &r->out.cap, at + size, 1));
  if (size) {
    memset(r->out.buf + at + size - 8, 0, 8);
    memcpy(r->out.buf + at, r->message.buf, lac_msg_bytes(&r->message));
  }
  r->out.nbits += 8 * (uint64_t)size;
  out_words(r)[1 + id - r->first] = r->message.nbits;
  return LAC_OK;
}

static int clients_of_round(lac_run *r, int due, int idle)
{
  size_t head = (1 + (size_t)(r->last - r->first)) * sizeof(uint64_t);
  LAC_TRY(lac_grow(&r->out.buf, &r->out.cap, head, 1));
  memset(r->out.buf, 0, head);
  r->out.nbits = 8 * (uint64_t)head;
  lac_tree_clear(&r->tree);
  r->rank_oracle_calls = 0;
  r->leaf_client = r->env.n;
  for (uint32_t id = r->first; id < r->last; id++) {
    if (due)
      LAC_TRY(lac_context(evaluate_client(r, id), "client %u", id));
    if (!idle && r->takes_part[id]) {
      int status = step_client(r, id);
      LAC_TRY(status == LAC_EBUG ? status : lac_context(status, "client %u", id));
      LAC_TRY(append_message(r, id));
    }
  }
  out_words(r)[0] = r->rank_oracle_calls;
  return due ? append_nodes(r) : LAC_OK;
}

/* ---- rank 0 ---- */

static int take_message(lac_run *r, uint32_t id, const uint8_t *bytes, uint64_t nbits)
{
  lac_msg up;
  lac_msg_view(&up, bytes, nbits);
  LAC_TRY(check_bits(r, id, nbits));
  LAC_TRY(lac_context(r->method->server_recv(&r->env, &r->server, id, &up), "message of client %u", id));
  if (up.rpos != up.nbits)
    return lac_fail(LAC_EBUG, "%s left %llu of %llu bits of client %u's message unread: a bug in its server_recv", r->method->name,
                    (unsigned long long)(nbits - up.rpos), (unsigned long long)nbits, id);
  r->meter.bits_up += nbits;
  r->meter.msgs_up += nbits > 0;
  return LAC_OK;
}

/* Where a rank's messages end and its tree nodes begin. */
static size_t nodes_at(const uint64_t *words, uint32_t clients)
{
  size_t at = 1 + clients;
  for (uint32_t i = 0; i < clients; i++)
    at += (size_t)((words[1 + i] + 63) / 64);
  return at * 8;
}

static int take_messages(lac_run *r, const uint8_t *all, const size_t *starting)
{
  uint32_t first, last;
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    const uint64_t *words = (const uint64_t *)(all + starting[p]);
    const uint8_t *bytes = (const uint8_t *)(words + 1 + (last - first));
    r->meter.oracle_calls += words[0];
    for (uint32_t id = first; id < last; id++) {
      uint64_t nbits = words[1 + id - first];
      if (r->takes_part[id])
        LAC_TRY(take_message(r, id, bytes, nbits));
      bytes += (nbits + 63) / 64 * 8;
    }
  }
  return LAC_OK;
}

/* Cells in the order of r->column: see setup.c. */
static void fill_row(const lac_run *r, const double *mean, lac_cell *cell)
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
}

static uint64_t verdict(const lac_run *r, const lac_cell *cell)
{
  int at = r->stop_column;
  if (!isfinite(cell[1].real) || !isfinite(cell[2].real))
    return DIVERGED;
  if (at >= 0 && r->column[at].is_real && cell[at].real <= r->stop_value)
    return CONVERGED;
  if (at >= 0 && !r->column[at].is_real && (double)cell[at].count >= r->stop_value)
    return BUDGET;
  return r->round == r->config->rounds ? ROUNDS : GO;
}

static int take_row(lac_run *r, const lac_sink *sink, const uint8_t *all, const size_t *starting, uint64_t *stop)
{
  lac_cell cell[LAC_COLUMNS_MOST];
  uint32_t first, last;
  lac_tree_clear(&r->root);
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    size_t at = nodes_at((const uint64_t *)(all + starting[p]), last - first), size = starting[p + 1] - starting[p];
    LAC_TRY(lac_tree_unpack_push(&r->root, all + starting[p] + at, size - at));
  }
  scale_total(r, r->leaf);
  fill_row(r, r->leaf, cell);
  *stop = verdict(r, cell);
  double start = lac_seconds();
  int status = sink ? sink->row(sink->self, cell) : LAC_OK;
  r->seconds[LAC_TIME_RECORD] += lac_seconds() - start;
  return status;
}

/* Everything that rank 0 does between a gather and the next broadcast. */
static int server_side(lac_run *r, const lac_sink *sink, int due, int idle, const uint8_t *all, const size_t *starting, uint64_t *stop)
{
  if (due)
    LAC_TRY(take_row(r, sink, all, starting, stop));
  if (*stop != GO || idle)
    return LAC_OK;
  r->meter.bits_down += r->down.nbits * r->env.participants;
  r->meter.msgs_down += r->down.nbits ? r->env.participants : 0;
  LAC_TRY(take_messages(r, all, starting));
  return lac_context(r->method->server_step(&r->env, &r->server), "round %llu", (unsigned long long)r->round);
}

/* ---- all ranks ---- */

/* Tell everybody how rank 0 fares and, if the run goes on, the server's message and the point to evaluate. */
static int open_exchange(lac_run *r, int status, uint64_t *stop, int due, int idle)
{
  header h = { 0 };
  double start = lac_seconds();
  if (is_root(r)) {
    lac_msg_clear(&r->down);
    if (status == LAC_OK && *stop == GO && !idle)
      status = r->method->server_send(&r->env, &r->server, &r->down);
    if (status == LAC_EDIVERGED) {
      *stop = DIVERGED;
      status = LAC_OK;
    }
    h = (header){ (uint64_t)status, *stop, r->round, r->down.nbits };
  }
  LAC_TRY(lac_comm_bcast(r->comm, &h, sizeof h));
  if (h.status != LAC_OK)
    return lac_comm_agree(r->comm, status);
  r->round = h.round;
  if ((*stop = h.stop) != GO)
    return LAC_OK;
  if (!is_root(r)) {
    lac_msg_clear(&r->down);
    LAC_TRY(lac_grow(&r->down.buf, &r->down.cap, (size_t)(h.nbits / 8) + 16, 1));
    r->down.nbits = h.nbits;
  }
  LAC_TRY(lac_comm_bcast(r->comm, r->down.buf, lac_msg_bytes(&r->down)));
  if (due) {
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

/* What passes from exchange to exchange. */
typedef struct {
  const lac_sink *sink;
  int server_status;      /* of rank 0's last part, told to all at the next exchange */
  uint64_t stop;          /* rank 0 knows it first */
  int over;               /* all ranks know it */
} course;

/* idle: evaluate only; nobody takes part, or the last row. */
static int exchange(lac_run *r, course *c, int due, int idle)
{
  const uint8_t *all;
  const size_t *starting;
  LAC_TRY(open_exchange(r, c->server_status, &c->stop, due, idle));
  if ((c->over = c->stop != GO))
    return LAC_OK;
  int status = idle ? LAC_OK : receive_broadcast(r);
  if (status == LAC_OK)
    status = clients_of_round(r, due, idle);
  double start = lac_seconds();
  status = lac_comm_gather(r->comm, status, r->out.buf, lac_msg_bytes(&r->out), &all, &starting);
  r->seconds[LAC_TIME_EXCHANGE] += lac_seconds() - start;
  if (status == LAC_EDIVERGED) {
    c->stop = DIVERGED;
    c->over = 1;
    return LAC_OK;
  }
  LAC_TRY(status);
  if (is_root(r))
    c->server_status = server_side(r, c->sink, due, idle, all, starting, &c->stop);
  return LAC_OK;
}

static int one_round(lac_run *r, course *c)
{
  r->env.round = r->round;
  LAC_TRY(lac_sampler_draw(&r->sampler, r->rng, &r->seeds, r->env.n, r->round, r->takes_part, &r->env.participants));
  int idle = r->round == r->config->rounds || r->env.participants == 0;
  unsigned phases = idle || !r->method->phases ? 1 : r->method->phases(&r->env);
  for (r->env.phase = 0; r->env.phase < phases && !c->over; r->env.phase++)
    LAC_TRY(exchange(r, c, r->env.phase == 0 && on_due(r), idle));
  if (c->stop == GO)
    r->round++;
  return LAC_OK;
}

int lac_run_rounds(lac_run *r, const lac_sink *sink)
{
  course c = { .sink = sink };
  double start = lac_seconds();
  while (!c.over)
    LAC_TRY(one_round(r, &c));
  r->seconds[LAC_TIME_TOTAL] += lac_seconds() - start;
  r->reason = reasons[c.stop];
  if (is_root(r))
    r->x = r->server.v[r->method->iterate];
  return LAC_OK;
}
