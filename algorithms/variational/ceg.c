/* CEG, compressed extragradient: another name for extragradient, with an unbiased compressor in both of its exchanges. */
#include "algorithm.h"

const lac_algorithm_type lac_algorithm_ceg = {
  .name = "ceg",
  .summary = "compressed extragradient, a baseline: a floor where F_m(z*) is not 0",
  .reference = "Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .stands_for = "extragradient",
};
