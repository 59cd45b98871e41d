/* Integers of 4 bits, -7 to 7, and the largest entry of a block as their unit. */
enum { TOP = 7 };
#include "parts/absmax.h"

static const lac_option options[] = {
  LAC_BLOCK_OPTION(params, "64"),
  LAC_ROUND_OPTION(params),
  LAC_SCALE_OPTION(params),
  { 0 }
};

const lac_compressor_type lac_compressor_int4 = {
  .name = "int4",
  .summary = "4-bit integers, the largest entry of a block as unit; nearest: alpha = 196/(195+block); stochastic: unbiased",
  .reference = "Dettmers, Lewis, Shleifer, Zettlemoyer 2022, arXiv:2110.02861",
  .options = options,
  .params_size = sizeof(params),
  CODED_ROUNDED,
};
