#include "network/transit.h"

#include <math.h>
#include <stdlib.h>

/* start: until it begins; arrived: NaN until then. */
typedef struct { uint32_t client; uint64_t round; double start, left, limit, rate, arrived; } message;

struct lac_transit {
  message *at;
  size_t count, cap;
  uint32_t *under_way;      /* of every client: its messages that have begun and not arrived */
  double now;               /* 0 at first */
};

lac_transit *lac_transit_new(uint32_t clients)
{
  lac_transit *t = lac_alloc(sizeof *t);
  if (!t || !(t->under_way = lac_alloc((size_t)clients * sizeof *t->under_way))) {
    free(t);
    return NULL;
  }
  return t;
}

void lac_transit_free(lac_transit *t)
{
  if (t) {
    free(t->at);
    free(t->under_way);
  }
  free(t);
}

int lac_transit_add(lac_transit *t, uint32_t client, uint64_t round, double start, double bits, double limit)
{
  LAC_TRY(lac_grow(&t->at, &t->cap, t->count + 1, sizeof *t->at));
  t->at[t->count++] = (message){ client, round, start, bits, limit, 0, NAN };
  return LAC_OK;
}

static int is_under_way(const lac_transit *t, const message *m) { return isnan(m->arrived) && m->start <= t->now; }

/* Messages whose own share of their client's link is below the server's share have that; then the others' share is larger. */
static void share_links(lac_transit *t, double link)
{
  size_t open = 0, fixed;
  for (message *m = t->at; m < t->at + t->count; m++)
    t->under_way[m->client] = 0;
  for (message *m = t->at; m < t->at + t->count; m++)
    if (is_under_way(t, m)) {
      t->under_way[m->client]++;
      m->rate = 0;
      open++;
    }
  do {
    double level = link / (double)open;
    fixed = 0;
    for (message *m = t->at; m < t->at + t->count; m++)
      if (is_under_way(t, m) && m->rate == 0 && m->limit / t->under_way[m->client] <= level) {
        m->rate = m->limit / t->under_way[m->client];
        link -= m->rate;
        fixed++;
      }
    open -= fixed;
  } while (fixed && open);
  for (message *m = t->at; open && m < t->at + t->count; m++)
    if (is_under_way(t, m) && m->rate == 0)
      m->rate = link / (double)open;
}

/* To the next beginning or arrival, or to `until`. */
static void pass_event(lac_transit *t, double link, double until)
{
  double then = until;
  share_links(t, link);
  for (message *m = t->at; m < t->at + t->count; m++)
    if (isnan(m->arrived))
      then = fmin(then, m->start > t->now ? m->start : t->now + m->left / m->rate);
  for (message *m = t->at; m < t->at + t->count; m++)
    if (is_under_way(t, m)) {
      if (t->now + m->left / m->rate <= then)
        m->arrived = then;
      else
        m->left -= m->rate * (then - t->now);
    }
  t->now = then;
}

static size_t count_open(const lac_transit *t, uint64_t round)
{
  size_t open = 0;
  for (const message *m = t->at; m < t->at + t->count; m++)
    open += m->round == round && isnan(m->arrived);
  return open;
}

/* What has arrived and was waited for is forgotten. */
static void take_round(lac_transit *t, uint64_t round, double *clock)
{
  size_t kept = 0;
  for (size_t i = 0; i < t->count; i++) {
    message m = t->at[i];
    if (m.round == round)
      clock[m.client] = fmax(clock[m.client], m.arrived);
    else
      t->at[kept++] = m;
  }
  t->count = kept;
}

void lac_transit_pass(lac_transit *t, uint64_t round, double link, double *now, double *clock)
{
  for (size_t open; (open = count_open(t, round)) || t->now < *now;)
    pass_event(t, link, open ? INFINITY : *now);
  *now = t->now;
  take_round(t, round, clock);
}
