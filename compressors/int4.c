/* Integers of 4 bits, -7 to 7, and the largest entry of a block as their unit. */
enum { TOP = 7 };
#include "absmax.h"

static const lac_option options[] = {
  { "block", LAC_UINT, offsetof(params, block), "64", NULL, NULL, "coordinates that share a scale; 0: all" },
  { "round", LAC_CHOICE, offsetof(params, round), "nearest", NULL, "nearest|stochastic", "nearest: contractive; stochastic: unbiased" },
  { "scale", LAC_CHOICE, offsetof(params, scale), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a scale" },
  { 0 }
};

const lac_compressor_type lac_compressor_int4 = {
  .name = "int4",
  .summary = "4-bit integers, the largest entry of a block as unit; nearest: alpha = 196/(195+block); stochastic: unbiased",
  .reference = "Dettmers, Lewis, Shleifer, Zettlemoyer 2022, arXiv:2110.02861",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
};
