/* What a method may ask of its problem and of the coins that all share: gradients, draws (algorithm.h). */
#include "run/oracle.h"
#include "pulse.h"
#include "ranks/simulated.h"
#include "run/privacy.h"
#include "run/weights.h"

#include <math.h>

enum { NOISE = 1 << 22, EPOCH = 1 << 23 };      /* uses from which no batch of a step is drawn */

/* ---- rows of a batch ---- */

static void point_at_step(lac_run *r, uint32_t client, unsigned step)
{
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_BATCH, client, (uint32_t)r->env.round, r->env.phase << 16 | step);
}

static void list_chosen(lac_draws *d, lac_choice choice, size_t count)
{
  for (size_t i = 0; i < count; i++)
    d->batch_rows[i] = (uint32_t)lac_choose_next(&choice);
}

static int draw_distinct(lac_run *r, uint32_t client, unsigned step, size_t rows, size_t *count)
{
  lac_choice choice;
  point_at_step(r, client, step);
  LAC_TRY(lac_context(lac_choose(&choice, r->draws.rng, rows, *count, r->draws.row_set), "--batch"));
  list_chosen(&r->draws, choice, *count);
  return LAC_OK;
}

static int draw_repeated(lac_run *r, uint32_t client, unsigned step, size_t rows, size_t *count)
{
  point_at_step(r, client, step);
  for (size_t i = 0; i < *count; i++)
    r->draws.batch_rows[i] = (uint32_t)lac_rng_below(r->draws.rng, rows);
  return LAC_OK;
}

/* The order of a client's rows in an epoch; the last one that was asked for is at hand. */
static int order_epoch(lac_run *r, uint32_t client, uint64_t epoch, size_t rows)
{
  lac_draws *d = &r->draws;
  if (d->ordered && d->order_client == client && d->order_epoch == epoch)
    return LAC_OK;
  d->ordered = 1;
  d->order_client = client;
  d->order_epoch = epoch;
  lac_rng_point(d->rng, &d->seeds, LAC_SEED_BATCH, client, (uint32_t)epoch, EPOCH);
  return lac_rng_permute(d->rng, rows, rows, d->order);
}

/* Steps that the client had taken before this exchange. */
static double *steps_before(lac_run *r, uint32_t client)
{
  const lac_state *s = &r->store.row[LAC_STORE_BATCHES];
  return (double *)s->at + (client - r->instance.first) * s->stride;
}

/* The rows of the step in their own order, so that a replayed table of the same rows gives the same sum. */
static int take_epoch(lac_run *r, uint32_t client, unsigned step, size_t rows, size_t *count)
{
  lac_draws *d = &r->draws;
  uint64_t steps = (rows + *count - 1) / *count, at = (uint64_t)*steps_before(r, client) + step;
  size_t from = (size_t)(at % steps) * *count;
  d->steps_asked = step + 1 > d->steps_asked ? step + 1 : d->steps_asked;
  *count = rows - from < *count ? rows - from : *count;
  LAC_TRY(order_epoch(r, client, at / steps, rows));
  memset(d->row_set, 0, LAC_CHOICE_WORDS(rows) * sizeof *d->row_set);
  for (size_t i = from; i < from + *count; i++)
    d->row_set[d->order[i] / 64] |= UINT64_C(1) << d->order[i] % 64;
  list_chosen(d, (lac_choice){ .set = d->row_set, .rest = d->row_set[0] }, *count);
  return LAC_OK;
}

void lac_oracle_end(lac_run *r, uint32_t client)
{
  if (r->draws.steps_asked)
    *steps_before(r, client) += r->draws.steps_asked;
  r->draws.steps_asked = 0;
}

uint64_t lac_epoch_steps(const lac_env *e, uint32_t client)
{
  const lac_batch *b = &e->run->recipe.batch;
  return b->rows.number > 0 && b->most > 1 ? lac_batch_steps(b, lac_data_shard_rows(e->run->instance.problem.data, client)) : 1;
}

