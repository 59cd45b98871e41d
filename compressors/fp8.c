/* Floating-point numbers of 8 bits: E4M3 (bias 7, largest 448) and E5M2 (bias 15, largest 57344), subnormal ones included, infinities
   and NaN left out.  The scale of a block is its largest entry over the largest number, so that this entry is exact.

   alpha and omega: scaled.h.  They tend to 1 - 1/17^2 and 1/288 (E4M3) as the range suffices for the length.

   Wire: scaled.h; a code is the number's own 8 bits. */
#include "parts/coded.h"

typedef struct { uint64_t block; int format, round, scale; } params;
static const lac_option options[] = {
  { "format", LAC_CHOICE, offsetof(params, format), "e4m3", NULL, "e4m3|e5m2", "how the 8 bits are used" },
  LAC_BLOCK_OPTION(params, "0"),
  LAC_ROUND_OPTION(params),
  LAC_SCALE_OPTION(params),
  { 0 }
};

static const struct { int mantissa, least; unsigned top; } formats[] = { { 3, -6, 0x7e }, { 2, -14, 0x7b } };

CODED_BY(scaled)

static lac_scaled code_of(const lac_site *s)
{
  const params *p = s->params;
  lac_scaled q = { .block = p->block, .format = (lac_value)p->scale, .draws = p->round, .scale = lac_scale_largest };
  lac_scaled_floats(&q, formats[p->format].mantissa, formats[p->format].least, formats[p->format].top);
  return q;
}

const lac_compressor_type lac_compressor_fp8 = {
  .name = "fp8",
  .summary = "8-bit floating point (E4M3, E5M2), the largest entry of a block exact; nearest: contractive; stochastic: unbiased",
  .reference = "Micikevicius et al. 2022, arXiv:2209.05433",
  .options = options,
  .params_size = sizeof(params),
  CODED_ROUNDED,
};
