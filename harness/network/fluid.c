#include "network/fluid.h"

#include "stats.h"
#include <math.h>
#include <stdlib.h>

/* A flow is as fast as its own limit (LIMITED), or has an equal share of what those leave (SHARED).  While they are shared, flows move
   by the same bits: one clock, of bits, tells when each of them ends. */
typedef enum { WAITING, LIMITED, SHARED, DONE } state;
typedef struct { state state; uint32_t stamp; double end; } progress;      /* end: in seconds, or on the clock of bits */

/* An entry counts as long as its flow has the same stamp. */
typedef struct { double key; uint32_t flow, stamp; } entry;
typedef struct { entry *at; size_t count, cap; } heap;
enum { LIMITED_END, SHARED_END, LEAST_SHARED, MOST_LIMITED, HEAPS };

struct lac_fluid {
  heap of[HEAPS];
  progress *progress;
  double *number;
  uint32_t *order;
  size_t progress_cap, number_cap, order_cap;
  const lac_flow *flow;
  double now, bits, rest;      /* seconds; bits that each shared flow has moved; rate that limited flows leave */
  size_t shared, limited;
};

lac_fluid *lac_fluid_new(void) { return lac_alloc(sizeof(lac_fluid)); }

void lac_fluid_free(lac_fluid *f)
{
  for (int k = 0; f && k < HEAPS; k++)
    free(f->of[k].at);
  if (f) {
    free(f->progress);
    free(f->number);
    free(f->order);
  }
  free(f);
}

/* ---- heaps: the least key first ---- */

static int push(heap *h, double key, uint32_t flow, uint32_t stamp)
{
  LAC_TRY(lac_grow(&h->at, &h->cap, h->count + 1, sizeof *h->at));
  size_t i = h->count++;
  for (; i > 0 && h->at[(i - 1) / 2].key > key; i = (i - 1) / 2)
    h->at[i] = h->at[(i - 1) / 2];
  h->at[i] = (entry){ key, flow, stamp };
  return LAC_OK;
}

static void pop(heap *h)
{
  entry last = h->at[--h->count];
  size_t i = 0;
  for (size_t child; (child = 2 * i + 1) < h->count; i = child) {
    child += child + 1 < h->count && h->at[child + 1].key < h->at[child].key;
    if (h->at[child].key >= last.key)
      break;
    h->at[i] = h->at[child];
  }
  h->at[i] = last;
}

/* NULL: it is empty. */
static const entry *top(lac_fluid *f, int which)
{
  heap *h = &f->of[which];
  while (h->count && f->progress[h->at->flow].stamp != h->at->stamp)
    pop(h);
  return h->count ? h->at : NULL;
}

/* ---- flows ---- */

static double share(const lac_fluid *f) { return f->shared ? f->rest / (double)f->shared : INFINITY; }

static int make_shared(lac_fluid *f, uint32_t i, double bits)
{
  progress *p = &f->progress[i];
  *p = (progress){ SHARED, p->stamp + 1, f->bits + bits };
  f->shared++;
  LAC_TRY(push(&f->of[SHARED_END], p->end, i, p->stamp));
  return push(&f->of[LEAST_SHARED], f->flow[i].limit, i, p->stamp);
}

static int make_limited(lac_fluid *f, uint32_t i)
{
  progress *p = &f->progress[i];
  double limit = f->flow[i].limit, bits = p->end - f->bits;
  *p = (progress){ LIMITED, p->stamp + 1, f->now + bits / limit };
  f->shared--;
  f->limited++;
  f->rest -= limit;
  LAC_TRY(push(&f->of[LIMITED_END], p->end, i, p->stamp));
  return push(&f->of[MOST_LIMITED], -limit, i, p->stamp);
}

static void leave_limited(lac_fluid *f, uint32_t i, double link)
{
  f->rest += f->flow[i].limit;
  if (--f->limited == 0)
    f->rest = link;      /* without what rounding has added up to */
}

