#include "run/privacy.h"

#include "replay.h"
#include "run/run.h"
#include <stdlib.h>
#include <string.h>

/* Gradients of a client in the round at hand: how many, and 1 + the phase and step of the last. */
typedef struct lac_asked { uint64_t count; uint32_t last; } asked;

typedef struct { double clip, sigma, epsilon, delta; uint64_t steps; } params;

static const lac_option options[] = {
  { "clip", LAC_REAL, offsetof(params, clip), "1", ">0", NULL, "C, the most that the gradient of one row may measure" },
  { "sigma", LAC_REAL, offsetof(params, sigma), "0", ">=0", NULL,
    "noise multiplier: the sum of a batch gets N(0, (sigma C)^2); 0: the least that keeps to epsilon, and without epsilon none" },
  { "epsilon", LAC_REAL, offsetof(params, epsilon), "0", ">=0", NULL, "what all rounds may cost; 0: whatever comes out" },
  { "delta", LAC_REAL, offsetof(params, delta), "1e-5", "(0,1)", NULL, "the other half of (epsilon, delta)" },
  { "steps", LAC_UINT, offsetof(params, steps), "0", "<=4194304", NULL,
    "gradients of a client in a round, at most; 0: as many as the method says, one where it does not" },
  { 0 }
};

/* ---- open ---- */

static int parse(lac_privacy *p, const char *text)
{
  if (strcmp(text, "none") == 0)
    return (p->spec.text = lac_strdup(text)) ? LAC_OK : LAC_ENOMEM;
  if (strncmp(text, "gauss", 5) || (text[5] && text[5] != ':'))
    return lac_fail(LAC_EUSER, "--dp must be none or gauss:clip=1,sigma=1, not '%.60s'", text);
  p->on = 1;
  return lac_spec_parse(&p->spec, "--dp", text, options, sizeof(params));
}

/* What would give more away than is counted. */
static int check(const lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  const lac_problem *p = &r->instance.problem;
  const lac_batch *b = &r->recipe.batch;
  const lac_replay *noise = r->draws.replay[LAC_SEED_DP];
  if (!p->type->batch_grad || !p->data || p->type->saddle)
    return lac_fail(LAC_EUSER, "--dp: problem %s has no rows whose gradients could be clipped; leave --dp out", p->type->name);
  if (m->whole)
    return lac_fail(LAC_EUSER, "--dp: %s takes gradients of all rows as they are: %s; take fedavg, diloco or gd", m->name, m->whole);
  if (m->losses)
    return lac_fail(LAC_EUSER, "--dp: %s takes losses of rows as they are; take fedavg, diloco or gd", m->name);
  if (b->replace || b->order == LAC_BATCH_EPOCH)
    return lac_fail(LAC_EUSER, "--dp draws each row of a batch by itself, with probability rows/all; leave replace and order of --batch "
                    "out");
  if (noise && lac_replay_width(noise) != p->d)
    return lac_fail(LAC_EUSER, "--replay.dp: its rows have %zu numbers, and the noise has d=%zu", lac_replay_width(noise), p->d);
  return LAC_OK;
}

/* Rows that a batch of a replayed table names are known: they hide nothing. */
static double largest_rate(const lac_run *r)
{
  const lac_batch *b = &r->recipe.batch;
  double most = 0;
  if (b->rows.number == 0 || r->draws.replay[LAC_SEED_BATCH])
    return 1;
  for (uint32_t i = 0; i < r->env.n; i++) {
    size_t rows = lac_data_shard_rows(r->instance.problem.data, i);
    double rate = rows ? (double)lac_batch_rows(b, rows) / (double)rows : 0;
    most = rate > most ? rate : most;
  }
  return most;
}

static int too_few_steps(const lac_run *r, uint64_t steps)
{
  return lac_fail(LAC_EUSER, "--dp: %s asks a client for more gradients in a round than the %llu that epsilon is counted for; give their "
                  "number, steps=N", r->recipe.method->name, (unsigned long long)steps);
}

/* As many as are counted; EUSER: the method says that it takes more. */
static int set_steps(lac_run *r, const params *o)
{
  const lac_algorithm_type *m = r->recipe.method;
  uint64_t most = 1;
  for (uint32_t i = 0; m->gradients && i < r->env.n; i++) {
    uint64_t own = m->gradients(&r->env, i);
    most = own > most ? own : most;
  }
  r->recipe.privacy.steps = o->steps ? o->steps : most;
  return o->steps && o->steps < most ? too_few_steps(r, o->steps) : LAC_OK;
}

