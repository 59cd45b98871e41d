/* Single precision.  Wire: words.h. */
#include "parts/words.h"

static const lac_words format = { .width = 32, .mantissa = 23, .least = -126, .top = 0x7f7fffff };
#include "parts/floats.h"

const lac_compressor_type lac_compressor_f32 = {
  .name = "f32",
  .summary = "32-bit floating point; nearest: alpha = 1 - 2^-48; stochastic: unbiased, omega = 2^-48",
  .reference = "IEEE 754, doi:10.1109/IEEESTD.2019.8766229",
  FLOATS,
};
