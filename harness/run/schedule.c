/* Step sizes that change from round to round. */
#include "run/schedule.h"

#include "elementary.h"
#include <stdlib.h>

enum { NONE, COSINE, LINEAR, STEP };

static const lac_option options[] = {
  { "warmup", LAC_AMOUNT, offsetof(lac_schedule, warmup), "0", ">=0", NULL,
    "rounds in which the step size grows to its value: a count or a percentage of --rounds", .later = 1 },
  { "decay", LAC_FORMULA, offsetof(lac_schedule, decay), "none", NULL, "none|cosine:FLOOR|linear:FLOOR|step:FACTOR:EVERY",
    "how it falls after them: to FLOOR of its value, or by FACTOR whenever EVERY rounds (a count or a percentage) are over", .later = 1 },
  { 0 }
};

const lac_option *lac_schedule_options_of(const lac_option *of)
{
  for (; of && of->name; of++)
    if (of->step_size)
      return options;
  return NULL;
}

/* ---- the factor ---- */

static uint64_t warmup_of(const lac_schedule *s, uint64_t rounds) { return lac_amount_of(s->warmup, rounds); }

static double fall(double floor, double share) { return floor + (1 - floor) * share; }

/* (1 + cos(pi q))/2 = cos^2(pi q/2) */
static double cosine(double q)
{
  double c = lac_cos_quarter(M_PI / 2 * q);
  return c * c;
}

double lac_schedule_factor(const lac_schedule *s, uint64_t rounds, uint64_t t)
{
  uint64_t warmup = warmup_of(s, rounds);
  double first = s->decay.at[0].number;
  if (t < warmup)
    return (double)(t + 1) / (double)warmup;
  if (s->decay.word == NONE)
    return 1;
  if (s->decay.word == STEP)
    return lac_power(first, (t - warmup) / lac_amount_of(s->decay.at[1], rounds - warmup));
  double q = (double)(t - warmup) / (double)(rounds - warmup);
  return fall(first, s->decay.word == COSINE ? cosine(q) : 1 - q);
}

/* ---- what cannot be ---- */

static int is_share(lac_amount a) { return !a.percent && a.number <= 1; }

static int is_stretch(lac_amount a)
{
  return a.number > 0 && (a.percent ? a.number <= 100 : a.number == floor(a.number) && a.number < 0x1p53);
}

int lac_schedule_check(const lac_run *r)
{
  const lac_schedule *s = r->recipe.spec.more;
  const char *name = r->recipe.spec.name;
  if (!s)
    return LAC_OK;
  if (r->config->rounds && warmup_of(s, r->config->rounds) > r->config->rounds)
    return lac_fail(LAC_EUSER, "--algorithm=%s: warmup=%llu is more than the %llu rounds of --rounds; give at most as many, or a "
                    "percentage", name, (unsigned long long)warmup_of(s, r->config->rounds), (unsigned long long)r->config->rounds);
  if (s->decay.word == STEP && (!is_share(s->decay.at[0]) || s->decay.at[0].number == 0 || !is_stretch(s->decay.at[1])))
    return lac_fail(LAC_EUSER, "--algorithm=%s: decay=step:FACTOR:EVERY needs a FACTOR in (0,1], and a count or a percentage of rounds for "
                    "EVERY: step:0.1:30%%", name);
  if (s->decay.word != STEP && !is_share(s->decay.at[0]))
    return lac_fail(LAC_EUSER, "--algorithm=%s: FLOOR of decay is the share of the step size that is left at the end, a number in [0,1]: "
                    "cosine:0.1", name);
  if (r->config->rounds && !isnormal(lac_schedule_factor(s, r->config->rounds, r->config->rounds - 1)))
    return lac_fail(LAC_EUSER, "--algorithm=%s: decay=step:FACTOR:EVERY takes the step size down to 0 within the %llu rounds of --rounds; "
                    "give a larger FACTOR or EVERY", name, (unsigned long long)r->config->rounds);
  return LAC_OK;
}

/* ---- a run ---- */

static int changes(const lac_schedule *s) { return s && (s->warmup.number > 0 || s->decay.word != NONE); }

/* The parameters of the round at hand, and behind them those of the one before. */
static char *place_of(const lac_run *r, int before)
{
  return (char *)r->recipe.scheduled + (before ? (r->recipe.method->params_size + 15) / 16 * 16 : 0);
}

int lac_schedule_open(lac_run *r)
{
  size_t size = r->recipe.method->params_size;
  if (!changes(r->recipe.spec.more))
    return LAC_OK;
  if (!r->recipe.scheduled)
    r->recipe.scheduled = lac_alloc(2 * (size + 16));
  LAC_TRY(lac_comm_agree(r->comm, r->recipe.scheduled ? LAC_OK : LAC_ENOMEM));
  for (int before = 0; before < 2; before++)
    memcpy(place_of(r, before), r->recipe.spec.params, size);
  r->env.params = place_of(r, 0);
  r->env.params_before = place_of(r, 1);
  return LAC_OK;
}

static void scale(const lac_run *r, double factor, char *params)
{
  for (const lac_option *o = r->recipe.method->options; o->name; o++)
    if (o->step_size) {
      const void *from = (const char *)r->recipe.spec.params + o->offset;
      void *to = params + o->offset;
      if (o->kind == LAC_STEP)
        ((lac_step *)to)->value = factor * ((const lac_step *)from)->value;
      else
        *(double *)to = factor * *(const double *)from;
    }
}

void lac_schedule_set(lac_run *r)
{
  uint64_t t = r->round, rounds = r->config->rounds;
  if (!r->recipe.scheduled || t == rounds)      /* behind the last round no method is asked */
    return;
  scale(r, lac_schedule_factor(r->recipe.spec.more, rounds, t), place_of(r, 0));
  scale(r, lac_schedule_factor(r->recipe.spec.more, rounds, t ? t - 1 : 0), place_of(r, 1));
}

void lac_schedule_close(lac_run *r)
{
  free(r->recipe.scheduled);
  r->recipe.scheduled = NULL;
}
