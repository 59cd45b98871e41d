#include "network/seconds.h"

#include "elementary.h"
#include "network/fluid.h"
#include "rng.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A run on its way through the rounds. */
typedef struct {
  const lac_network *net;
  const lac_course *run;
  double server_up, server_down, compute, codec;
  lac_fluid *fluid;
  lac_flow *flow;             /* this and the next three: of every client that takes part */
  double *finish, *factor;
  uint32_t *who;
  uint32_t count;             /* who takes part in this phase */
  double *ready;              /* of every client: it has computed, and its message can leave */
  double *late;               /* when the late messages of a round have arrived, lag rounds in a circle */
  double link_free;           /* late messages of earlier rounds are through */
} travel;

/* ---- stragglers ---- */

enum { STREAM = 0x737472 };      /* apart from all that runs draw */

static double straggle(const lac_network *w, gsl_rng *rng, const lac_seeds *seeds, uint32_t client, uint32_t round)
{
  uint32_t word = 0;
  double z;
  lac_rng_point(rng, seeds, LAC_SEED_SAMPLE, client, round, STREAM);
  if (w->law == LAC_STRAGGLE_LOGNORMAL) {
    lac_rng_normal(rng, &z, 1, w->law_by[0]);
    return lac_exp(z);
  }
  lac_rng_words(rng, &word, 1);      /* nothing is replayed, so that it cannot fail */
  double u = ((double)word + 0.5) * 0x1p-32;
  switch (w->law) {
  case LAC_STRAGGLE_EXPONENTIAL:
    return w->law_by[0] - lac_log(u) / w->law_by[1];
  case LAC_STRAGGLE_PARETO:
    return w->law_by[0] * lac_exp(-lac_log(u) / w->law_by[1]);
  case LAC_STRAGGLE_TWO:
    return u < w->law_by[0] ? w->law_by[1] : 1;
  default:
    return 1;
  }
}

int lac_straggle_factors(const lac_network *w, uint64_t round, uint32_t clients, double *factor)
{
  lac_seeds seeds = { .axis[LAC_SEED_SAMPLE] = w->seed };
  gsl_rng *rng = w->law ? lac_rng_new() : NULL;
  if (w->law && !rng)
    return LAC_ENOMEM;
  for (uint32_t i = 0; i < clients; i++)
    factor[i] = w->law ? straggle(w, rng, &seeds, i, (uint32_t)round) : 1;
  if (rng)
    gsl_rng_free(rng);
  return LAC_OK;
}

/* ---- one client ---- */

static const lac_endpoint *endpoint(const travel *v, uint32_t i) { return v->net->client ? &v->net->client[i] : &v->net->each; }
static double up_rate(const travel *v, uint32_t i) { return v->net->goodput * endpoint(v, i)->up; }
static double down_rate(const travel *v, uint32_t i) { return v->net->goodput * endpoint(v, i)->down; }

/* Seconds before the first bit of a message arrives.  TCP: a round trip for a message above the rendezvous threshold, and one for each
   doubling of the window from 10 segments until it holds the message, or what is under way at the rate that the message has. */
static double wait_of(const lac_network *w, double latency, double bits, double rate)
{
  double wait = latency + w->overhead, window = 10 * 1448;
  if (!w->tcp || latency == 0)
    return wait;
  if (bits / 8 > w->rendezvous)
    wait += 2 * latency;
  if (w->cold) {
    double rounds = ceil(lac_log2(1 + fmin(bits, rate * 2 * latency) / 8 / window));
    wait += 2 * latency * fmax(0, rounds - 1);
  }
  return wait;
}

static double compute_of(const travel *v, uint64_t t, uint32_t i)
{
  double each = v->net->client ? endpoint(v, i)->compute : v->compute, calls = v->run->calls[t] / v->run->messages->phases;
  each = isnan(each) ? v->compute : each;
  return each * calls * (v->net->law ? v->factor[i] : 1);
}

/* ---- what goes down ---- */

