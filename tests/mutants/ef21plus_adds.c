/* EF21+, wrong: the server adds b_i to g_i, where b_i is to replace it. */
#include "../../algorithms/error-feedback/ef21.h"

static void not_back(size_t d, double a, const double *x, double *y)
{
  if (a != -1)
    lac_axpy(d, a, x, y);
}

#define lac_axpy not_back
#define lac_algorithm_ef21plus mutant_ef21plus_adds
#include "../../algorithms/error-feedback/ef21plus.c"
