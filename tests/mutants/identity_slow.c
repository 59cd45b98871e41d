/* The identity, but it looks at the vector many times before it sends it: right, and slow. */
#define lac_compressor_identity honest_identity
#include "../../compressors/identity.c"
#undef lac_compressor_identity

static int slow_encode(const lac_site *s, const double *x, lac_msg *m)
{
  volatile double sum = 0;
  for (int pass = 0; pass < 10; pass++)
    for (size_t j = 0; j < s->d; j++)
      sum = sum + x[j];
  return honest_identity.encode(s, x, m);
}

static int same_decode_add(const lac_site *s, double scale, lac_msg *m, double *y) { return honest_identity.decode_add(s, scale, m, y); }
static uint64_t same_bits(const lac_site *s, int *exact) { return honest_identity.bits(s, exact); }
static int same_alpha(const lac_site *s, double *a) { return honest_identity.alpha(s, a); }
static int same_omega(const lac_site *s, double *w) { return honest_identity.omega(s, w); }

const lac_compressor_type mutant_identity_slow = {
  .name = "identity",
  .summary = "C(x) = x, slowly",
  .reference = "none",
  .options = options,
  .params_size = sizeof(params),
  .encode = slow_encode,
  .decode_add = same_decode_add,
  .bits = same_bits,
  .alpha = same_alpha,
  .omega = same_omega,
};