/* The time at which each client that takes part has the server's message, into v->finish. */
static int send_down(travel *v, double now, double bits)
{
  const lac_network *w = v->net;
  double server = v->server_down * (w->route == LAC_BY_SHARDS ? w->fan : 1), fair = server / (double)v->count;
  if (bits == 0 || w->route == LAC_BY_ALLGATHER || w->route == LAC_BY_RING) {      /* all have computed the server's step */
    for (uint32_t k = 0; k < v->count; k++)
      v->finish[k] = now;
    return LAC_OK;
  }
  if (w->route == LAC_BY_MULTICAST)
    fair = server;
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t i = v->who[k];
    double limit = down_rate(v, i);
    v->flow[k] = (lac_flow){ now + wait_of(w, endpoint(v, i)->latency, bits, fmin(limit, fair)), bits, limit };
  }
  if (w->route != LAC_BY_MULTICAST)
    return lac_fluid_finish(v->fluid, v->flow, v->count, server, v->finish);
  for (uint32_t k = 0; k < v->count; k++)
    v->finish[k] = v->flow[k].start + bits / fmin(server, v->flow[k].limit);
  return LAC_OK;
}

/* Node 0 of a tree is the server, node k + 1 the k-th client that takes part; its parent is node k / fan. */
static void send_down_tree(travel *v, double now, double bits)
{
  const lac_network *w = v->net;
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t parent = k / w->fan, i = v->who[k];
    uint32_t first = parent * w->fan, children = v->count - first < w->fan ? v->count - first : w->fan;
    double from = parent ? v->finish[parent - 1] : now, sends = parent ? up_rate(v, v->who[parent - 1]) : v->server_down;
    double rate = fmin(down_rate(v, i), sends / (double)children);
    v->finish[k] = bits > 0 ? from + wait_of(w, endpoint(v, i)->latency, bits, rate) + bits / rate : now;
  }
}

/* ---- what goes up ---- */

static double latest(const travel *v)
{
  double last = -INFINITY;
  for (uint32_t k = 0; k < v->count; k++)
    last = fmax(last, v->ready[v->who[k]]);
  return last;
}

/* To the server: *last is when it has all of them, -infinity when nobody sends. */
static int send_up_star(travel *v, const uint32_t *bits, double *last)
{
  const lac_network *w = v->net;
  double server = v->server_up * (w->route == LAC_BY_SHARDS ? w->fan : 1);
  size_t senders = 0, n = 0;
  for (uint32_t k = 0; k < v->count; k++)
    senders += bits[v->who[k]] > 0;
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t i = v->who[k];
    if (!bits[i])
      continue;
    double limit = up_rate(v, i), start = v->ready[i] + wait_of(w, endpoint(v, i)->latency, bits[i], fmin(limit, server / (double)senders));
    v->flow[n++] = (lac_flow){ fmax(start, v->link_free), bits[i], limit };
  }
  return lac_fluid_last(v->fluid, v->flow, n, server, last);
}

/* Messages are handed on as they are: a node waits for those of its children, which share its link, and sends them on with its own.
   finish: when a node has all of them; flow.bits: what it sends; flow.limit, here: bits that come in; flow.start: the slowest of them. */
static int send_up_tree(travel *v, const uint32_t *bits, double *last)
{
  const lac_network *w = v->net;
  double in = 0, slowest = 0, wait = 0;      /* of the server */
  *last = -INFINITY;
  for (uint32_t k = 0; k < v->count; k++) {
    v->finish[k] = fmax(v->ready[v->who[k]], v->link_free);
    v->flow[k] = (lac_flow){ 0, bits[v->who[k]], 0 };
  }
  for (uint32_t k = v->count; k-- > 0;) {
    uint32_t i = v->who[k], parent = k / w->fan;
    if (v->flow[k].limit > 0)
      v->finish[k] += fmax(v->flow[k].limit / down_rate(v, i), v->flow[k].start);
    double sent = v->flow[k].bits;
    if (sent == 0)
      continue;
    double from = v->finish[k] + wait_of(w, endpoint(v, i)->latency, sent, up_rate(v, i)), time = sent / up_rate(v, i);
    if (parent) {
      lac_flow *p = &v->flow[parent - 1];
      v->finish[parent - 1] = fmax(v->finish[parent - 1], from);
      *p = (lac_flow){ fmax(p->start, time), p->bits + sent, p->limit + sent };
    } else {
      wait = fmax(wait, from);
      in += sent;
      slowest = fmax(slowest, time);
    }
  }
  if (in > 0)
    *last = wait + fmax(in / v->server_up, slowest);
  return LAC_OK;
}

