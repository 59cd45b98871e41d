#include "setup/keep.h"

#include "registry/registry.h"
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
  static const char *const others[] = { "algorithm", "up", "up2", "down", "broadcast", "sample", "dropout", "batch", "clip", "rounds",
                                        "stop", "eval", "evaluate", "optimum", "seed.noise", "seed.down", "seed.sample", "seed.batch",
                                        "seed.coin", "seed.direction", "dp", "seed.dp", NULL };
  return text_of(c, others, 0);
}

char *lac_keep_source(const lac_config *c)
{
  static const char *const source[] = { "dataset", "test-dataset", NULL };
  return text_of(c, source, 1);
}

/* ---- the cache ---- */

/* A problem before its base. */
static void close_around(lac_problem *p)
{
  for (; p; p = p->base)
    if (p->type && p->type->close)
      p->type->close(p);
}

void lac_instance_clear(lac_instance *i)
{
  const lac_problem_type *type = i->problem.type;
  lac_data *data = i->problem.data, *test = i->test;
  for (uint32_t k = 0; k < i->last - i->first; k++) {
    if (i->shard && i->shard[k])
      type->unload(i->shard[k]);
    if (i->test_shard && i->test_shard[k])
      type->unload(i->test_shard[k]);
  }
  close_around(&i->problem);
  lac_problem_forget(&i->problem);
  free(i->shard);
  free(i->test_shard);
  free(i->x0);
  free(i->client_L);
  free(i->weight);
  free(i->x_star);
  *i = (lac_instance){ .problem.data = data, .test = test };
}

void lac_instance_close(lac_instance *i)
{
  lac_instance_clear(i);
  lac_data_close(i->problem.data);
  lac_data_close(i->test);
}

void lac_keep_clear(lac_keep *k)
{
  lac_instance_close(&k->instance);
  free(k->key);
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
  int same = key && strcmp(key, k->key) == 0 && (!k->instance.shard || (first == k->instance.first && last == k->instance.last));
  free(key);
  if (!same) {
    lac_instance_clear(&k->instance);
    free(k->key);
    k->key = NULL;
    return 0;
  }
  r->key = k->key;
  k->key = NULL;
  r->instance = k->instance;
  k->instance = (lac_instance){ 0 };
  return 1;
}

const lac_instance *lac_keep_same(const lac_run *r)
{
  char *source = r->keep && r->keep->source ? lac_keep_source(r->config) : NULL;
  int same = source && strcmp(source, r->keep->source) == 0;
  free(source);
  return same ? &r->keep->instance : NULL;
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

int lac_keep_rows(const lac_run *r, const lac_data *data)
{
  const lac_data_info *about = lac_data_about(data);
  return r->keep && about->nnz * (sizeof(double) + sizeof(uint32_t)) + about->rows * 2 * sizeof(double) <= ROWS_MOST;
}

int lac_keep_give(lac_run *r)
{
  lac_keep *k = r->keep;
  if (!k || !r->key)
    return 0;
  k->key = r->key;
  k->instance = r->instance;
  r->key = NULL;
  r->instance = (lac_instance){ 0 };
  return 1;
}
