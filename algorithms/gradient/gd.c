/* Gradient descent: x_{t+1} = x_t - gamma grad f(x_t).  With --up it is dcgd (gd.h). */
#include "gd.h"

static const lac_option options[] = { GD_GAMMA, { 0 } };

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .rounds = 3000 },
  { .claim = LAC_GRADIENTS, .with = "up=identity" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_gd = {
  .name = "gd",
  .summary = "gradient descent; with a compressor, DCGD",
  .reference = "Khirirat, Feyzmahdavian, Johansson 2018, arXiv:1806.06573",
  .options = options,
  GD_SLOTS,
  .certificates = certificates,
};
