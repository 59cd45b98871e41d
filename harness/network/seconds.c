#include "network/seconds.h"

#include "elementary.h"
#include "network/fluid.h"
#include "network/recorded.h"
#include "network/transit.h"
#include "rng.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The last message of a connection, one way: when it had arrived, and how long it took from its first bit. */
typedef struct { double end, took; } passed;

/* A run on its way through the rounds.  The server and each client have clocks of their own: nobody waits but for a message. */
typedef struct {
  const lac_network *net;
  const lac_course *run;
  double server_up, server_down, compute, codec;
  int counts_each;            /* when each message has arrived counts, not only the last one: an exchange begins without the server, or a
                                 connection that was idle is slower */
  lac_fluid *fluid;
  lac_transit *late;          /* NULL: messages are not late */
  lac_flow *flow;             /* this and the next four: of clients in this exchange */
  double *finish, *factor;
  uint32_t *who, *sender;
  uint32_t count;             /* of `who`: who takes part in this exchange */
  double server, *clock;      /* of the server, of every client */
  double sent;                /* when the messages of the server in this exchange have arrived */
  passed *up, *down;          /* of each client's connection */
  double *below, *relayed;    /* of every client in a tree: what passes between it and its parent; when what it hands down has arrived */
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

/* Round trips until the window holds the message, or what is under way at the rate that it has: from 10 segments on a doubling each, or as
   many as the window was halved for while the connection was idle.  The timeout is 200 ms behind the round trip, in which the last bits of
   a message wait for those before them. */
static double slow_start(const lac_network *w, double latency, double bits, double rate, double ready, const passed *last)
{
  double window = 10 * 1448, timeout = 0.2 + 2 * latency + last->took;
  double doublings = fmax(0, ceil(lac_log2(1 + fmin(bits, rate * 2 * latency) / 8 / window)) - 1);
  return w->cold == LAC_COLD_NEVER ? 0 : w->cold == LAC_COLD_ALWAYS ? doublings : fmin(doublings, floor((ready - last->end) / timeout));
}

/* Seconds before the first bit of a message that is ready then arrives.  TCP: the handshake of a message above the rendezvous threshold,
   and slow start. */
static double wait_of(const lac_network *w, double latency, double bits, double rate, double ready, const passed *last)
{
  double wait = latency + w->overhead;
  if (!w->tcp || latency == 0)
    return wait;
  if (bits / 8 > w->rendezvous)
    wait += 2 * latency * (double)w->handshake;
  return wait + 2 * latency * slow_start(w, latency, bits, rate, ready, last);
}

static double compute_of(const travel *v, uint64_t t, uint32_t i)
{
  double each = v->net->client ? endpoint(v, i)->compute : v->compute, calls = v->run->calls[t];
  each = isnan(each) ? v->compute : each;
  return each * calls * (v->net->law ? v->factor[i] : 1);
}

/* A message leaves when its receiver, too, is ready for it.  With shards it is `fan` messages at a time. */
static lac_flow flow_of(const travel *v, uint32_t i, double ready, double bits, double limit, double share, const passed *last)
{
  double parts = v->net->route == LAC_BY_SHARDS ? v->net->fan : 1, rate = fmin(limit, share);
  return (lac_flow){ ready + wait_of(v->net, endpoint(v, i)->latency, bits / parts, rate / parts, ready, &last[i]), bits, limit };
}

/* ---- star, multicast, shards ---- */

static double server_rate(const travel *v, double rate) { return rate * (v->net->route == LAC_BY_SHARDS ? v->net->fan : 1); }

static int send_down(travel *v, const lac_recorded *x)
{
  int is_once = v->net->route == LAC_BY_MULTICAST;
  double rate = server_rate(v, v->server_down), bits = (double)x->down;
  if (bits == 0)
    return LAC_OK;
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t i = v->who[k];
    v->flow[k] = flow_of(v, i, fmax(v->server, v->clock[i]), bits, down_rate(v, i), is_once ? rate : rate / (double)v->count,
                         v->down);
    v->finish[k] = v->flow[k].start + bits / fmin(rate, v->flow[k].limit);
  }
  if (!is_once)
    LAC_TRY(lac_fluid_finish(v->fluid, v->flow, v->count, rate, v->finish));
  for (uint32_t k = 0; k < v->count; k++) {
    v->clock[v->who[k]] = v->finish[k];
    v->down[v->who[k]] = (passed){ v->finish[k], v->finish[k] - v->flow[k].start };
    v->sent = fmax(v->sent, v->finish[k]);
  }
  return LAC_OK;
}

