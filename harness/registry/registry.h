/* registry.h: every plug-in, found by name.  The tables are generated from the lists in local.mk; outside.h adds to them. */
#ifndef LAC_REGISTRY_H
#define LAC_REGISTRY_H

#include "algorithm.h"
#include "compressor.h"
#include "problem.h"

/* NULL-terminated, in the order of local.mk. */
extern const lac_algorithm_type *const lac_algorithms[];
extern const char *const lac_algorithm_families[];         /* the folder of each */
extern const lac_compressor_type *const lac_compressors[];
extern const lac_problem_type *const lac_problems[];

typedef enum { LAC_ALGORITHMS, LAC_COMPRESSORS, LAC_PROBLEMS, LAC_GENERATORS, LAC_SPLITS, LAC_KINDS } lac_plugin_kind;
typedef struct { const char *name, *option; } lac_plugin_words;          /* "algorithms"; the option that takes one, "--algorithm" */
extern const lac_plugin_words lac_plugin_kinds[LAC_KINDS];

/* What all plug-ins have in common, so that list, help and "did you mean" are written once. */
typedef struct {
  lac_plugin_kind kind;
  const char *name, *summary, *reference, *bibtex;
  const char *family;                   /* of an algorithm; NULL: the kind has none */
  const lac_option *options;            /* these and the type of a method that stands for another are the other's */
  const void *type;
  const char *object;                   /* SHA-256 of the shared object that it comes from; NULL: of laconic itself */
} lac_entry;

/* The i-th plug-in of a kind; 0: there are not so many. */
int lac_registry_entry(lac_plugin_kind kind, size_t i, lac_entry *entry);
/* The plug-in of that kind that a spec names; `what` is the option in the message.  EUSER: unknown, with the nearest name or all names. */
int lac_registry_find(lac_plugin_kind kind, const char *what, const char *spec, lac_entry *entry);

/* The problem that "mlp:hidden=8" names, or "lora:rank=4+mlp:hidden=8", one around another: its type, its options, the same of its bases
   and the text of all of them; nothing is open.  A + separates them where the name of a problem follows, and : , + or the end behind it.
   lac_problem_forget frees what is there, also after a failure.  EUSER. */
int lac_problem_choose(lac_problem *p, const char *what, const char *text);
void lac_problem_forget(lac_problem *p);
/* The one that all others stand around. */
lac_problem *lac_problem_innermost(lac_problem *p);

#endif
