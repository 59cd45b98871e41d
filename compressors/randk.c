/* Rand-K: k coordinates S, uniform without replacement.  scale=yes: (d/k) x_S, unbiased; scale=no: x_S, contractive.

   Wire: the k values of S in ascending order.  No indices: both sides draw S from the same stream. */
#include "compressor.h"
#include "rng.h"
#include "vec.h"

#include <math.h>

typedef struct { lac_amount k; int scale, value; } params;
static const lac_option options[] = {
  { "k", LAC_AMOUNT, offsetof(params, k), "1%", ">0", NULL, "coordinates kept: a count or a percentage of d" },
  { "scale", LAC_CHOICE, offsetof(params, scale), "yes", NULL, "no|yes", "yes: times d/k, unbiased; no: contractive" },
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};

static double factor(const params *p, size_t d) { return p->scale ? (double)d / (double)lac_amount_of(p->k, d) : 1; }

static int encode(const void *params_, size_t d, const double *x, gsl_rng *rng, lac_msg *m)
{
  const params *p = params_;
  uint64_t k = lac_amount_of(p->k, d);
  lac_choice c;
  if (!lac_all_finite(d, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  LAC_TRY(lac_choose(&c, rng, d, k));
  for (uint64_t i = 0; i < k; i++) {
    double v = x[lac_choose_next(&c)];
    if (!isfinite(factor(p, d) * v))
      return lac_fail(LAC_EDIVERGED, "a value times d/k is not finite");
    LAC_TRY(lac_msg_put_reals(m, (lac_value)p->value, &v, 1));
  }
  return LAC_OK;
}

static int decode_add(const void *params_, size_t d, double s, lac_msg *m, gsl_rng *rng, double *y)
{
  const params *p = params_;
  uint64_t k = lac_amount_of(p->k, d);
  double v, scale = factor(p, d);
  lac_choice c;
  LAC_TRY(lac_choose(&c, rng, d, k));
  for (uint64_t i = 0; i < k; i++) {
    LAC_TRY(lac_msg_get_reals(m, (lac_value)p->value, &v, 1));
    if (!isfinite(scale * v))
      return lac_fail(LAC_EFORMAT, "the message holds a value that is not finite once it is scaled");
    y[lac_choose_next(&c)] += s * scale * v;
  }
  return LAC_OK;
}

static const char *refuse(const void *params_, size_t d) { return lac_amount_refuse(((const params *)params_)->k, d); }

static uint64_t bits(const void *params_, size_t d, int *exact)
{
  const params *p = params_;
  *exact = 1;
  return lac_amount_of(p->k, d) * lac_value_bits((lac_value)p->value);
}

static double kept(const params *p, size_t d) { return (double)lac_amount_of(p->k, d) / (double)d; }

static int alpha(const void *params_, size_t d, double *a)
{
  const params *p = params_;
  *a = kept(p, d);
  return p->scale && *a < 1 ? LAC_ENOTSUP : LAC_OK;
}

static int omega(const void *params_, size_t d, double *w)
{
  const params *p = params_;
  *w = 1 / kept(p, d) - 1;
  return !p->scale && *w > 0 ? LAC_ENOTSUP : LAC_OK;
}

const lac_compressor_type lac_compressor_randk = {
  .name = "randk",
  .summary = "k random coordinates; scaled: unbiased, omega = d/k - 1; unscaled: contractive, alpha = k/d",
  .reference = "Stich, Cordonnier, Jaggi 2018, arXiv:1809.07599; Beznosikov et al. 2020, arXiv:2002.12410",
  .options = options,
  .params_size = sizeof(params),
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
};
