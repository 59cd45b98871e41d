/* DCGD, distributed compressed gradient descent (Khirirat, Feyzmahdavian, Johansson 2018): what is compressed is the gradient itself, so
   the noise of C does not vanish at the solution (gd.h). */
#include "gd.h"

static const lac_option options[] = { GD_GAMMA, { 0 } };

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1", .with = "up=topk:k=2", .as = "gd:gamma=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_dcgd = {
  .name = "dcgd",
  .summary = "compressed gradient descent; reaches a neighbourhood, with a biased compressor perhaps not even that",
  .reference = "Khirirat, Feyzmahdavian, Johansson 2018, arXiv:1806.06573",
  .options = options,
  GD_SLOTS,
  .certificates = certificates,
};