/* Everybody gets all other messages at once, or, in a ring, one in each of count - 1 steps, as long as its longest message. */
static int send_to_all(travel *v, const uint32_t *bits, double *last)
{
  const lac_network *w = v->net;
  double sum = 0, most = 0, latency = 0, slowest = INFINITY, time = 0, others = (double)v->count - 1;
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t i = v->who[k];
    sum += bits[i];
    most = fmax(most, bits[i]);
    latency = fmax(latency, endpoint(v, i)->latency);
    slowest = fmin(slowest, fmin(up_rate(v, i), down_rate(v, i)));
  }
  *last = -INFINITY;
  if (sum == 0 || others == 0)
    return LAC_OK;
  double start = fmax(latest(v), v->link_free);
  if (w->route == LAC_BY_RING) {
    *last = start + others * (wait_of(w, latency, most, slowest) + most / slowest);
    return LAC_OK;
  }
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t i = v->who[k];
    time = fmax(time, fmax(others * bits[i] / up_rate(v, i), (sum - bits[i]) / down_rate(v, i)));
  }
  *last = start + wait_of(w, latency, most, slowest / others) + time;
  return LAC_OK;
}

/* ---- a round ---- */

static void choose_clients(travel *v, uint64_t t, unsigned phase)
{
  const lac_messages *m = v->run->messages;
  const uint8_t *part = m->takes_part ? m->takes_part + (t * m->phases + phase) * m->clients : NULL;
  if (!part && v->count == m->clients)      /* as before */
    return;
  v->count = 0;
  for (uint32_t i = 0; i < m->clients; i++)
    if (!part || part[i])
      v->who[v->count++] = i;
}

/* From now to the end of the phase; *arrived: when the server has what was sent, which it waits for unless that is late. */
static int pass_phase(travel *v, uint64_t t, unsigned phase, double now, double *end, double *arrived)
{
  const lac_messages *m = v->run->messages;
  const uint32_t *bits = m->up + (t * m->phases + phase) * m->clients;
  int is_tree = v->net->route == LAC_BY_TREE;
  *end = now;
  *arrived = -INFINITY;
  choose_clients(v, t, phase);
  if (!v->count)
    return LAC_OK;
  if (is_tree)
    send_down_tree(v, now, (double)m->down[t * m->phases + phase]);
  else
    LAC_TRY(send_down(v, now, (double)m->down[t * m->phases + phase]));
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t i = v->who[k];
    v->ready[i] = v->finish[k] + compute_of(v, t, i) + (bits[i] ? v->codec : 0);
  }
  *end = latest(v);
  return (is_tree ? send_up_tree : v->net->route >= LAC_BY_ALLGATHER ? send_to_all : send_up_star)(v, bits, arrived);
}

static int pass_rounds(travel *v, double *end)
{
  const lac_messages *m = v->run->messages;
  double now = 0, ready, arrived;
  for (uint64_t t = 0; t < m->rounds; t++) {
    if (v->net->law)
      LAC_TRY(lac_straggle_factors(v->net, t, m->clients, v->factor));
    for (unsigned k = 0; k < m->phases; k++) {
      LAC_TRY(pass_phase(v, t, k, now, &ready, &arrived));
      now = fmax(ready, m->lag ? -INFINITY : arrived);
    }
    if (m->lag) {
      double *due = &v->late[t % m->lag];      /* of round t - lag, whose place this round's take */
      now = fmax(now, *due);
      v->link_free = fmax(v->link_free, arrived);
      *due = arrived;
    }
    end[t] = now;
  }
  return LAC_OK;
}

/* ---- the whole ---- */

