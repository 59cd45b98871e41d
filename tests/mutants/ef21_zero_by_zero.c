/* EF21, wrong: the theory's step takes beta/theta to be 0/0 where nothing is compressed. */
#include "theory.h"

#include <math.h>

static int no_number(const struct lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  double t = sqrt(1 / (1 - alpha)) - 1, theta = 1 - (1 - alpha) * (1 + t), beta = (1 - alpha) * (1 + 1 / t);
  *gamma = 1 / (c.L + c.L_qm * sqrt(beta / theta));
  return LAC_OK;
}

#define lac_theory_qm no_number
#define lac_algorithm_ef21 mutant_ef21_zero_by_zero
#include "../../algorithms/error-feedback/ef21.c"
