/* QGD, quantised descent for saddle points, z = prox_{gamma h}(z - gamma (1/M) sum Q(F_m(z))): another name for gd.  On a bilinear game it
   turns round the solution. */
#include "algorithm.h"

const lac_algorithm_type lac_algorithm_qgd = {
  .name = "qgd",
  .summary = "compressed descent on saddle points, a baseline: it does not converge on bilinear games",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .stands_for = "gd",
};
