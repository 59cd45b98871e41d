/* The plug-ins of a laconic whose LACONIC_MUTANT=NAME names a file of this folder: that wrong one is in the place of the right one.
   And one compressor more: adversary. */
#include "compressor.h"

extern const lac_compressor_type lac_compressor_adversary;
#define LAC_TABLE
#define LAC_MORE_COMPRESSORS &lac_compressor_adversary,
#include "registry/plugins.c"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef ALGORITHM
#undef COMPRESSOR

/* Every wrong plug-in of this folder, from the lists in tests/local.mk. */
#define ALGORITHM(name) extern const lac_algorithm_type mutant_##name;
#define COMPRESSOR(name) extern const lac_compressor_type mutant_##name;
#include "tests/mutants/mutants_list.h"
#undef ALGORITHM
#undef COMPRESSOR

#define ALGORITHM(name) { #name, &mutant_##name, NULL },
#define COMPRESSOR(name) { #name, NULL, &mutant_##name },
static const struct { const char *name; const lac_algorithm_type *algorithm; const lac_compressor_type *compressor; } mutants[] = {
#include "tests/mutants/mutants_list.h"
};

static void replace(size_t which)
{
  for (const lac_algorithm_type **a = lac_algorithms; *a && mutants[which].algorithm; a++)
    if (strcmp((*a)->name, mutants[which].algorithm->name) == 0)
      *a = mutants[which].algorithm;
  for (const lac_compressor_type **c = lac_compressors; *c && mutants[which].compressor; c++)
    if (strcmp((*c)->name, mutants[which].compressor->name) == 0)
      *c = mutants[which].compressor;
}

static __attribute__((constructor)) void choose(void)
{
  const char *wanted = getenv("LACONIC_MUTANT");
  size_t found = LAC_COUNT(mutants);
  for (size_t i = 0; wanted && i < LAC_COUNT(mutants); i++)
    if (strcmp(mutants[i].name, wanted) == 0)
      replace(found = i);
  if (wanted && *wanted && found == LAC_COUNT(mutants)) {
    fprintf(stderr, "there is no mutant '%s'\n", wanted);
    exit(99);
  }
}
