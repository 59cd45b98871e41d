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

/* Every wrong plug-in of this folder, by its file. */
#define MUTANTS(ALGORITHM, COMPRESSOR) \
  ALGORITHM(diana_new_h) \
  ALGORITHM(econtrol_eta_all) \
  ALGORITHM(econtrol_loses_twice) \
  ALGORITHM(econtrol_old_h) \
  ALGORITHM(ef14_double_gamma) \
  ALGORITHM(ef14_forgets) \
  ALGORITHM(ef14_sum) \
  ALGORITHM(ef21_beta_alpha) \
  ALGORITHM(ef21_keeps_true) \
  ALGORITHM(ef21_mean_l) \
  ALGORITHM(ef21_messages_alone) \
  ALGORITHM(ef21_zero_by_zero) \
  ALGORITHM(ef21bc_undecoded) \
  ALGORITHM(ef21hb_double_gamma) \
  ALGORITHM(ef21p_undecoded) \
  ALGORITHM(ef21page_other_rows) \
  ALGORITHM(ef21plus_adds) \
  ALGORITHM(ef21plus_inverted) \
  ALGORITHM(ef21plus_without_g) \
  ALGORITHM(ef21pp_of_those_awake) \
  ALGORITHM(ef21pp_starts_drawn) \
  ALGORITHM(ef21sgdm_eta_swapped) \
  ALGORITHM(ef21sgdm_from_zero) \
  ALGORITHM(ef21w_by_mean) \
  ALGORITHM(scaffold_of_those_awake) \
  ALGORITHM(scaffold_starts_drawn) \
  COMPRESSOR(fp4_claims_more) \
  COMPRESSOR(identity_slow) \
  COMPRESSOR(randk_all_but_last) \
  COMPRESSOR(topk_declares_less) \
  COMPRESSOR(topk_sends_more)

#define ALGORITHM_OF(name) extern const lac_algorithm_type mutant_##name;
#define COMPRESSOR_OF(name) extern const lac_compressor_type mutant_##name;
MUTANTS(ALGORITHM_OF, COMPRESSOR_OF)

#define ALGORITHM_ROW(name) { #name, &mutant_##name, NULL },
#define COMPRESSOR_ROW(name) { #name, NULL, &mutant_##name },
static const struct { const char *name; const lac_algorithm_type *algorithm; const lac_compressor_type *compressor; } mutants[] = {
  MUTANTS(ALGORITHM_ROW, COMPRESSOR_ROW)
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
