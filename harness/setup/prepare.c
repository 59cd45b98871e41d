/* From a run that is open to its first round: shards, vectors, constants, x_0. */
#include "setup/setup.h"

#include "run/mail.h"
#include "run/pass.h"
#include "run/row.h"
#include "setup/keep.h"
#include "setup/vectors.h"
#include "theory/optimum.h"
#include <stdlib.h>

/* To a problem, rows of the test set are those of a client of another data set. */
static int load_test(lac_instance *i)
{
  lac_problem p = i->problem;
  if (!i->test)
    return LAC_OK;
  p.data = i->test;
  i->test_shard = lac_alloc((i->last - i->first) * sizeof *i->test_shard);
  if (!i->test_shard)
    return LAC_ENOMEM;
  for (uint32_t id = i->first; id < i->last; id++)
    if (lac_data_shard_rows(i->test, id))
      LAC_TRY(lac_context(p.type->load(&p, id, &i->test_shard[id - i->first]), "test rows of client %u", id));
  return LAC_OK;
}

static int load_shards(lac_run *r)
{
  lac_instance *i = &r->instance;
  if (i->shard)
    return LAC_OK;
  i->shard = lac_alloc((i->last - i->first) * sizeof *i->shard);
  if (!i->shard)
    return LAC_ENOMEM;
  for (uint32_t id = i->first; id < i->last; id++)
    LAC_TRY(lac_context(i->problem.type->load(&i->problem, id, &i->shard[id - i->first]), "client %u", id));
  LAC_TRY(load_test(i));
  if (i->problem.data && !lac_keep_rows(r, i->problem.data))
    lac_data_release(i->problem.data);
  if (i->test && !lac_keep_rows(r, i->test))
    lac_data_release(i->test);
  return LAC_OK;
}

static size_t largest_shard(const lac_run *r)
{
  const lac_instance *i = &r->instance;
  size_t most = 0;
  for (uint32_t k = 0; r->recipe.batch.rows.number > 0 && k < i->last - i->first; k++) {
    size_t rows = i->problem.type->shard_rows(i->shard[k]);
    most = rows > most ? rows : most;
  }
  return most;
}

static int allocate_draws(lac_run *r)
{
  lac_draws *d = &r->draws;
  size_t largest = largest_shard(r);
  d->rng = lac_rng_new();
  d->shared = lac_rng_new();
  d->times = lac_alloc(r->env.n * sizeof *d->times);
  d->lost = lac_alloc(r->env.n);
  d->batch_rows = lac_alloc((r->recipe.privacy.on ? largest : lac_batch_rows(&r->recipe.batch, largest)) * sizeof *d->batch_rows);
  d->order = r->recipe.batch.order == LAC_BATCH_EPOCH ? lac_alloc(largest * sizeof *d->order) : NULL;
  d->row_set = lac_alloc(LAC_CHOICE_WORDS(largest) * sizeof *d->row_set);
  if (r->recipe.batch.order == LAC_BATCH_EPOCH && !d->order)
    return LAC_ENOMEM;
  return d->rng && d->shared && d->times && d->lost && d->batch_rows && d->row_set ? LAC_OK : LAC_ENOMEM;
}

/* Rank 0 records the messages. */
static int open_log(lac_run *r)
{
  int leaves_out = !lac_sampler_is_full(&r->recipe.sampler) || r->config->dropout > 0;
  return lac_comm_rank(r->comm) ? LAC_OK :
         lac_message_log_open(&r->post.log, r->env.n, r->post.lag, lac_run_records_fully(r), leaves_out);
}

static int allocate(lac_run *r)
{
  size_t d = r->env.d;
  r->eval.x = lac_alloc(d * sizeof(double));
  r->eval.leaf = lac_alloc((d + 1) * sizeof(double));
  int moves = r->instance.problem.proximal && lac_comm_rank(r->comm) == 0;
  r->eval.moved = moves ? lac_alloc(d * sizeof(double)) : NULL;
  lac_tree_open(&r->eval.tree, lac_row_width(r));
  lac_tree_open(&r->eval.root, lac_row_width(r));
  r->post.sizes = lac_alloc((size_t)lac_comm_size(r->comm) * sizeof *r->post.sizes);
  r->post.row_sizes = lac_alloc((size_t)lac_comm_size(r->comm) * sizeof *r->post.row_sizes);
  r->post.lag = r->recipe.method->lag ? r->recipe.method->lag(&r->env) : 0;
  if (!r->instance.client_L)
    r->instance.client_L = lac_alloc(r->env.n * sizeof *r->instance.client_L);
  if (!r->eval.x || !r->eval.leaf || (moves && !r->eval.moved) || !r->post.sizes || !r->post.row_sizes || !r->instance.client_L)
    return LAC_ENOMEM;
  LAC_TRY(open_log(r));
  LAC_TRY(lac_pass_open(r));
  LAC_TRY(allocate_draws(r));
  LAC_TRY(lac_privacy_prepare(r));
  return lac_vectors_allocate(r);
}

int lac_run_prepare(lac_run *r)
{
  int status = load_shards(r);
  if (status == LAC_OK)
    status = allocate(r);
  return lac_comm_agree(r->comm, status);
}

size_t lac_run_bytes(const lac_run *r)
{
  const lac_data *const sets[] = { r->instance.problem.data, r->instance.test };
  size_t bytes = 0;
  for (size_t i = 0; i < LAC_COUNT(sets); i++)
    if (sets[i]) {
      const lac_data_info *about = lac_data_about(sets[i]);
      bytes += 2 * (about->rows + about->nnz) * (sizeof(double) + sizeof(uint32_t));      /* the rows of the file, and of the shards */
    }
  return bytes + lac_vectors_all_bytes(r);
}

static int start_state(lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  if (m->host_init)
    LAC_TRY(m->host_init(&r->env, &r->store.mirror, r->instance.x0));
  if (m->server_init && lac_exchange_serves(r->exchange))
    LAC_TRY(m->server_init(&r->env, &r->store.server, r->instance.x0));
  for (uint32_t id = r->instance.first; m->client_init && id < r->instance.last; id++)
    LAC_TRY(m->client_init(&r->env, lac_run_client(r, id), r->instance.x0));
  return LAC_OK;
}

int lac_run_start(lac_run *r)
{
  lac_vectors_clear(r);      /* a checkpoint that turned out to be bad may have left something there */
  lac_forget_constants(r);
  if (r->recipe.method->resolve)
    LAC_TRY(lac_comm_agree(r->comm, r->recipe.method->resolve(&r->env, r->recipe.spec.params)));
  if (lac_run_solves(r) && !r->instance.x_star)
    LAC_TRY(lac_run_solve(r));
  return lac_comm_agree(r->comm, start_state(r));
}

int lac_run_load(lac_run *r)
{
  LAC_TRY(lac_run_prepare(r));
  return lac_run_start(r);
}
