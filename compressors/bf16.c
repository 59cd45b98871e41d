/* bfloat16: the exponents of f32, 7 bits of mantissa.  Wire: words.h. */
#include "parts/words.h"

static const lac_words format = { .width = 16, .mantissa = 7, .least = -126, .top = 0x7f7f };
#include "parts/floats.h"

const lac_compressor_type lac_compressor_bf16 = {
  .name = "bf16",
  .summary = "16-bit floating point with the range of f32; nearest: alpha = 1 - 1/257^2; stochastic: unbiased, omega = 2^-16/1.0078",
  .reference = "Kalamkar et al. 2019, arXiv:1905.12322",
  FLOATS,
};