/* How long each is under way is known only later: with nothing beside it, for the time that its connection is idle. */
static int add_late(travel *v, uint64_t t, size_t count)
{
  for (size_t k = 0; k < count; k++) {
    double took = v->flow[k].bits / v->flow[k].limit;
    v->up[v->sender[k]] = (passed){ v->flow[k].start + took, took };
    LAC_TRY(lac_transit_add(v->late, v->sender[k], t, v->flow[k].start, v->flow[k].bits, v->flow[k].limit));
  }
  return LAC_OK;
}

static int send_up(travel *v, const lac_recorded *x, uint64_t t)
{
  double rate = server_rate(v, v->server_up), last = v->sent;
  size_t n = 0, count = 0;
  for (uint32_t k = 0; k < v->count; k++)
    if (x->up[v->who[k]])
      v->sender[n++] = v->who[k];
  for (; count < n; count++) {
    uint32_t i = v->sender[count];
    v->flow[count] = flow_of(v, i, fmax(v->server, v->clock[i]), x->up[i], up_rate(v, i), rate / (double)n, v->up);
  }
  if (v->late)
    return add_late(v, t, n);
  if (v->counts_each) {
    LAC_TRY(lac_fluid_finish(v->fluid, v->flow, n, rate, v->finish));
    for (size_t k = 0; k < n; k++) {
      v->up[v->sender[k]] = (passed){ v->finish[k], v->finish[k] - v->flow[k].start };
      last = fmax(last, v->clock[v->sender[k]] = v->finish[k]);
    }
  } else
    LAC_TRY(lac_fluid_last(v->fluid, v->flow, n, rate, &last));
  v->server = fmax(v->sent, last);
  return LAC_OK;
}

/* ---- a tree: node 0 is the server, node i + 1 is client i, whose parent is node i / fan ---- */

typedef struct { uint32_t first, last; } children;
static children children_of(const travel *v, uint64_t node)
{
  uint64_t n = v->run->messages->clients, k = v->net->fan, first = node * k, last = first + k;
  return (children){ (uint32_t)(first < n ? first : n), (uint32_t)(last < n ? last : n) };
}

static uint64_t parents_of(const travel *v) { return (v->run->messages->clients + v->net->fan - 1) / v->net->fan; }
static double *clock_of(travel *v, uint64_t node) { return node ? &v->clock[node - 1] : &v->server; }

/* Those of the node's children that have something below them, all at once; *last: when the last one has arrived. */
static int pass_hop(travel *v, uint64_t node, int is_down, double bits, double *last)
{
  children c = children_of(v, node);
  double from = *clock_of(v, node), rate = is_down ? v->server_down : v->server_up;
  size_t n = 0;
  for (uint32_t i = c.first; i < c.last; i++)
    if (v->below[i] > 0)
      v->sender[n++] = i;
  if (node)
    rate = is_down ? up_rate(v, (uint32_t)node - 1) : down_rate(v, (uint32_t)node - 1);
  for (size_t k = 0; k < n; k++) {
    uint32_t i = v->sender[k];
    v->flow[k] = flow_of(v, i, fmax(from, v->clock[i]), is_down ? bits : v->below[i], is_down ? down_rate(v, i) : up_rate(v, i),
                         rate / (double)n, is_down ? v->down : v->up);
  }
  LAC_TRY(lac_fluid_finish(v->fluid, v->flow, n, rate, v->finish));
  *last = from;
  for (size_t k = 0; k < n; k++) {
    (is_down ? v->down : v->up)[v->sender[k]] = (passed){ v->finish[k], v->finish[k] - v->flow[k].start };
    *last = fmax(*last, v->clock[v->sender[k]] = v->finish[k]);
  }
  return LAC_OK;
}

