/* DCGD, distributed compressed gradient descent (Khirirat, Feyzmahdavian, Johansson 2018): another name for gd, which with a compressor
   compresses the gradient itself, so that the noise of C does not vanish at the solution. */
#include "algorithm.h"

const lac_algorithm_type lac_algorithm_dcgd = {
  .name = "dcgd",
  .summary = "compressed gradient descent: converges to a neighbourhood of the solution; may diverge with a biased compressor",
  .reference = "Khirirat, Feyzmahdavian, Johansson 2018, arXiv:1806.06573",
  .stands_for = "gd",
};
