/* EF21, wrong: the theory's step has sqrt(beta/alpha) for sqrt(beta/theta), which makes it too long. */
#include "theory.h"

#include <math.h>

static int too_long(const struct lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + c.L_qm * (alpha < 1 ? sqrt((1 - alpha) / (1 - sqrt(1 - alpha)) / alpha) : 0));
  return LAC_OK;
}

#define lac_theory_qm too_long
#define lac_algorithm_ef21 mutant_ef21_beta_alpha
#include "../../algorithms/error-feedback/ef21.c"