/* below[i]: what client i and those below it have, in all. */
static void sum_below(travel *v)
{
  for (uint32_t i = v->run->messages->clients; i-- > v->net->fan;)
    v->below[i / v->net->fan - 1] += v->below[i];
}

/* Clients that do not take part hand on what others get. */
static int send_down_tree(travel *v, const lac_recorded *x)
{
  double last = v->server;
  for (uint32_t i = 0; i < x->clients; i++) {
    v->below[i] = lac_recorded_has(x, i);
    v->relayed[i] = 0;
  }
  sum_below(v);
  for (uint64_t node = 0; x->down && node < parents_of(v); node++) {
    LAC_TRY(pass_hop(v, node, 1, (double)x->down, &last));
    *(node ? &v->relayed[node - 1] : &v->sent) = last;
  }
  return LAC_OK;
}

/* Messages are handed on as they are: a node waits for those of its children and sends them on with its own. */
static int send_up_tree(travel *v, const lac_recorded *x, uint64_t t)
{
  (void)t;
  for (uint32_t i = 0; i < x->clients; i++)
    v->below[i] = x->up[i];
  sum_below(v);
  for (uint64_t node = parents_of(v); node-- > 0;) {
    double last;
    LAC_TRY(pass_hop(v, node, 0, 0, &last));
    *clock_of(v, node) = last;
  }
  v->server = fmax(v->server, v->sent);
  for (uint32_t i = 0; i < x->clients; i++)
    v->clock[i] = fmax(v->clock[i], v->relayed[i]);
  return LAC_OK;
}

/* ---- all-gather and ring: every client gets the messages of all others, and does the server's step itself ---- */

/* Seconds before the first bit, and from then on; in all 0: nobody sends.  last: what a message takes. */
typedef struct { double wait, time, last; } stretch;

/* From when all are ready.  In a ring a message goes on in each of n - 1 steps, as long as the longest one; no link is idle between two. */
static stretch time_to_all(const travel *v, const lac_recorded *x, double ready)
{
  const lac_network *w = v->net;
  double sum = 0, most = 0, latency = 0, slowest = INFINITY, time = 0, others = (double)x->clients - 1;
  for (uint32_t i = 0; i < x->clients; i++) {
    sum += x->up[i];
    most = fmax(most, x->up[i]);
    latency = fmax(latency, endpoint(v, i)->latency);
    slowest = fmin(slowest, fmin(up_rate(v, i), down_rate(v, i)));
  }
  if (sum == 0 || others == 0)
    return (stretch){ 0 };
  if (w->route == LAC_BY_RING) {
    passed before = { ready, most / slowest };
    double first = wait_of(w, latency, most, slowest, ready, v->up), next = wait_of(w, latency, most, slowest, ready, &before);
    return (stretch){ first + (others - 1) * next, others * before.took, before.took };
  }
  for (uint32_t i = 0; i < x->clients; i++)
    time = fmax(time, fmax(others * x->up[i] / up_rate(v, i), (sum - x->up[i]) / down_rate(v, i)));
  return (stretch){ wait_of(w, latency, most, slowest / others, ready, v->up), time, time };
}

static void set_clocks(travel *v, double least)
{
  for (uint32_t i = 0; i < v->run->messages->clients; i++)
    v->clock[i] = fmax(v->clock[i], least);
}

static int send_to_all(travel *v, const lac_recorded *x, uint64_t t)
{
  double ready = v->server;
  for (uint32_t i = 0; i < x->clients; i++)
    ready = fmax(ready, v->clock[i]);
  stretch p = time_to_all(v, x, ready);
  if (p.time == 0)
    return LAC_OK;
  v->up[0] = (passed){ ready + p.wait + p.time, p.last };
  if (v->late)      /* all links are alike busy, and later messages share them: as one link of rate 1 */
    return lac_transit_add(v->late, 0, t, ready + p.wait, p.time, 1);
  v->server = ready + p.wait + p.time;
  set_clocks(v, v->server);
  return LAC_OK;
}

/* ---- from client to client: the messages that clients hand on ---- */

/* As a client goes on when what it sent has arrived, and what it gets, all wait for both; there is no server, whose clock is the last of
   theirs. */