void lac_epoch_steps_of(const lac_env *e, uint64_t *least, uint64_t *most)
{
  *least = e->run->recipe.batch.least;
  *most = e->run->recipe.batch.most;
}

/* ---- gradients ---- */

/* Loss and gradient of the rows of (client, round, phase, step). */
static int batch_value_grad(lac_run *r, const lac_client *c, unsigned step, const double *x, double *f, double *g)
{
  const lac_batch *b = &r->recipe.batch;
  size_t rows = r->instance.problem.type->shard_rows(c->shard), count = lac_batch_rows(b, rows);
  LAC_TRY((b->order == LAC_BATCH_EPOCH ? take_epoch : b->replace ? draw_repeated : draw_distinct)(r, c->id, step, rows, &count));
  r->ledger.samples += count;
  return r->instance.problem.type->batch_grad(&r->instance.problem, c->shard, r->draws.batch_rows, count, x, f, g);
}

static int whole_value_grad(lac_run *r, const lac_client *c, const double *x, double *f, double *g)
{
  const lac_problem_type *type = r->instance.problem.type;
  r->ledger.samples += type->shard_rows ? type->shard_rows(c->shard) : 0;
  return type->value_grad(&r->instance.problem, c->shard, x, f, g);
}

/* A gradient of all rows. */
static int whole_gradient(lac_run *r, const lac_client *c, const double *x, double *g)
{
  const lac_problem_type *type = r->instance.problem.type;
  double f;
  if (r->eval.leaf_client != c->id || memcmp(x, r->eval.x, r->env.d * sizeof *x))
    return whole_value_grad(r, c, x, &f, g);
  r->ledger.samples += type->shard_rows ? type->shard_rows(c->shard) : 0;
  lac_copy(r->env.d, r->eval.leaf, g);          /* the evaluation of this row has just been there, and its seconds are the method's */
  r->ledger.ticks[LAC_TIME_ORACLE] += r->eval.leaf_ticks;
  r->ledger.ticks[LAC_TIME_EVALUATE] -= r->eval.leaf_ticks;
  r->eval.leaf_ticks = 0;
  return LAC_OK;
}

static void add_skewed(gsl_rng *rng, double each, uint64_t draws, size_t d, double *g)
{
  static const double value[3][2] = { { 2, 0 }, { 0, 1 }, { -2, -1 } };
  for (size_t j = 0; j + 1 < d; j += 2)
    for (uint64_t i = 0; i < draws; i++) {
      const double *z = value[gsl_rng_uniform_int(rng, 3)];
      g[j] += each / (double)draws * z[0];
      g[j + 1] += each / (double)draws * z[1];
    }
}

static void add_noise(lac_run *r, const lac_client *c, unsigned step, double *g)
{
  lac_noise n = r->instance.problem.type->noise ? r->instance.problem.type->noise(&r->instance.problem) : (lac_noise){ 0 };
  double d = (double)r->env.d;
  if (n.sigma == 0)
    return;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_BATCH, c->id, (uint32_t)r->env.round, r->env.phase << 16 | step | NOISE);
  if (n.law == LAC_SKEWED)
    add_skewed(r->draws.rng, n.sigma * sqrt(3 / (5 * d)), n.draws, r->env.d, g);
  else
    lac_rng_add_normal(r->draws.rng, g, r->env.d, n.sigma / sqrt((double)n.draws) / sqrt(d));
}

/* With --dp. */
static int private_gradient(lac_run *r, const lac_client *c, unsigned step, const double *x, double *g)
{
  size_t rows = 0;
  int status = lac_private_gradient(r, c, step, x, g, &rows);
  r->ledger.samples += rows;
  return status;
}

static void move_messages(void *comm) { lac_comm_progress(comm); }

/* A call begins; when. */
static uint64_t begin_call(lac_run *r)
{
  uint64_t start = lac_ticks();
  r->ledger.oracle_calls++;
  lac_comm_progress(r->comm);
  lac_pulse_calls(move_messages, r->comm);
  lac_simulated_gradient();
  return start;
}

