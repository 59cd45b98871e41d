/* From a run that is open to its first round: shards, vectors, constants, x_0. */
#include "setup/setup.h"

#include "run/row.h"
#include "run/state.h"
#include "setup/keep.h"
#include <stdlib.h>

static int load_shards(lac_run *r)
{
  if (r->shard)
    return LAC_OK;
  r->shard = lac_alloc((r->last - r->first) * sizeof *r->shard);
  if (!r->shard)
    return LAC_ENOMEM;
  for (uint32_t i = r->first; i < r->last; i++)
    LAC_TRY(lac_context(r->problem.type->load(&r->problem, i, &r->shard[i - r->first]), "client %u", i));
  if (r->problem.data && !lac_keep_rows(r))
    lac_data_release(r->problem.data);
  return LAC_OK;
}

static int make_vectors(double **store, double ***pointers, unsigned count, size_t stride)
{
  *store = lac_alloc(count * stride * sizeof(double));
  for (unsigned k = 0; k < count && *store; k++)
    *(*pointers)++ = *store + k * stride;
  return *store ? LAC_OK : LAC_ENOMEM;
}

static size_t largest_shard(const lac_run *r)
{
  size_t most = 0;
  for (uint32_t i = 0; r->batch.number > 0 && i < r->last - r->first; i++) {
    size_t rows = r->problem.type->shard_rows(r->shard[i]);
    most = rows > most ? rows : most;
  }
  return most;
}

static int allocate(lac_run *r)
{
  const lac_algorithm_type *m = r->method;
  size_t d = r->env.d, stride = lac_stride(d), local = r->last - r->first;
  int root = lac_comm_rank(r->comm) == 0;
  double **at;
  size_t all = m->client_vecs + m->client_tmps + m->mirror_vecs + m->server_vecs + m->server_client_vecs;
  r->vectors = lac_alloc(all * sizeof *r->vectors);
  size_t largest = largest_shard(r);
  r->client_store = lac_alloc(local * m->client_vecs * stride * sizeof(double));
  r->x_eval = lac_alloc(d * sizeof(double));
  r->leaf = lac_alloc((d + 1) * sizeof(double));
  r->rng = lac_rng_new();
  r->shared = lac_rng_new();
  r->takes_part = lac_alloc(r->env.n);
  r->client_L = lac_alloc(r->env.n * sizeof *r->client_L);
  r->batch_rows = lac_alloc(lac_batch_of(r, largest) * sizeof *r->batch_rows);
  r->row_set = lac_alloc(LAC_CHOICE_WORDS(largest) * sizeof *r->row_set);
  r->post_sizes = lac_alloc((size_t)lac_comm_size(r->comm) * sizeof *r->post_sizes);
  r->lag = m->lag ? m->lag(&r->env) : 0;
  if (!r->post_sizes || !r->vectors || !r->client_store || !r->x_eval || !r->leaf || !r->rng || !r->shared || !r->takes_part ||
      !r->client_L || !r->batch_rows || !r->row_set)
    return LAC_ENOMEM;
  lac_tree_open(&r->tree, d + 1);
  lac_tree_open(&r->root, d + 1);
  r->client.v = r->vectors;
  r->client.tmp = at = r->vectors + m->client_vecs;
  LAC_TRY(make_vectors(&r->tmp_store, &at, m->client_tmps, stride));
  r->mirror.v = at;
  LAC_TRY(make_vectors(&r->mirror_store, &at, m->mirror_vecs, stride));
  r->server.v = at;
  if (!root)
    return LAC_OK;
  LAC_TRY(make_vectors(&r->server_store, &at, m->server_vecs, stride));
  r->server.of = at;
  r->about_store = lac_alloc(r->env.n * m->server_client_vecs * stride * sizeof(double));
  return r->about_store ? LAC_OK : LAC_ENOMEM;
}

