/* Top-K, wrong: bits() leaves out the indices. */
#define lac_compressor_topk honest_topk_of_bits
#include "../../compressors/topk.c"

static uint64_t fewer_bits(const lac_site *s, int *exact)
{
  uint64_t k = lac_amount_of(((const params *)s->params)->k, s->d);
  return lac_values_bits(s, (lac_value)((const params *)s->params)->value, k, exact);
}

static int same_encode(const lac_site *s, const double *x, lac_msg *m) { return honest_topk_of_bits.encode(s, x, m); }
static int same_decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  return honest_topk_of_bits.decode_add(s, scale, m, y);
}

const lac_compressor_type mutant_topk_declares_less = {
  .name = "topk",
  .summary = "the k entries of largest magnitude, with fewer bits declared",
  .reference = "none",
  .options = options,
  .params_size = sizeof(params),
  .encode = same_encode,
  .decode_add = same_decode_add,
  .bits = fewer_bits,
};
