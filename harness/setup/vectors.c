#include "setup/vectors.h"

#include <stdlib.h>

void lac_vectors_describe(lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  lac_site up = lac_lane_site(&r->env, LAC_UP, r->env.d), down = lac_lane_site(&r->env, LAC_DOWN, r->env.d);
  size_t counts = m->counts_steps && !lac_sampler_is_full(&r->recipe.sampler);
  size_t d = r->env.d, up_size = lac_state_size(&up), down_size = lac_state_size(&down);
  const struct { const char *name; lac_state_owner owner; size_t vectors, length; } table[LAC_STORES] = {
    [LAC_STORE_SERVER] = { "server", LAC_STATE_ROOT, m->server_vecs, d },
    [LAC_STORE_MIRROR] = { "mirror", LAC_STATE_ALL, m->mirror_vecs, d },
    [LAC_STORE_CLIENT] = { "client", LAC_STATE_CLIENTS, m->client_vecs, d },
    [LAC_STORE_ABOUT] = { "about", LAC_STATE_ROOT, (size_t)r->env.n * m->server_client_vecs, d },
    [LAC_STORE_STEPS] = { counts ? "client_steps" : NULL, LAC_STATE_CLIENTS, counts, 1 },
    [LAC_STORE_UP_MEMORY] = { "up_memory", LAC_STATE_CLIENTS, up_size != 0, up_size },
    [LAC_STORE_DOWN_MEMORY] = { "down_memory", LAC_STATE_ROOT, down_size != 0, down_size },
    [LAC_STORE_BATCHES] = { "batch_steps", LAC_STATE_CLIENTS, r->recipe.batch.order == LAC_BATCH_EPOCH, 1 },
    [LAC_STORE_SCRATCH] = { NULL, LAC_STATE_ALL, m->client_tmps, d },
  };
  for (int k = 0; k < LAC_STORES; k++)
    r->store.row[k] = (lac_state){ table[k].name, table[k].owner, LAC_STATE_REALS, table[k].vectors, table[k].length,
                                   lac_stride(table[k].length), NULL };
}

/* Of a row, on this rank. */
static size_t own_vectors(const lac_run *r, const lac_state *s)
{
  switch (s->owner) {
  case LAC_STATE_ROOT: return lac_exchange_serves(r->exchange) ? s->vectors : 0;
  case LAC_STATE_CLIENTS: return (r->instance.last - r->instance.first) * s->vectors;
  default: return s->vectors;
  }
}

static size_t own_reals(const lac_run *r, const lac_state *s) { return own_vectors(r, s) * s->stride; }

size_t lac_vectors_row_bytes(const lac_run *r, int row) { return own_reals(r, &r->store.row[row]) * sizeof(double); }

size_t lac_vectors_all_bytes(const lac_run *r)
{
  size_t reals = 0, ranks = (size_t)lac_comm_size(r->comm), servers = (size_t)lac_exchange_servers(r->exchange);
  for (int k = 0; k < LAC_STORES; k++) {
    const lac_state *s = &r->store.row[k];
    reals += s->vectors * s->stride * (s->owner == LAC_STATE_CLIENTS ? r->env.n : s->owner == LAC_STATE_ALL ? ranks : servers);
  }
  return reals * sizeof(double);
}

/* A row's vectors at *at, which moves on. */
static double **point(const lac_state *s, double ***at)
{
  double **first = *at;
  for (size_t k = 0; s->at && k < s->vectors; k++)
    *(*at)++ = (double *)s->at + k * s->stride;
  return first;
}

int lac_vectors_allocate(lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  lac_vectors *v = &r->store;
  double **at = v->pointers = lac_alloc((m->client_vecs + m->client_tmps + m->mirror_vecs + m->server_vecs + m->server_client_vecs) *
                                        sizeof *at);
  int status = at ? LAC_OK : LAC_ENOMEM;
  for (int k = 0; k < LAC_STORES && status == LAC_OK; k++) {
    size_t reals = own_reals(r, &v->row[k]);
    if (reals && !(v->row[k].at = lac_alloc(reals * sizeof(double))))
      status = LAC_ENOMEM;
  }
  LAC_TRY(status);
  v->client.tmp = point(&v->row[LAC_STORE_SCRATCH], &at);
  v->mirror.v = point(&v->row[LAC_STORE_MIRROR], &at);
  v->server.v = point(&v->row[LAC_STORE_SERVER], &at);
  v->client.v = at;
  v->server.of = at + m->client_vecs;
  return LAC_OK;
}

void lac_vectors_clear(lac_run *r)
{
  for (int k = 0; k < LAC_STORES; k++)
    if (r->store.row[k].at)
      lac_zero(own_reals(r, &r->store.row[k]), r->store.row[k].at);
}

void lac_vectors_free(lac_run *r)
{
  for (int k = 0; k < LAC_STORES; k++)
    free(r->store.row[k].at);
  free(r->store.pointers);
}
