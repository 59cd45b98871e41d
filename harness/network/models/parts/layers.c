#include "network/models/parts/training.h"

#include "base.h"
#include <math.h>
#include <stdlib.h>

/* What was measured: so many exchanges of the whole model, or of data parallel training so many steps. */
enum { EXCHANGES = 4, STEPS = 12 };

typedef struct { unsigned step, layer; double ready; } job;

typedef struct {
  const lac_training *w;
  double now, link_free;
  job *waiting;                 /* not sent yet */
  size_t jobs, cap;
  double *arrived;              /* of the layer's latest job; NaN: it is waiting */
  unsigned *sent;               /* its step; 0: there is none */
  double *before;               /* of the layer's job before that, which may still be needed */
  unsigned *before_sent;
} course;

/* Seconds of the first time at which the link can take a job, and which it takes then. */
static size_t next_job(const course *c, double *start)
{
  size_t best = 0;
  double first = INFINITY;
  for (size_t i = 0; i < c->jobs; i++)
    first = fmin(first, c->waiting[i].ready);
  *start = fmax(c->link_free, first);
  for (size_t i = c->jobs; i-- > 0;) {
    const job *j = &c->waiting[i], *b = &c->waiting[best];
    int is_first = b->ready > *start || j->step < b->step || (j->step == b->step && j->layer < b->layer);
    if (j->ready <= *start && is_first)
      best = i;
  }
  return best;
}

static void send_job(course *c, size_t at, double start)
{
  job j = c->waiting[at];
  c->link_free = start + c->w->seconds / c->w->layers;
  *(c->sent[j.layer] == j.step ? &c->arrived[j.layer] : &c->before[j.layer]) = c->link_free;
  c->waiting[at] = c->waiting[--c->jobs];
}

/* What the link takes before now is settled: no later job can come before it. */
static void run_link(course *c)
{
  double start;
  while (c->jobs) {
    size_t at = next_job(c, &start);
    if (start >= c->now)
      return;
    send_job(c, at, start);
  }
}

/* Forward of a layer waits for the job of a step. */
static void await_job(course *c, unsigned layer, unsigned step)
{
  double start, *arrived = c->sent[layer] == step ? &c->arrived[layer] : c->before_sent[layer] == step ? &c->before[layer] : NULL;
  while (arrived && isnan(*arrived)) {
    size_t at = next_job(c, &start);
    send_job(c, at, start);
  }
  if (arrived)
    c->now = fmax(c->now, *arrived);
}

static int post_job(course *c, unsigned layer, unsigned step)
{
  LAC_TRY(lac_grow(&c->waiting, &c->cap, c->jobs + 1, sizeof *c->waiting));
  run_link(c);
  c->waiting[c->jobs++] = (job){ step, layer, c->now };
  c->before[layer] = c->arrived[layer];
  c->before_sent[layer] = c->sent[layer];
  c->arrived[layer] = NAN;
  c->sent[layer] = step;
  return LAC_OK;
}

/* Steps from a fragment to the next; the embedding is a fragment, too, and no layer. */
static unsigned slots(const lac_training *w) { return w->fragments > 1 ? w->fragments + 1 : 1; }
static unsigned slot_steps(const lac_training *w) { return w->every / slots(w) ? w->every / slots(w) : 1; }

static int is_sent(const lac_training *w, unsigned step, unsigned layer)
{
  if (step % slot_steps(w))
    return 0;
  unsigned slot = step / slot_steps(w) % slots(w);
  return w->fragments == 1 || (slot > 0 && layer % w->fragments == slot - 1);
}

static int run_step(course *c, unsigned step)
{
  const lac_training *w = c->w;
  double node = w->step / 3 / w->layers;
  for (unsigned l = 0; l < w->layers; l++) {
    if (step > 1 + w->lag)
      await_job(c, l, step - 1 - w->lag);
    c->now += node;
  }
  for (unsigned l = w->layers; l-- > 0;) {
    c->now += 2 * node;      /* with regard to what the layer got, then to its parameters */
    if (is_sent(w, step, l))
      LAC_TRY(post_job(c, l, step));
  }
  return LAC_OK;
}

static unsigned count_steps(const lac_training *w)
{
  return w->every == 1 ? STEPS : EXCHANGES * slots(w) * slot_steps(w) + (w->fragments > 1 ? 2 : 1);
}

double lac_training_layers(const lac_training *w)
{
  course c = { .w = w, .arrived = lac_alloc(w->layers * sizeof *c.arrived), .sent = lac_alloc(w->layers * sizeof *c.sent),
               .before = lac_alloc(w->layers * sizeof *c.before), .before_sent = lac_alloc(w->layers * sizeof *c.before_sent) };
  int status = c.arrived && c.sent && c.before && c.before_sent ? LAC_OK : LAC_ENOMEM;
  unsigned steps = count_steps(w);
  for (unsigned s = 1; status == LAC_OK && s <= steps; s++)
    status = run_step(&c, s);
  free(c.waiting);
  free(c.arrived);
  free(c.sent);
  free(c.before);
  free(c.before_sent);
  return status == LAC_OK ? steps * w->step / c.now : -1;
}