/* After an arrival the shares are less, so that some limits no longer bind; then those below the share do. */
static int settle(lac_fluid *f, double link)
{
  for (const entry *e; (e = top(f, MOST_LIMITED)) && -e->key > share(f);) {
    uint32_t i = e->flow;
    double bits = (f->progress[i].end - f->now) * f->flow[i].limit;
    leave_limited(f, i, link);
    LAC_TRY(make_shared(f, i, bits));
  }
  for (const entry *e; (e = top(f, LEAST_SHARED)) && e->key <= share(f);)
    LAC_TRY(make_limited(f, e->flow));
  return LAC_OK;
}

static void end_flow(lac_fluid *f, uint32_t i, double link, double *finish)
{
  progress *p = &f->progress[i];
  if (p->state == LIMITED)
    leave_limited(f, i, link);
  else if (--f->shared == 0)
    f->bits = 0;
  *p = (progress){ DONE, p->stamp + 1, 0 };
  finish[i] = f->now;
}

static int compare_starts(const void *a, const void *b, void *flows)
{
  const lac_flow *flow = flows;
  double p = flow[*(const uint32_t *)a].start, q = flow[*(const uint32_t *)b].start;
  return (p > q) - (p < q);
}

static int sort_starts(lac_fluid *f, const lac_flow *flow, size_t count)
{
  LAC_TRY(lac_grow(&f->order, &f->order_cap, count, sizeof *f->order));
  for (size_t i = 0; i < count; i++)
    f->order[i] = (uint32_t)i;
  qsort_r(f->order, count, sizeof *f->order, compare_starts, (void *)(uintptr_t)flow);
  return LAC_OK;
}

static int run_events(lac_fluid *f, const lac_flow *flow, size_t count, double link, double *finish)
{
  LAC_TRY(lac_grow(&f->progress, &f->progress_cap, count, sizeof *f->progress));
  LAC_TRY(sort_starts(f, flow, count));
  for (int k = 0; k < HEAPS; k++)
    f->of[k].count = 0;
  for (size_t i = 0; i < count; i++)
    f->progress[i] = (progress){ WAITING, 0, 0 };
  f->flow = flow;
  f->rest = link;
  f->bits = 0;
  f->shared = f->limited = 0;
  f->now = flow[f->order[0]].start;
  for (size_t next = 0, left = count; left;) {
    const entry *own = top(f, LIMITED_END), *fair = top(f, SHARED_END);
    double arrival = next < count ? flow[f->order[next]].start : INFINITY, end_own = own ? own->key : INFINITY;
    double end_fair = fair ? f->now + (fair->key - f->bits) / share(f) : INFINITY;
    double then = fmax(f->now, fmin(arrival, fmin(end_own, end_fair)));
    if (f->shared)
      f->bits += (then - f->now) * share(f);
    f->now = then;
    if (arrival <= then) {
      uint32_t i = f->order[next++];
      LAC_TRY(make_shared(f, i, flow[i].bits));
    } else {
      uint32_t i = end_own <= end_fair ? own->flow : fair->flow;
      if (f->progress[i].state == SHARED)
        f->bits = f->progress[i].end;      /* exactly */
      end_flow(f, i, link, finish);
      left--;
    }
    if (next == count || flow[f->order[next]].start > f->now)      /* those that begin at once come in together */
      LAC_TRY(settle(f, link));
  }
  return LAC_OK;
}

/* ---- closed forms ---- */

typedef struct { int one_start, one_size, one_limit; double least_limit, limits; } shape;

static shape look_at(const lac_flow *flow, size_t count)
{
  shape s = { 1, 1, 1, INFINITY, 0 };
  for (size_t i = 0; i < count; i++) {
    s.one_start &= flow[i].start == flow->start;
    s.one_size &= flow[i].bits == flow->bits;
    s.one_limit &= flow[i].limit == flow->limit;
    s.least_limit = fmin(s.least_limit, flow[i].limit);
    s.limits += flow[i].limit;
  }
  return s;
}

/* The link has room for all at once; rates may be infinite. */
static void finish_alone(const lac_flow *flow, size_t count, double *finish)
{
  for (size_t i = 0; i < count; i++)
    finish[i] = flow[i].start + flow[i].bits / flow[i].limit;
}

