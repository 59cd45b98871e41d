/* EF21-SGDM, wrong: v_i starts from 0. */
#include "../../algorithms/low-communication/momentum.h"

static void from_zero(const lac_env *e, const double *value, double *average)
{
  double eta = ((const momentum_params *)e->params)->eta;
  for (size_t j = 0; j < e->d; j++)
    average[j] = (1 - eta) * average[j] + eta * value[j];
}

#define move_average from_zero
#define lac_algorithm_ef21sgdm mutant_ef21sgdm_from_zero
#include "../../algorithms/error-feedback/ef21sgdm.c"
