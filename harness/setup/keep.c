#include "setup/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MOST = 1 << 28 };      /* bytes */

/* ---- names ---- */

static int is_in(const char *name, const char *const *names)
{
  while (*names && strcmp(*names, name))
    names++;
  return *names != NULL;
}

/* One key=value a line of the options that are (not) in the list. */
static char *text_of(const lac_config *c, const char *const *names, int listed)
{
  char *all = lac_asprintf("data-dir=%s\n", c->data_dir);
  for (const lac_option *o = lac_what_options; all && o->name; o++)
    if (is_in(o->name, names) == listed) {
      char *value = lac_option_text(o, c), *longer = value ? lac_asprintf("%s%s=%s\n", all, o->name, value) : NULL;
      free(value);
      free(all);
      all = longer;
    }
  return all;
}

/* What only the method and the course of a run depend on; an option that is not in the list counts. */
char *lac_keep_key(const lac_config *c)
{
  static const char *const others[] = { "algorithm", "up", "up2", "down", "sample", "batch", "rounds", "stop", "eval", "optimum",
                                        "seed.noise", "seed.down", "seed.sample", "seed.batch", "seed.coin", NULL };
  return text_of(c, others, 0);
}

char *lac_keep_source(const lac_config *c)
{
  static const char *const source[] = { "dataset", NULL };
  return text_of(c, source, 1);
}

/* ---- the keep ---- */

static void unload(const lac_problem *p, void **shard, uint32_t count)
{
  for (uint32_t i = 0; shard && i < count; i++)
    if (shard[i])
      p->type->unload(shard[i]);
  free(shard);
}

static void forget_constants(lac_keep *k)
{
  free(k->client_L);
  free(k->x_star);
  k->client_L = k->x_star = NULL;
  k->smoothness_known = k->solved = 0;
}

/* Everything but the rows of the data set. */
static void forget_problem(lac_keep *k)
{
  lac_data *data = k->problem.data;
  unload(&k->problem, k->shard, k->last - k->first);
  if (k->problem.type && k->problem.type->close)
    k->problem.type->close(&k->problem);
  lac_spec_free(&k->problem.spec);
  forget_constants(k);
  free(k->key);
  k->key = NULL;
  k->shard = NULL;
  k->problem = (lac_problem){ .data = data };
}

void lac_keep_clear(lac_keep *k)
{
  forget_problem(k);
  lac_data_close(k->problem.data);
  free(k->source);
  *k = (lac_keep){ 0 };
}

int lac_keep_take(lac_run *r)
{
  lac_keep *k = r->keep;
  uint32_t first, last;
  if (!k || !k->key)
    return 0;
  char *key = lac_keep_key(r->config);
  lac_comm_clients(r->comm, (uint32_t)r->config->clients, lac_comm_rank(r->comm), &first, &last);
  int same = key && strcmp(key, k->key) == 0 && (!k->shard || (first == k->first && last == k->last));
  free(key);
  if (!same) {
    forget_problem(k);
    return 0;
  }
  r->key = k->key;
  r->problem = k->problem;
  r->problem.seeds = r->seeds;      /* of this run are the replays */
  r->shard = k->shard;
  r->first = first;
  r->last = last;
  k->key = NULL;
  k->problem = (lac_problem){ 0 };
  k->shard = NULL;
  return 1;
}

lac_data *lac_keep_data(const lac_run *r)
{
  char *source = r->keep && r->keep->source ? lac_keep_source(r->config) : NULL;
  int same = source && strcmp(source, r->keep->source) == 0;
  free(source);
  return same ? r->keep->problem.data : NULL;
}

int lac_keep_name(lac_run *r)
{
  if (!r->keep)
    return LAC_OK;
  char *source = lac_keep_source(r->config);
  lac_keep_clear(r->keep);
  r->keep->source = source;
  r->key = lac_keep_key(r->config);
  return r->key && source ? LAC_OK : LAC_ENOMEM;
}

int lac_keep_rows(const lac_run *r)
{
  const lac_data_info *about = lac_data_about(r->problem.data);
  return r->keep && about->nnz * (sizeof(double) + sizeof(uint32_t)) + about->rows * 2 * sizeof(double) <= ROWS_MOST;
}

static void give_constants(const lac_run *r, lac_keep *k)
{
  size_t n = r->env.n * sizeof *r->client_L, d = r->env.d * sizeof *r->x_star;
  if (r->smoothness_known && !k->smoothness_known && (k->client_L = lac_alloc(n))) {
    memcpy(k->client_L, r->client_L, n);
    k->smoothness = r->smoothness;
    k->smoothness_known = 1;
  }
  if (r->x_star && !k->solved && (k->x_star = lac_alloc(d))) {
    memcpy(k->x_star, r->x_star, d);
    k->f_star = r->f_star;
    k->star_grad_norm_sq = r->star_grad_norm_sq;
    k->solved = 1;
  }
}

int lac_keep_give(lac_run *r)
{
  lac_keep *k = r->keep;
  if (!k || !r->key)
    return 0;
  give_constants(r, k);
  k->key = r->key;
  k->problem = r->problem;
  k->first = r->first;
  k->last = r->last;
  k->shard = r->shard;
  r->key = NULL;
  r->problem = (lac_problem){ 0 };
  r->shard = NULL;
  return 1;
}

int lac_keep_smoothness(lac_run *r)
{
  const lac_keep *k = r->keep;
  if (!k || !k->smoothness_known)
    return 0;
  r->smoothness = k->smoothness;
  memcpy(r->client_L, k->client_L, r->env.n * sizeof *r->client_L);
  return 1;
}

int lac_keep_solution(lac_run *r, int *known)
{
  const lac_keep *k = r->keep;
  *known = k && k->solved;
  if (!*known)
    return LAC_OK;
  if (!r->x_star && !(r->x_star = lac_alloc(r->env.d * sizeof *r->x_star)))
    return LAC_ENOMEM;
  lac_copy(r->env.d, k->x_star, r->x_star);
  r->f_star = k->f_star;
  r->star_grad_norm_sq = k->star_grad_norm_sq;
  return LAC_OK;
}
