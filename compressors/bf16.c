/* bfloat16: the exponents of f32, 7 bits of mantissa.  Wire: words.h. */
#include "words.h"

typedef struct { int round; } params;
static const lac_option options[] = {
  { "round", LAC_CHOICE, offsetof(params, round), "nearest", NULL, "nearest|stochastic", "nearest: contractive; stochastic: unbiased" },
  { 0 }
};

static lac_words words(const lac_site *s)
{
  int round = ((const params *)s->params)->round;
  return (lac_words){ .width = 16, .mantissa = 7, .least = -126, .top = 0x7f7f, .random = round };
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  lac_words w = words(s);
  return lac_words_encode(s, &w, x, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  lac_words w = words(s);
  return lac_words_decode_add(s, &w, scale, m, y);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  lac_words w = words(s);
  return lac_words_bits(s, &w, exact);
}

static int alpha(const lac_site *s, double *a)
{
  lac_words w = words(s);
  return lac_words_alpha(s, &w, a);
}

static int omega(const lac_site *s, double *o)
{
  lac_words w = words(s);
  return lac_words_omega(s, &w, o);
}

const lac_compressor_type lac_compressor_bf16 = {
  .name = "bf16",
  .summary = "16-bit floating point with the range of f32; nearest: alpha = 1 - 1/257^2; stochastic: unbiased, omega = 2^-16/1.0078",
  .reference = "Kalamkar et al. 2019, arXiv:1905.12322",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
};
