/* EControl, wrong: eta multiplies all that is compressed, eta (e + g - h). */
#include "../../algorithms/parts/descent.h"

static void all_of_it(size_t d, double a, const double *x, double *y)
{
  lac_axpy(d, 1, x, y);
  for (size_t j = 0; a != 1 && a != -1 && j < d; j++)
    y[j] *= a;
  if (a == -1)
    lac_axpy(d, -2, x, y);
}

#define lac_axpy all_of_it
#define lac_algorithm_econtrol mutant_econtrol_eta_all
#include "../../algorithms/error-feedback/econtrol.c"
