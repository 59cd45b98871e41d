/* truth.h: values computed elsewhere, as the folder of LACONIC_TRUTH has them. */
#ifndef LAC_TESTS_TRUTH_H
#define LAC_TESTS_TRUTH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first `want` numbers of a row of compressor_vectors.csv: name,"how",number,...  0: there is no such row, or it is shorter. */
static inline int truth_row(FILE *f, const char *name, int want, double *x)
{
  char line[4096];
  rewind(f);
  while (fgets(line, sizeof line, f)) {
    char *at = line + strlen(name);
    if (strncmp(line, name, strlen(name)) || at[0] != ',' || at[1] != '"' || !(at = strchr(at + 2, '"')))
      continue;
    int count = 0;
    for (at++; *at == ',' && count < want; count++)
      x[count] = strtod(at + 1, &at);
    return count == want;
  }
  return 0;
}

#endif
