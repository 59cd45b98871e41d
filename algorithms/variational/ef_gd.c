/* EF-GD, descent with error feedback for saddle points: another name for ef14.  On a bilinear game it turns round the solution. */
#include "algorithm.h"

const lac_algorithm_type lac_algorithm_ef_gd = {
  .name = "ef_gd",
  .summary = "descent with error feedback on saddle points, a baseline: it does not converge on bilinear games",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .stands_for = "ef14",
};
