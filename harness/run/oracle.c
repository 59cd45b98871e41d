/* What a method may ask of its problem and of the coins that all share: gradients, draws (algorithm.h). */
#include "run/run.h"

#include <math.h>

/* A gradient of `batch` rows, chosen for (client, round, phase, step). */
static int batch_gradient(lac_run *r, const lac_client *c, unsigned step, const double *x, double *g)
{
  size_t rows = r->instance.problem.type->shard_rows(c->shard), count = lac_batch_of(r, rows);
  lac_choice choice;
  double f;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_BATCH, c->id, (uint32_t)r->env.round, r->env.phase << 16 | step);
  LAC_TRY(lac_context(lac_choose(&choice, r->draws.rng, rows, count, r->draws.row_set), "--batch"));
  for (size_t i = 0; i < count; i++)
    r->draws.batch_rows[i] = (uint32_t)lac_choose_next(&choice);
  return r->instance.problem.type->batch_grad(&r->instance.problem, c->shard, r->draws.batch_rows, count, x, &f, g);
}

enum { NOISE = 1 << 22 };      /* no row of a batch is drawn from there */

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

static int oracle(lac_run *r, const lac_client *c, int batch, unsigned step, const double *x, double *g)
{
  uint64_t start = lac_ticks();
  double f;
  int status = LAC_OK;
  r->ledger.oracle_calls++;
  lac_comm_progress(r->comm);
  if (batch)
    status = batch_gradient(r, c, step, x, g);
  else if (r->eval.leaf_client == c->id && memcmp(x, r->eval.x, r->env.d * sizeof *x) == 0)
    lac_copy(r->env.d, r->eval.leaf, g);          /* the evaluation of this row has just been there */
  else
    status = r->instance.problem.type->value_grad(&r->instance.problem, c->shard, x, &f, g);
  r->ledger.ticks[LAC_TIME_ORACLE] += lac_ticks() - start;
  return status;
}

int lac_gradient(const lac_env *e, const lac_client *c, unsigned step, const double *x, double *g)
{
  LAC_TRY(oracle(e->run, c, e->run->recipe.batch.number > 0, step, x, g));
  add_noise(e->run, c, step, g);
  return LAC_OK;
}

int lac_full_gradient(const lac_env *e, const lac_client *c, const double *x, double *g) { return oracle(e->run, c, 0, 0, x, g); }

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
