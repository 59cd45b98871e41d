#include "registry/registry.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 256 };
static lac_entry entries[MOST];
static size_t entry_count;

static void add(const char *kind, const char *option, const char *name, const char *summary, const char *reference,
                const lac_option *options, const void *type)
{
  if (entry_count < MOST)
    entries[entry_count++] = (lac_entry){ kind, option, name, summary, reference, options, type };
}

/* The method that a name stands for: itself, or another. */
static const lac_algorithm_type *meant_by(const lac_algorithm_type *type)
{
  const lac_algorithm_type *const *t = lac_algorithms;
  while (type->stands_for && *t && strcmp((*t)->name, type->stands_for))
    t++;
  return type->stands_for ? *t : type;
}

const lac_entry *lac_registry(size_t *count)
{
  if (entry_count == 0) {
    for (const lac_algorithm_type *const *t = lac_algorithms; *t; t++)
      add("algorithms", "--algorithm", (*t)->name, (*t)->summary, (*t)->reference, meant_by(*t)->options, meant_by(*t));
    for (const lac_compressor_type *const *t = lac_compressors; *t; t++)
      add("compressors", "--up", (*t)->name, (*t)->summary, (*t)->reference, (*t)->options, *t);
    for (const lac_problem_type *const *t = lac_problems; *t; t++)
      add("problems", "--problem", (*t)->name, (*t)->summary, (*t)->reference, (*t)->options, *t);
    for (const lac_data_kind *const *k = lac_generators; *k; k++)
      add("generators", "--dataset", (*k)->name, (*k)->summary, NULL, (*k)->options, *k);
    for (const lac_data_kind *k = lac_splits; k->name; k++)
      add("splits", "--split", k->name, k->summary, NULL, k->options, k);
  }
  *count = entry_count;
  return entries;
}

int lac_registry_find(const char *kind, const char *what, const char *spec, const lac_entry **entry)
{
  const char *names[MOST], *near;
  char wanted[64], all[1024] = "";
  size_t total, count = 0, length = lac_spec_name(spec);
  const lac_entry *e = lac_registry(&total);
  snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(spec, ":"), spec);
  for (size_t i = 0; i < total; i++)
    if (strcmp(e[i].kind, kind) == 0) {
      if (strlen(e[i].name) == length && strncmp(e[i].name, spec, length) == 0 && strlen(wanted) == length) {
        *entry = &e[i];
        return LAC_OK;
      }
      names[count++] = e[i].name;
      snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", count > 1 ? ", " : "", e[i].name);
    }
  near = lac_nearest(wanted, names, count);
  if (near)
    return lac_fail(LAC_EUSER, "%s: there is no '%s' among the %s; did you mean %s?", what, wanted, kind, near);
  return lac_fail(LAC_EUSER, "%s: there is no '%s' among the %s; there are %s", what, wanted, kind, all);
}