static int out_of_reach(const lac_run *r, const params *o, double got)
{
  const lac_privacy *p = &r->recipe.privacy;
  double releases = (double)p->steps * (double)r->config->rounds;
  if (!isfinite(got))
    return lac_fail(LAC_EUSER, "--dp: epsilon=%g at delta=%g cannot be reached by any noise after %.0f gradients of a client at q=%.3g; "
                    "raise epsilon or delta, or take fewer rounds", o->epsilon, o->delta, releases, p->rate);
  return lac_fail(LAC_EUSER, "--dp: sigma=%g gives epsilon=%.4g at delta=%g after %.0f gradients of a client at q=%.3g, which is more than "
                  "epsilon=%g; leave sigma out, or take fewer rounds or a smaller batch", o->sigma, got, o->delta, releases, p->rate,
                  o->epsilon);
}

static int account(lac_run *r, const params *o)
{
  lac_privacy *p = &r->recipe.privacy;
  double releases = (double)p->steps * (double)r->config->rounds;
  p->sigma = o->sigma;
  if (o->epsilon > 0 && o->sigma == 0 && releases > 0)
    p->sigma = lac_renyi_sigma(p->rate, releases, o->delta, o->epsilon);
  if (!isfinite(p->sigma))
    return out_of_reach(r, o, INFINITY);
  if (p->sigma == 0)
    return LAC_OK;
  lac_renyi_gaussian(p->rate, p->sigma, p->rho);
  double epsilon = lac_privacy_epsilon(r, r->config->rounds, NULL);
  return o->epsilon > 0 && o->sigma > 0 && epsilon > o->epsilon ? out_of_reach(r, o, epsilon) : LAC_OK;
}

int lac_privacy_open(lac_run *r)
{
  lac_privacy *p = &r->recipe.privacy;
  LAC_TRY(parse(p, r->config->dp));
  if (!p->on)
    return r->draws.replay[LAC_SEED_DP] ? lac_fail(LAC_EUSER, "--replay.dp is the noise of --dp=gauss; give both or none") : LAC_OK;
  const params *o = p->spec.params;
  LAC_TRY(check(r));
  p->clip = o->clip;
  p->delta = o->delta;
  p->rate = largest_rate(r);
  LAC_TRY(set_steps(r, o));
  return account(r, o);
}

double lac_privacy_bytes(const lac_run *r)
{
  return r->recipe.privacy.on ? 16 * (double)r->env.d + sizeof(asked) * (double)(r->instance.last - r->instance.first) : 0;
}

int lac_privacy_prepare(lac_run *r)
{
  lac_privacy *p = &r->recipe.privacy;
  if (!p->on)
    return LAC_OK;
  p->noise = lac_alloc(r->env.d * sizeof *p->noise);
  p->own = lac_alloc(r->env.d * sizeof *p->own);
  p->asked = lac_alloc((r->instance.last - r->instance.first) * sizeof *p->asked);
  p->asked_in = UINT64_MAX;
  return p->noise && p->own && p->asked ? LAC_OK : LAC_ENOMEM;
}

void lac_privacy_close(lac_privacy *p)
{
  lac_spec_free(&p->spec);
  free(p->noise);
  free(p->own);
  free(p->asked);
  *p = (lac_privacy){ 0 };
}

/* ---- what is counted ---- */

int lac_privacy_counts(const lac_run *r) { return r->recipe.privacy.sigma > 0; }

double lac_privacy_epsilon(const lac_run *r, uint64_t rounds, double *order)
{
  const lac_privacy *p = &r->recipe.privacy;
  return lac_renyi_epsilon(p->rho, (double)p->steps * (double)rounds, p->delta, order);
}

/* Every gradient has noise of its own, and there are no more of them than the accountant knows. */
static int count_gradient(lac_run *r, const lac_client *c, unsigned step)
{
  lac_privacy *p = &r->recipe.privacy;
  const char *name = r->recipe.method->name;
  asked *a = &p->asked[c->id - r->instance.first];
  uint32_t last = (r->env.phase << 16 | step) + 1;
  if (p->asked_in != r->env.round)
    memset(p->asked, 0, (r->instance.last - r->instance.first) * sizeof *p->asked);
  p->asked_in = r->env.round;
  if (last <= a->last)
    return lac_fail(LAC_EUSER, "--dp: %s asks for two gradients of the same rows, and their difference would have no noise; take fedavg, "
                    "diloco or gd", name);
  if (a->count == p->steps)
    return too_few_steps(r, p->steps);
  a->last = last;
  a->count++;
  return LAC_OK;
}

/* ---- a gradient ---- */