static void end_call(lac_run *r, uint64_t start)
{
  lac_pulse_calls(NULL, NULL);
  r->ledger.ticks[LAC_TIME_ORACLE] += lac_ticks() - start;
}

static int oracle(lac_run *r, const lac_client *c, int batch, unsigned step, const double *x, double *g)
{
  uint64_t start = begin_call(r);
  double f;
  int status = r->recipe.privacy.on ? private_gradient(r, c, step, x, g) : batch ? batch_value_grad(r, c, step, x, &f, g) :
               whole_gradient(r, c, x, g);
  if (status == LAC_OK && r->recipe.method->weighing == LAC_WEIGHS_FUNCTIONS)
    lac_weigh(r, c->id, r->env.d, g);
  end_call(r, start);
  return status;
}

/* --clip=C: |g| <= C, of f_i.  A function that counts n w_i times has a gradient of n w_i C at most.  A norm that is not finite is left to
   end the run. */
static void clip(const lac_run *r, const lac_client *c, double *g)
{
  double most = r->config->clip;
  if (most == 0)
    return;
  if (r->recipe.method->weighing == LAC_WEIGHS_FUNCTIONS)
    most *= lac_weight_in_f(r, c->id);
  double norm = sqrt(lac_norm_sq(r->env.d, g));
  double scale = isfinite(norm) && norm > most ? most / norm : 1;
  for (size_t j = 0; scale < 1 && j < r->env.d; j++)
    g[j] *= scale;
}

int lac_gradient(const lac_env *e, const lac_client *c, unsigned step, const double *x, double *g)
{
  LAC_TRY(oracle(e->run, c, lac_has_batch(e), step, x, g));
  add_noise(e->run, c, step, g);
  clip(e->run, c, g);
  return LAC_OK;
}

/* The room of the evaluation's gradient is free by now, and this one is nobody's. */
int lac_loss(const lac_env *e, const lac_client *c, unsigned step, const double *x, double *f)
{
  lac_run *r = e->run;
  if (!r->recipe.method->losses)
    return lac_fail(LAC_EBUG, "%s asks for losses, and does not say so (losses)", r->recipe.method->name);
  uint64_t start = begin_call(r);
  r->eval.leaf_client = e->n;
  int status = lac_has_batch(e) ? batch_value_grad(r, c, step, x, f, r->eval.leaf) : whole_value_grad(r, c, x, f, r->eval.leaf);
  if (status == LAC_OK && r->recipe.method->weighing == LAC_WEIGHS_FUNCTIONS)
    lac_weigh(r, c->id, 1, f);
  end_call(r, start);
  return status;
}

int lac_has_batch(const lac_env *e) { return e->run->recipe.batch.rows.number > 0; }

int lac_full_gradient(const lac_env *e, const lac_client *c, const double *x, double *g)
{
  if (e->run->recipe.privacy.on)
    return lac_fail(LAC_EUSER, "--dp: %s asks for gradients of all rows as they are; take fedavg, diloco or gd",
                    e->run->recipe.method->name);
  LAC_TRY(oracle(e->run, c, 0, 0, x, g));
  clip(e->run, c, g);
  return LAC_OK;
}

int lac_coin(const lac_env *e, uint64_t round, double p)
{
  lac_run *r = e->run;
  int coin = r->draws.supposed_coin;
  if (!r->draws.rng)
    return coin;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_COIN, 0, (uint32_t)round, 0);
  lac_rng_coin(r->draws.rng, p, &coin);      /* cannot fail: a table of coins has been checked when it was opened */
  return coin;
}

void lac_common_normal(const lac_env *e, uint64_t round, size_t count, double *x)
{
  lac_run *r = e->run;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_COIN, 0, (uint32_t)round, 1);
  lac_rng_normal(r->draws.rng, x, count, 1);
}

int lac_direction(const lac_env *e, uint32_t client, unsigned step, size_t count, double *x)
{
  lac_run *r = e->run;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_DIRECTION, client, (uint32_t)e->round, step);
  return lac_context(lac_rng_direction(r->draws.rng, x, count), "--replay.direction");
}
