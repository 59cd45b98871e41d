/* EF21, wrong: the theory's step has the mean of the L_i for L, which makes it too short. */
#include "theory.h"

static int too_short(const struct lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L_am + c.L_qm * lac_xi(alpha));
  return LAC_OK;
}

#define lac_theory_qm too_short
#define lac_algorithm_ef21 mutant_ef21_mean_l
#include "../../algorithms/error-feedback/ef21.c"
