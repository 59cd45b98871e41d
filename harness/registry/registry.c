#include "registry/registry.h"
#include "registry/outside.h"

#include <stdlib.h>
#include <string.h>

const lac_plugin_words lac_plugin_kinds[LAC_KINDS] = {
  [LAC_ALGORITHMS] = { "algorithms", "--algorithm" },
  [LAC_COMPRESSORS] = { "compressors", "--up" },
  [LAC_PROBLEMS] = { "problems", "--problem" },
  [LAC_GENERATORS] = { "generators", "--dataset" },
  [LAC_SPLITS] = { "splits", "--split" },
};

static size_t count_pointers(const void *list)
{
  const void *const *at = list;
  while (*at)
    at++;
  return (size_t)(at - (const void *const *)list);
}

/* The method that a name stands for: itself, or another. */
static const lac_algorithm_type *meant_by(const lac_algorithm_type *type)
{
  const lac_algorithm_type *const *t = lac_algorithms;
  while (type->stands_for && *t && strcmp((*t)->name, type->stands_for))
    t++;
  return type->stands_for ? *t : type;
}

/* The i-th of a kind that is not of the tree. */
static const lac_outside *outside_of(lac_plugin_kind kind, size_t i)
{
  const lac_outside *o;
  for (size_t k = 0; (o = lac_outside_entry(k)); k++)
    if (o->kind == kind && i-- == 0)
      return o;
  return NULL;
}

static size_t count_tree(lac_plugin_kind kind)
{
  switch (kind) {
  case LAC_ALGORITHMS:
    return count_pointers(lac_algorithms);
  case LAC_COMPRESSORS:
    return count_pointers(lac_compressors);
  case LAC_PROBLEMS:
    return count_pointers(lac_problems);
  case LAC_GENERATORS:
    return count_pointers(lac_generators);
  default:
    return count_pointers(lac_splits);
  }
}

static size_t count_kind(lac_plugin_kind kind)
{
  size_t count = 0;
  while (outside_of(kind, count))
    count++;
  return count_tree(kind) + count;
}

#define COMMON(t) .name = (t)->name, .summary = (t)->summary, .options = (t)->options, .type = (t)

static lac_entry algorithm_entry(const lac_algorithm_type *t, const char *family)
{
  lac_entry e = { COMMON(t), .reference = t->reference, .bibtex = t->bibtex, .family = family };
  e.type = meant_by(t);
  e.options = meant_by(t)->options;
  return e;
}

#define PAPER(t) .reference = (t)->reference, .bibtex = (t)->bibtex
static lac_entry compressor_entry(const lac_compressor_type *t) { return (lac_entry){ COMMON(t), PAPER(t) }; }
static lac_entry problem_entry(const lac_problem_type *t) { return (lac_entry){ COMMON(t), PAPER(t) }; }
static lac_entry data_entry(const lac_data_kind *t) { return (lac_entry){ COMMON(t), .reference = t->reference }; }

static lac_entry tree_entry(lac_plugin_kind kind, size_t i)
{
  switch (kind) {
  case LAC_ALGORITHMS:
    return algorithm_entry(lac_algorithms[i], lac_algorithm_families[i]);
  case LAC_COMPRESSORS:
    return compressor_entry(lac_compressors[i]);
  case LAC_PROBLEMS:
    return problem_entry(lac_problems[i]);
  case LAC_GENERATORS:
    return data_entry(lac_generators[i]);
  default:
    return data_entry(lac_splits[i]);
  }
}

static lac_entry outside_entry(const lac_outside *o)
{
  lac_entry e = o->kind == LAC_ALGORITHMS  ? algorithm_entry(o->type, "outside")
              : o->kind == LAC_COMPRESSORS ? compressor_entry(o->type)
                                           : problem_entry(o->type);
  e.object = o->sha256;
  return e;
}

int lac_registry_entry(lac_plugin_kind kind, size_t i, lac_entry *e)
{
  size_t tree = count_tree(kind);
  const lac_outside *o = i < tree ? NULL : outside_of(kind, i - tree);
  if (i >= tree && !o)
    return 0;
  *e = o ? outside_entry(o) : tree_entry(kind, i);
  e->kind = kind;
  return 1;
}

/* "a, b, c".  NULL: no memory. */
static char *join(const char *const *names, size_t count)
{
  char *all = lac_strdup("");
  for (size_t i = 0; all && i < count; i++) {
    char *longer = lac_asprintf("%s%s%s", all, i ? ", " : "", names[i]);
    free(all);
    all = longer;
  }
  return all;
}

static int unknown(lac_plugin_kind kind, const char *what, const char *spec)
{
  size_t count = count_kind(kind);
  const char **names = lac_alloc((count + 1) * sizeof *names), *near = NULL;
  char *wanted = lac_asprintf("%.*s", (int)strcspn(spec, ":"), spec), *all = NULL;
  lac_entry e;
  for (size_t i = 0; names && lac_registry_entry(kind, i, &e); i++)
    names[i] = e.name;
  if (names && wanted && !(near = lac_nearest(wanted, names, count)))
    all = join(names, count);
  int status = LAC_ENOMEM;
  if (near)
    status = lac_fail(LAC_EUSER, "%s: there is no '%.60s' among the %s; did you mean %s?", what, wanted, lac_plugin_kinds[kind].name, near);
  else if (all)
    status = lac_fail(LAC_EUSER, "%s: there is no '%.60s' among the %s; there are %s", what, wanted, lac_plugin_kinds[kind].name, all);
  free(names);
  free(wanted);
  free(all);
  return status;
}

int lac_registry_find(lac_plugin_kind kind, const char *what, const char *spec, lac_entry *e)
{
  size_t length = lac_spec_name(spec);
  for (size_t i = 0; strcspn(spec, ":") == length && lac_registry_entry(kind, i, e); i++)
    if (strlen(e->name) == length && strncmp(e->name, spec, length) == 0)
      return LAC_OK;
  return unknown(kind, what, spec);
}
