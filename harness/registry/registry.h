/* registry.h: every plug-in, found by name.  The tables are generated from the lists in local.mk. */
#ifndef LAC_REGISTRY_H
#define LAC_REGISTRY_H

#include "algorithm.h"
#include "compressor.h"
#include "problem.h"

/* NULL-terminated, alphabetical. */
extern const lac_algorithm_type *const lac_algorithms[];
extern const lac_compressor_type *const lac_compressors[];
extern const lac_problem_type *const lac_problems[];

/* What all plug-ins have in common, so that list, help and "did you mean" are written once. */
typedef struct {
  const char *kind;                     /* "algorithms", "compressors", "problems", "datasets", "splits" */
  const char *option;                   /* the long option that takes it: "--algorithm" */
  const char *name, *summary, *reference;
  const lac_option *options;            /* these and the type of a method that stands for another are the other's */
  const void *type;
} lac_entry;

/* All of them, grouped by kind; *count of them.  Built on first use, never freed. */
const lac_entry *lac_registry(size_t *count);
/* The entry of that kind that a spec names.  EUSER: unknown, with the nearest name or the whole list. */
int lac_registry_find(const char *kind, const char *what, const char *spec, const lac_entry **entry);

#endif