static int start_state(lac_run *r, const double *x0)
{
  if (r->method->host_init)
    LAC_TRY(r->method->host_init(&r->env, &r->mirror, x0));
  return lac_comm_rank(r->comm) == 0 ? r->method->server_init(&r->env, &r->server, x0) : LAC_OK;
}

/* What compressors remember, with the other state. */
static int make_memories(lac_run *r)
{
  lac_site up = lac_up_site(&r->env, r->env.d), down = lac_down_site(&r->env);
  size_t up_size = lac_state_size(&up), down_size = lac_state_size(&down), local = r->last - r->first;
  r->up_memory_stride = lac_stride(up_size);
  r->down_memory_size = down_size;
  r->up_memory = up_size ? lac_alloc(local * r->up_memory_stride * sizeof(double)) : NULL;
  r->down_memory = down_size ? lac_alloc(down_size * sizeof(double)) : NULL;
  if ((up_size && !r->up_memory) || (down_size && !r->down_memory))
    return LAC_ENOMEM;
  const lac_state kept[] = {
    { "up_memory", LAC_STATE_CLIENTS, LAC_STATE_REALS, 1, up_size, r->up_memory_stride, r->up_memory },
    { "down_memory", LAC_STATE_ROOT, LAC_STATE_REALS, 1, down_size, down_size, r->down_memory },
  };
  for (size_t i = 0; i < LAC_COUNT(kept); i++)
    if (kept[i].length)
      LAC_TRY(lac_state_keep(r, &kept[i]));
  return lac_state_keep(r, &(lac_state){ "constants", LAC_STATE_ALL, LAC_STATE_REALS, 1, LAC_CONSTANTS, LAC_CONSTANTS, r->constant });
}

size_t lac_run_bytes(const lac_run *r)
{
  const lac_algorithm_type *m = r->method;
  size_t vectors = m->server_vecs + (size_t)r->env.n * (m->client_vecs + m->server_client_vecs), bytes = 0;
  if (r->problem.data) {
    const lac_data_info *about = lac_data_about(r->problem.data);
    bytes = 2 * (about->rows + about->nnz) * (sizeof(double) + sizeof(uint32_t));      /* the rows of the file, and those of the shards */
  }
  return bytes + vectors * lac_stride(r->env.d) * sizeof(double);
}

int lac_run_prepare(lac_run *r)
{
  lac_comm_clients(r->comm, r->env.n, lac_comm_rank(r->comm), &r->first, &r->last);
  int status = load_shards(r);
  if (status == LAC_OK)
    status = allocate(r);
  if (status == LAC_OK)
    status = make_memories(r);
  return lac_comm_agree(r->comm, status);
}

/* A checkpoint that turned out to be bad may have left something there. */
static void clear_state(lac_run *r)
{
  size_t stride = lac_stride(r->env.d), local = r->last - r->first;
  lac_zero(local * r->method->client_vecs * stride, r->client_store);
  lac_zero(r->method->mirror_vecs * stride, r->mirror_store);
  if (r->up_memory)
    lac_zero(local * r->up_memory_stride, r->up_memory);
  if (r->down_memory)
    lac_zero(r->down_memory_size, r->down_memory);
  if (r->server_store)
    lac_zero(r->method->server_vecs * stride, r->server_store);
  if (r->about_store)
    lac_zero(r->env.n * r->method->server_client_vecs * stride, r->about_store);
}

static int solution(lac_run *r)
{
  int known;
  LAC_TRY(lac_comm_agree(r->comm, lac_keep_solution(r, &known)));
  return known ? LAC_OK : lac_run_solve(r);
}

int lac_run_start(lac_run *r)
{
  clear_state(r);
  lac_forget_constants(r);
  if (r->method->resolve)
    LAC_TRY(lac_comm_agree(r->comm, r->method->resolve(&r->env, r->method_spec.params)));
  if (lac_run_solves(r))
    LAC_TRY(solution(r));
  return lac_comm_agree(r->comm, start_state(r, r->x0));
}

int lac_run_load(lac_run *r)
{
  LAC_TRY(lac_run_prepare(r));
  return lac_run_start(r);
}
