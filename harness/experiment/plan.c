#include "experiment/plan.h"

#include "experiment/execute.h"
#include "store/result.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Runs on the same data, and of those on the same problem, go one after another. */
typedef struct { uint64_t source, problem; size_t run; } sort_key;
typedef struct { uint64_t *seen; size_t count, cap; } numbered;

/* The number of a name: names are numbered as they come. */
static int number_name(numbered *n, char *name, uint64_t *number)
{
  if (!name)
    return LAC_ENOMEM;
  uint64_t hash = XXH3_64bits(name, strlen(name));
  free(name);
  for (*number = n->count; *number > 0; --*number)
    if (n->seen[*number - 1] == hash)
      return LAC_OK;
  LAC_TRY(lac_grow(&n->seen, &n->cap, n->count + 1, sizeof *n->seen));
  n->seen[n->count++] = hash;
  *number = n->count;
  return LAC_OK;
}

static int by_data(const void *a, const void *b)
{
  const sort_key *p = a, *q = b;
  if (p->source != q->source)
    return p->source < q->source ? -1 : 1;
  if (p->problem != q->problem)
    return p->problem < q->problem ? -1 : 1;
  return (p->run > q->run) - (p->run < q->run);
}

static int set_order(lac_sweep_plan *plan, const lac_experiment *e)
{
  sort_key *at = lac_alloc(e->runs * sizeof *at);
  numbered sources = { 0 }, problems = { 0 };
  int status = at ? LAC_OK : LAC_ENOMEM;
  for (size_t i = 0; status == LAC_OK && i < e->runs; i++) {
    at[i].run = i;
    status = number_name(&sources, lac_keep_source(&e->run[i].config), &at[i].source);
    if (status == LAC_OK)
      status = number_name(&problems, lac_keep_key(&e->run[i].config), &at[i].problem);
  }
  if (status == LAC_OK) {
    qsort(at, e->runs, sizeof *at, by_data);
    for (size_t i = 0; i < e->runs; i++)
      plan->order[i] = at[i].run;
  }
  free(sources.seen);
  free(problems.seen);
  free(at);
  return status;
}

static int open_run(lac_comm *alone, const lac_config *config, lac_keep *keep, lac_sweep_plan *plan, lac_planned *run)
{
  char path[LAC_PATH];
  size_t bytes = 0;
  run->status = lac_result_path(alone, config, keep, path, run->digest, &bytes);
  plan->bytes = bytes > plan->bytes ? bytes : plan->bytes;
  char **text = run->status == LAC_OK ? &run->path : &run->why;
  *text = lac_strdup(run->status == LAC_OK ? path : lac_error());
  return *text ? LAC_OK : LAC_ENOMEM;
}

static int by_path(const void *a, const void *b)
{
  const lac_planned *p = *(lac_planned *const *)a, *q = *(lac_planned *const *)b;
  int order = p->path && q->path ? strcmp(p->path, q->path) : (q->path != NULL) - (p->path != NULL);
  return order ? order : (p > q) - (p < q);
}

/* Runs with the same result are one run; different ones must not have the same. */
static int find_same(lac_sweep_plan *plan)
{
  lac_planned **sorted = lac_alloc(plan->count * sizeof *sorted), *first = NULL;
  if (!sorted)
    return LAC_ENOMEM;
  for (size_t i = 0; i < plan->count; i++)
    sorted[i] = &plan->run[i];
  qsort(sorted, plan->count, sizeof *sorted, by_path);
  for (size_t i = 0; i < plan->count; i++) {
    lac_planned *run = sorted[i];
    if (!first || !run->path || strcmp(first->path, run->path))
      first = run;
    run->first = (size_t)((run->path ? first : run) - plan->run);
    if (run->path && strcmp(first->digest, run->digest)) {
      run->first = (size_t)(run - plan->run);
      run->status = LAC_EUSER;
      run->why = lac_asprintf("--output: %s is the result of another run of the file already; use --results", run->path);
      free(run->path);
      run->path = NULL;
    }
    first = first->path ? first : NULL;
  }
  free(sorted);
  return LAC_OK;
}

static void number_places(lac_sweep_plan *plan)
{
  for (size_t i = 0; i < plan->count; i++) {
    lac_planned *run = &plan->run[i];
    run->place = run->first == i ? plan->distinct++ : plan->run[run->first].place;
  }
}

int lac_sweep_plan_make(lac_sweep_plan *plan, const lac_experiment *e, lac_keep *keep)
{
  lac_comm *alone = NULL;
  *plan = (lac_sweep_plan){ .count = e->runs, .run = lac_alloc(e->runs * sizeof *plan->run),
                            .order = lac_alloc(e->runs * sizeof *plan->order) };
  int status = plan->run && plan->order ? set_order(plan, e) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = lac_comm_open_alone(&alone);
  for (size_t k = 0; status == LAC_OK && k < e->runs; k++)
    status = open_run(alone, &e->run[plan->order[k]].config, keep, plan, &plan->run[plan->order[k]]);
  lac_comm_close(alone);
  LAC_TRY(status);
  LAC_TRY(find_same(plan));
  number_places(plan);
  return LAC_OK;
}

int lac_planned_is_there(const lac_planned *run, const lac_config *c)
{
  return run->path && !c->force && !*c->output && lac_result_complete(run->path);
}

void lac_sweep_plan_free(lac_sweep_plan *plan)
{
  for (size_t i = 0; plan->run && i < plan->count; i++) {
    free(plan->run[i].why);
    free(plan->run[i].path);
  }
  free(plan->run);
  free(plan->order);
  *plan = (lac_sweep_plan){ 0 };
}
