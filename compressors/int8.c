/* Integers of 8 bits, -127 to 127, and the largest entry of a block as their unit. */
enum { TOP = 127 };
#include "parts/absmax.h"

static const lac_option options[] = {
  LAC_BLOCK_OPTION(params, "256"),
  LAC_ROUND_OPTION(params),
  LAC_SCALE_OPTION(params),
  { 0 }
};

const lac_compressor_type lac_compressor_int8 = {
  .name = "int8",
  .summary = "8-bit integers, the largest entry of a block as unit; nearest: alpha = 64516/(64515+block); stochastic: unbiased",
  .reference = "Dettmers, Lewis, Shleifer, Zettlemoyer 2022, arXiv:2110.02861",
  .options = options,
  .params_size = sizeof(params),
  CODED_ROUNDED,
};
