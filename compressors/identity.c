/* No compression: C(x) = x.  Wire: d values. */
#include "compressor.h"

typedef struct { int value; } params;
static const lac_option options[] = {
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value; f32 rounds to nearest" },
  { 0 }
};

static int encode(const void *params_, size_t d, const double *x, gsl_rng *rng, lac_msg *m)
{
  const params *p = params_;
  (void)rng;
  return lac_msg_put_reals(m, (lac_value)p->value, x, d);
}

static int decode_add(const void *params_, size_t d, double s, lac_msg *m, gsl_rng *rng, double *y)
{
  const params *p = params_;
  (void)rng;
  return lac_msg_add_reals(m, (lac_value)p->value, s, y, d);
}

static uint64_t bits(const void *params_, size_t d, int *exact)
{
  const params *p = params_;
  *exact = 1;
  return (uint64_t)d * lac_value_bits((lac_value)p->value);
}

/* f32 rounds: relative error at most 2^-24 (normal range), far below any step-size constant. */
static int alpha(const void *params_, size_t d, double *a)
{
  (void)params_, (void)d;
  *a = 1;
  return LAC_OK;
}

static int omega(const void *params_, size_t d, double *w)
{
  (void)params_, (void)d;
  *w = 0;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_identity = {
  .name = "identity",
  .summary = "no compression: every value, 64 or 32 bits",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
};