/* The share of those that their own limits do not hold back: sum_i min(limit_i, share) = link; infinite when all are held back. */
static int find_share(lac_fluid *f, const lac_flow *flow, size_t count, const shape *s, double link, double *level)
{
  if (s->one_limit) {
    *level = link / (double)count;
    return LAC_OK;
  }
  LAC_TRY(lac_grow(&f->number, &f->number_cap, count, sizeof *f->number));
  for (size_t i = 0; i < count; i++)
    f->number[i] = flow[i].limit;
  lac_sort(f->number, count);
  for (size_t i = 0; i < count; i++) {
    *level = link / (double)(count - i);
    if (f->number[i] > *level)
      return LAC_OK;
    link -= f->number[i];
  }
  *level = INFINITY;
  return LAC_OK;
}

/* All begin at once and are as long: those that share end together, before all that their limits hold back, so no share ever changes. */
static int finish_at_once(lac_fluid *f, const lac_flow *flow, size_t count, const shape *s, double link, double *finish)
{
  double level = 0;
  LAC_TRY(find_share(f, flow, count, s, link, &level));
  for (size_t i = 0; i < count; i++)
    finish[i] = flow[i].start + flow[i].bits / fmin(flow[i].limit, level);
  return LAC_OK;
}

/* One start and one limit: the shorter end first, and k flows take (next - this) max(1/limit, k/link). */
static int last_of_sizes(lac_fluid *f, const lac_flow *flow, size_t count, double link, double *last)
{
  LAC_TRY(lac_grow(&f->number, &f->number_cap, count, sizeof *f->number));
  for (size_t i = 0; i < count; i++)
    f->number[i] = flow[i].bits;
  lac_sort(f->number, count);
  double before = 0, time = 0;
  for (size_t i = 0; i < count; i++) {
    time += (f->number[i] - before) / fmin(flow->limit, link / (double)(count - i));
    before = f->number[i];
  }
  *last = flow->start + time;
  return LAC_OK;
}

/* No limit is below the link's rate: the link is busy whenever there is a flow. */
static int last_of_busy(lac_fluid *f, const lac_flow *flow, size_t count, int one_start, double link, double *last)
{
  if (!one_start)
    LAC_TRY(sort_starts(f, flow, count));
  double bits = 0, from = -INFINITY;      /* since the link was idle */
  for (size_t k = 0; k < count; k++) {
    const lac_flow *w = &flow[one_start ? k : f->order[k]];
    if (w->start > from + bits / link) {
      from = w->start;
      bits = 0;
    }
    bits += w->bits;
  }
  *last = from + bits / link;
  return LAC_OK;
}

int lac_fluid_finish(lac_fluid *f, const lac_flow *flow, size_t count, double link, double *finish)
{
  shape s = look_at(flow, count);
  if (count == 0)
    return LAC_OK;
  if (s.limits <= link) {
    finish_alone(flow, count, finish);
    return LAC_OK;
  }
  return s.one_start && s.one_size ? finish_at_once(f, flow, count, &s, link, finish) : run_events(f, flow, count, link, finish);
}

int lac_fluid_last(lac_fluid *f, const lac_flow *flow, size_t count, double link, double *last)
{
  shape s = look_at(flow, count);
  *last = -INFINITY;
  if (count == 0)
    return LAC_OK;
  if (s.least_limit >= link)
    return last_of_busy(f, flow, count, s.one_start, link, last);
  if (s.one_start && s.one_limit)
    return s.one_size ? finish_at_once(f, flow, 1, &s, fmin(link / (double)count, flow->limit), last)
                      : last_of_sizes(f, flow, count, link, last);
  LAC_TRY(lac_grow(&f->number, &f->number_cap, count, sizeof *f->number));
  LAC_TRY(lac_fluid_finish(f, flow, count, link, f->number));      /* its closed form writes the limits first */
  for (size_t i = 0; i < count; i++)
    *last = fmax(*last, f->number[i]);
  return LAC_OK;
}
