/* EF21-SGDM, wrong: eta is the weight of the old average, as momentum is in PyTorch. */
#include "../../algorithms/low-communication/momentum.h"

static void swapped(const lac_env *e, const double *value, double *average)
{
  double eta = e->round == 0 ? 1 : 1 - ((const momentum_params *)e->params)->eta;
  for (size_t j = 0; j < e->d; j++)
    average[j] = (1 - eta) * average[j] + eta * value[j];
}

#define move_average swapped
#define lac_algorithm_ef21sgdm mutant_ef21sgdm_eta_swapped
#include "../../algorithms/error-feedback/ef21sgdm.c"
