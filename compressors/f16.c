/* Half precision with one power of two for all of x, so that the range is no concern.  Wire: words.h, shared. */
#include "parts/words.h"

static const lac_words format = { .width = 16, .mantissa = 10, .least = -14, .top = 0x7bff, .shared = 1 };
#include "parts/floats.h"

const lac_compressor_type lac_compressor_f16 = {
  .name = "f16",
  .summary = "16-bit floating point (IEEE half) times a power of two; nearest: alpha = 1 - 1/2049^2; stochastic: unbiased",
  .reference = "IEEE 754, doi:10.1109/IEEESTD.2019.8766229; Micikevicius et al. 2018, arXiv:1710.03740",
  FLOATS,
};