static void send_on(travel *v, const lac_recorded *x)
{
  uint32_t n = x->clients;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t to = (i + 1) % n;
    double bits = x->up[i], rate = fmin(up_rate(v, i), down_rate(v, to));
    double latency = fmax(endpoint(v, i)->latency, endpoint(v, to)->latency), ready = fmax(v->clock[i], v->clock[to]);
    v->finish[i] = bits > 0 ? ready + wait_of(v->net, latency, bits, rate, ready, &v->up[i]) + bits / rate : 0;
    if (bits > 0)
      v->up[i] = (passed){ v->finish[i], bits / rate };
  }
  for (uint32_t i = 0; i < n; i++) {
    v->clock[i] = fmax(v->clock[i], fmax(v->finish[i], v->finish[(i + n - 1) % n]));
    v->server = fmax(v->server, v->clock[i]);
  }
}

/* ---- an exchange ---- */

typedef struct {
  int (*down)(travel *v, const lac_recorded *x);      /* to the clients that take part; NULL: nothing goes down */
  int (*up)(travel *v, const lac_recorded *x, uint64_t t);
  int takes_late;
} way;

static const way ways[LAC_ROUTES] = {
  [LAC_BY_STAR] = { send_down, send_up, 1 }, [LAC_BY_MULTICAST] = { send_down, send_up, 1 }, [LAC_BY_SHARDS] = { send_down, send_up, 1 },
  [LAC_BY_TREE] = { send_down_tree, send_up_tree, 0 }, [LAC_BY_ALLGATHER] = { NULL, send_to_all, 1 },
  [LAC_BY_RING] = { NULL, send_to_all, 0 } };

static void choose_clients(travel *v, const lac_recorded *x)
{
  if (!x->takes_part && v->count == x->clients)      /* as before */
    return;
  v->count = 0;
  for (uint32_t i = 0; i < x->clients; i++)
    if (lac_recorded_has(x, i))
      v->who[v->count++] = i;
}

/* What was sent in round t - lag is waited for at the end of round t. */
static void land(travel *v, uint64_t t)
{
  unsigned lag = v->run->messages->lag;
  int is_star = ways[v->net->route].down != NULL;
  v->server = v->sent;
  lac_transit_pass(v->late, t - lag, is_star ? server_rate(v, v->server_up) : 1, &v->server, v->clock);
  if (!is_star)
    set_clocks(v, v->server);
}

static int pass_exchange(travel *v, uint64_t t, unsigned phase)
{
  lac_recorded x = lac_recorded_of(v->run->messages, t, phase);
  const way *w = &ways[v->net->route];
  int is_on = phase < v->run->messages->handed_on;
  if (!lac_recorded_held(&x, phase))
    return LAC_OK;
  choose_clients(v, &x);
  v->sent = v->server;
  if (w->down && !is_on)
    LAC_TRY(w->down(v, &x));
  for (uint32_t k = 0; k < v->count; k++) {
    uint32_t i = v->who[k];
    v->clock[i] += compute_of(v, t, i) + (x.up[i] ? v->codec : 0);
  }
  if (is_on)
    send_on(v, &x);
  else
    LAC_TRY(w->up(v, &x, t));
  if (v->late)
    land(v, t);
  return LAC_OK;
}

static int pass_rounds(travel *v, double *clock, double *total)
{
  const lac_messages *m = v->run->messages;
  clock[0] = 0;
  for (uint64_t t = 0; t < m->rounds; t++) {
    if (v->net->law)
      LAC_TRY(lac_straggle_factors(v->net, t, m->clients, v->factor));
    for (unsigned k = 0; k < m->phases; k++)
      LAC_TRY(pass_exchange(v, t, k));
    clock[t + 1] = v->server;
  }
  for (unsigned k = 0; k < m->lag; k++) {
    v->sent = v->server;
    land(v, m->rounds + k);
  }
  *total = v->server;
  for (uint32_t i = 0; i < m->clients; i++)
    *total = fmax(*total, v->clock[i]);
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
  if (m->lag && m->handed_on)
    return lac_fail(LAC_EUSER, "late messages from client to client have no model");
  if (m->lag && !ways[w->route].takes_late)
    return lac_fail(LAC_EUSER, "exchange = %s passes messages on, and those of this result arrive rounds later; use star, allgather or "
                    "shards", lac_route_name[w->route]);
  v->compute = isnan(w->each.compute) ? c->compute : w->each.compute;
  v->codec = isnan(w->codec) ? c->codec : w->codec;
  return LAC_OK;
}