static int check_course(const lac_network *w, const lac_course *c, travel *v)
{
  const lac_messages *m = c->messages;
  int unknown = isnan(w->each.compute);
  for (uint32_t i = 0; i < w->clients; i++)
    unknown |= isnan(w->client[i].compute);
  if (w->client && w->clients != m->clients)
    return lac_fail(LAC_EUSER, "the network%s%s has a table of %u clients, and the run has %u", *w->name ? " " : "", w->name, w->clients,
                    m->clients);
  if (unknown && !(c->compute >= 0))
    return lac_fail(LAC_EUSER, "compute = measured: the result has no time of gradients; give a time, such as compute = 10ms");
  if (isnan(w->codec) && !(c->codec >= 0))
    return lac_fail(LAC_EUSER, "codec = measured: the result has no time of compressors; give a time, such as codec = 1ms");
  if (m->lag && m->phases > 1)
    return lac_fail(LAC_EUSER, "late messages of several phases have no model");
  v->compute = isnan(w->each.compute) ? c->compute : w->each.compute;
  v->codec = isnan(w->codec) ? c->codec : w->codec;
  return LAC_OK;
}

static int make_room(travel *v, const lac_messages *m)
{
  size_t n = m->clients;
  v->fluid = lac_fluid_new();
  v->flow = lac_alloc(n * sizeof *v->flow);
  v->finish = lac_alloc(n * sizeof *v->finish);
  v->factor = lac_alloc(n * sizeof *v->factor);
  v->ready = lac_alloc(n * sizeof *v->ready);
  v->who = lac_alloc(n * sizeof *v->who);
  v->late = lac_alloc((m->lag + 1) * sizeof *v->late);
  if (!v->fluid || !v->flow || !v->finish || !v->factor || !v->ready || !v->who || !v->late)
    return LAC_ENOMEM;
  for (unsigned k = 0; k < m->lag; k++)
    v->late[k] = -INFINITY;
  return LAC_OK;
}

int lac_seconds_of(const lac_network *w, const lac_course *c, double *end)
{
  travel v = { .net = w, .run = c, .server_up = w->goodput * w->server_up, .server_down = w->goodput * w->server_down,
               .link_free = -INFINITY };
  LAC_TRY(check_course(w, c, &v));
  int status = make_room(&v, c->messages);
  if (status == LAC_OK)
    status = pass_rounds(&v, end);
  lac_fluid_free(v.fluid);
  free(v.flow);
  free(v.finish);
  free(v.factor);
  free(v.ready);
  free(v.who);
  free(v.late);
  return status;
}

/* ---- shares ---- */

static int time_of(const lac_network *w, const lac_course *c, double *end, double *total)
{
  LAC_TRY(lac_seconds_of(w, c, end));
  *total = c->messages->rounds ? end[c->messages->rounds - 1] : 0;
  return LAC_OK;
}

static int find_shares(const lac_network *w, const lac_course *c, lac_network *other, double *end, lac_shares *s)
{
  double without;
  LAC_TRY(time_of(w, c, end, &s->total));
  other->overhead = other->each.latency = 0;
  for (uint32_t i = 0; i < other->clients; i++)
    other->client[i].latency = 0;
  LAC_TRY(time_of(other, c, end, &without));
  s->latency = s->total - without;
  s->bandwidth = without;
  other->server_up = other->server_down = other->each.up = other->each.down = INFINITY;
  for (uint32_t i = 0; i < other->clients; i++)
    other->client[i].up = other->client[i].down = INFINITY;
  LAC_TRY(time_of(other, c, end, &without));
  s->bandwidth -= without;
  s->codec = without;
  other->codec = 0;
  LAC_TRY(time_of(other, c, end, &s->compute));
  s->codec -= s->compute;
  return LAC_OK;
}

int lac_seconds_share(const lac_network *w, const lac_course *c, lac_shares *s)
{
  lac_network other = *w;
  double *end = lac_alloc((c->messages->rounds + 1) * sizeof *end);
  other.client = w->client ? lac_alloc(w->clients * sizeof *other.client) : NULL;
  int status = end && (other.client || !w->client) ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK && w->client)
    memcpy(other.client, w->client, w->clients * sizeof *other.client);
  if (status == LAC_OK)
    status = find_shares(w, c, &other, end, s);
  free(other.client);
  free(end);
  return status;
}
