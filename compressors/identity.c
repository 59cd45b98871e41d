/* No compression: C(x) = x.  Wire: d values. */
#include "compressor.h"

typedef struct { int value; } params;
static const lac_option options[] = {
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value; f32 rounds to nearest" },
  { 0 }
};

static lac_value format(const lac_site *s) { return (lac_value)((const params *)s->params)->value; }

static int encode(const lac_site *s, const double *x, lac_msg *m) { return lac_msg_put_reals(m, format(s), x, s->d); }

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  return lac_msg_add_reals(m, format(s), scale, y, s->d);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  *exact = 1;
  return (uint64_t)s->d * lac_value_bits(format(s));
}

/* f32 rounds: relative error at most 2^-24 (normal range), far below any step-size constant. */
static int alpha(const lac_site *s, double *a)
{
  (void)s;
  *a = 1;
  return LAC_OK;
}

static int omega(const lac_site *s, double *w)
{
  (void)s;
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