/* The rows of a batch, each by itself; `rows` of them are expected. */
static int draw_rows(lac_run *r, uint32_t client, unsigned step, size_t all, size_t rows, size_t *count)
{
  lac_draws *d = &r->draws;
  enum { AT_ONCE = 1024 };
  uint32_t word[AT_ONCE];
  uint64_t below = (uint64_t)((double)rows / (double)all * 0x1p32);
  *count = 0;
  lac_rng_point(d->rng, &d->seeds, LAC_SEED_BATCH, client, (uint32_t)r->env.round, r->env.phase << 16 | step);
  for (size_t from = 0; from < all; from += AT_ONCE) {
    size_t some = all - from < AT_ONCE ? all - from : AT_ONCE;
    LAC_TRY(lac_context(lac_rng_words(d->rng, word, some), "--batch"));
    for (size_t i = 0; i < some; i++)
      if (word[i] < below)
        d->batch_rows[(*count)++] = (uint32_t)(from + i);
  }
  return LAC_OK;
}

/* Those of a table made elsewhere. */
static int replay_rows(lac_run *r, uint32_t client, unsigned step, size_t all, size_t rows)
{
  lac_draws *d = &r->draws;
  lac_choice choice;
  lac_rng_point(d->rng, &d->seeds, LAC_SEED_BATCH, client, (uint32_t)r->env.round, r->env.phase << 16 | step);
  LAC_TRY(lac_context(lac_choose(&choice, d->rng, all, rows, d->row_set), "--batch"));
  for (size_t i = 0; i < rows; i++)
    d->batch_rows[i] = (uint32_t)lac_choose_next(&choice);
  return LAC_OK;
}

/* One row at a time, for a problem that clips none itself. */
static int clip_rows(const lac_problem *p, const lac_client *c, const uint32_t *list, size_t count, const double *x, double most,
                     double *own, double *g)
{
  double f;
  lac_zero(p->d, g);
  for (size_t i = 0; i < count; i++) {
    uint32_t row = list ? list[i] : (uint32_t)i;
    LAC_TRY(p->type->batch_grad(p, c->shard, &row, 1, x, &f, own));
    double norm = sqrt(lac_norm_sq(p->d, own));
    lac_axpy(p->d, (norm > most ? most / norm : 1) / (double)count, own, g);
  }
  return LAC_OK;
}

/* g = (1/B) sum of clipped gradients, and what all rows share, which is what no rows give. */
static int clipped_sum(lac_run *r, const lac_client *c, const uint32_t *list, size_t count, size_t expected, const double *x, double *g)
{
  const lac_problem *p = &r->instance.problem;
  lac_privacy *own = &r->recipe.privacy;
  double f, share = (double)count / (double)expected;
  if (!p->type->clipped_grad) {
    LAC_TRY(clip_rows(p, c, list, count, x, own->clip, own->own, g));
    lac_zero(p->d, own->own);
  } else {
    LAC_TRY(p->type->clipped_grad(p, c->shard, list, count, x, own->clip, &f, g));
    if (share != 1)
      LAC_TRY(p->type->clipped_grad(p, c->shard, list, 0, x, own->clip, &f, own->own));
  }
  for (size_t j = 0; share != 1 && j < p->d; j++)
    g[j] = own->own[j] + share * (g[j] - own->own[j]);
  return LAC_OK;
}

static int add_noise(lac_run *r, const lac_client *c, unsigned step, double scale, double *g)
{
  lac_draws *d = &r->draws;
  lac_privacy *p = &r->recipe.privacy;
  uint32_t round = (uint32_t)r->env.round, use = r->env.phase << 16 | step;
  const lac_replay *table = d->replay[LAC_SEED_DP];
  const double *z = p->noise;
  if (scale == 0)
    return LAC_OK;
  if (table && lac_replay_covers(table, round))
    LAC_TRY(lac_replay_take(table, c->id, round, use, &z));
  else {
    lac_rng_point(d->rng, &d->seeds, LAC_SEED_DP, c->id, round, use);
    lac_rng_normal(d->rng, p->noise, r->env.d, 1);
  }
  lac_axpy(r->env.d, scale, z, g);
  return LAC_OK;
}

int lac_private_gradient(lac_run *r, const lac_client *c, unsigned step, const double *x, double *g, size_t *count)
{
  const lac_privacy *p = &r->recipe.privacy;
  size_t all = r->instance.problem.type->shard_rows(c->shard), rows = *count = lac_batch_rows(&r->recipe.batch, all);
  int batch = lac_has_batch(&r->env);
  LAC_TRY(count_gradient(r, c, step));
  if (batch && r->draws.replay[LAC_SEED_BATCH])
    LAC_TRY(replay_rows(r, c->id, step, all, rows));
  else if (batch)
    LAC_TRY(draw_rows(r, c->id, step, all, rows, count));
  LAC_TRY(clipped_sum(r, c, batch ? r->draws.batch_rows : NULL, *count, rows, x, g));
  return add_noise(r, c, step, p->sigma * p->clip / (double)rows, g);
}