static int make_room(travel *v, const lac_messages *m)
{
  size_t n = m->clients;
  v->fluid = lac_fluid_new();
  v->late = m->lag ? lac_transit_new(m->clients) : NULL;
  v->flow = lac_alloc(n * sizeof *v->flow);
  v->finish = lac_alloc(n * sizeof *v->finish);
  v->factor = lac_alloc(n * sizeof *v->factor);
  v->who = lac_alloc(n * sizeof *v->who);
  v->sender = lac_alloc(n * sizeof *v->sender);
  v->clock = lac_alloc(n * sizeof *v->clock);
  v->below = lac_alloc(n * sizeof *v->below);
  v->relayed = lac_alloc(n * sizeof *v->relayed);
  v->up = lac_alloc(n * sizeof *v->up);
  v->down = lac_alloc(n * sizeof *v->down);
  for (size_t i = 0; v->up && v->down && i < n; i++)
    v->up[i] = v->down[i] = (passed){ -INFINITY, 0 };
  return v->fluid && (v->late || !m->lag) && v->flow && v->finish && v->factor && v->who && v->sender && v->clock && v->below &&
         v->relayed && v->up && v->down ? LAC_OK : LAC_ENOMEM;
}

static void free_room(travel *v)
{
  lac_fluid_free(v->fluid);
  lac_transit_free(v->late);
  free(v->flow);
  free(v->finish);
  free(v->factor);
  free(v->who);
  free(v->sender);
  free(v->clock);
  free(v->below);
  free(v->relayed);
  free(v->up);
  free(v->down);
}

static int is_silent(const lac_messages *m)
{
  for (uint64_t k = 1; k < m->rounds * m->phases; k++)
    if (m->down[k] == 0)
      return 1;
  return 0;
}

int lac_seconds_of(const lac_network *w, const lac_course *c, double *clock, double *total)
{
  travel v = { .net = w, .run = c, .server_up = w->goodput * w->server_up, .server_down = w->goodput * w->server_down,
               .counts_each = is_silent(c->messages) || (w->tcp && w->cold == LAC_COLD_IDLE) };
  LAC_TRY(check_course(w, c, &v));
  int status = make_room(&v, c->messages);
  if (status == LAC_OK)
    status = pass_rounds(&v, clock, total);
  free_room(&v);
  return status;
}

/* ---- shares ---- */

static int find_shares(const lac_network *w, const lac_course *c, lac_network *other, double *clock, lac_shares *s)
{
  double without;
  LAC_TRY(lac_seconds_of(w, c, clock, &s->total));
  other->overhead = other->each.latency = 0;
  for (uint32_t i = 0; i < other->clients; i++)
    other->client[i].latency = 0;
  LAC_TRY(lac_seconds_of(other, c, clock, &without));
  s->latency = s->total - without;
  s->bandwidth = without;
  other->server_up = other->server_down = other->each.up = other->each.down = INFINITY;
  for (uint32_t i = 0; i < other->clients; i++)
    other->client[i].up = other->client[i].down = INFINITY;
  LAC_TRY(lac_seconds_of(other, c, clock, &without));
  s->bandwidth -= without;
  s->codec = without;
  other->codec = 0;
  LAC_TRY(lac_seconds_of(other, c, clock, &s->compute));
  s->codec -= s->compute;
  return LAC_OK;
}

int lac_seconds_share(const lac_network *w, const lac_course *c, lac_shares *s)
{
  lac_network other = *w;
  double *clock = lac_alloc((c->messages->rounds + 1) * sizeof *clock);
  other.client = w->client ? lac_alloc(w->clients * sizeof *other.client) : NULL;
  int status = clock && (other.client || !w->client) ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK && w->client)
    memcpy(other.client, w->client, w->clients * sizeof *other.client);
  if (status == LAC_OK)
    status = find_shares(w, c, &other, clock, s);
  free(other.client);
  free(clock);
  return status;
}
