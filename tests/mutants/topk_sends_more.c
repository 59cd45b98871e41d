/* Top-K, but each message is a byte longer than it has to be, and says so: nothing is wrong, it only costs more. */
#define lac_compressor_topk honest_topk
#include "../../compressors/topk.c"
#undef lac_compressor_topk

static int heavy_encode(const lac_site *s, const double *x, lac_msg *m)
{
  LAC_TRY(honest_topk.encode(s, x, m));
  return lac_msg_put(m, 0, 8);
}

static int heavy_decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  uint64_t nothing;
  LAC_TRY(honest_topk.decode_add(s, scale, m, y));
  return lac_msg_get(m, 8, &nothing);
}

static uint64_t heavy_bits(const lac_site *s, int *exact) { return honest_topk.bits(s, exact) + 8; }
static int same_alpha(const lac_site *s, double *a) { return honest_topk.alpha(s, a); }
static const char *same_refuse(const lac_site *s) { return honest_topk.refuse(s); }

const lac_compressor_type mutant_topk_sends_more = {
  .name = "topk",
  .summary = "the k entries of largest magnitude, and a byte for nothing",
  .reference = "none",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = same_refuse,
  .encode = heavy_encode,
  .decode_add = heavy_decode_add,
  .bits = heavy_bits,
  .alpha = same_alpha,
};
