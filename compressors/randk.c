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

enum { MANY = 512 };      /* coordinates that are named at once */

static uint64_t count(const lac_site *s) { return lac_amount_of(((const params *)s->params)->k, s->d); }
static double kept(const lac_site *s) { return (double)count(s) / (double)s->d; }
static double factor(const lac_site *s) { return ((const params *)s->params)->scale ? (double)s->d / (double)count(s) : 1; }

static int all_finite(uint64_t k, double times, const double *v)
{
  int fine = 1;
  for (uint64_t i = 0; i < k; i++)
    fine &= isfinite(times * v[i]) != 0;
  return fine;
}

/* All of x must be finite; what is looked at is still in the cache when it is taken. */
static int take(size_t d, const double *x, uint64_t k, lac_choice *c, double *values)
{
  enum { PART = 1 << 13 };
  uint64_t taken = 0, next = lac_choose_next(c);
  for (size_t at = 0, size; at < d; at += size) {
    size = d - at < PART ? d - at : PART;
    if (!lac_all_finite(size, x + at))
      return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
    while (taken < k && next < at + size) {
      values[taken++] = x[next];
      next = taken < k ? lac_choose_next(c) : d;
    }
  }
  return LAC_OK;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  const params *p = s->params;
  uint64_t k = count(s);
  double *values = lac_scratch(s, 0, k * sizeof *values);
  uint64_t *set = lac_scratch(s, 1, LAC_CHOICE_WORDS(s->d) * sizeof *set);
  lac_choice c;
  if (!values || !set)
    return LAC_ENOMEM;
  LAC_TRY(lac_choose(&c, s->rng, s->d, k, set));
  LAC_TRY(take(s->d, x, k, &c, values));
  if (!all_finite(k, factor(s), values))
    return lac_fail(LAC_EDIVERGED, "a value times d/k is not finite");
  return lac_values_put(s, (lac_value)p->value, k, values, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  const params *p = s->params;
  uint64_t k = count(s);
  double *values = lac_scratch(s, 0, k * sizeof *values), times = factor(s);
  uint64_t *set = lac_scratch(s, 1, LAC_CHOICE_WORDS(s->d) * sizeof *set);
  uint64_t j[MANY];
  lac_choice c;
  if (!values || !set)
    return LAC_ENOMEM;
  LAC_TRY(lac_choose(&c, s->rng, s->d, k, set));
  LAC_TRY(lac_values_get(s, (lac_value)p->value, k, m, values));
  if (!all_finite(k, times, values))
    return lac_fail(LAC_EFORMAT, "the message holds a value that is not finite once it is scaled");
  for (uint64_t at = 0, many; at < k; at += many) {
    many = k - at < MANY ? k - at : MANY;
    lac_choose_many(&c, many, j);
    for (uint64_t i = 0; i < many; i++)
      y[j[i]] += scale * times * values[at + i];
  }
  return LAC_OK;
}

static const char *refuse(const lac_site *s)
{
  lac_amount k = ((const params *)s->params)->k;
  const char *why = lac_amount_refuse(k, s->d);
  return why ? why : lac_values_refuse(s, lac_amount_of(k, s->d));
}

static uint64_t bits(const lac_site *s, int *exact)
{
  return lac_values_bits(s, (lac_value)((const params *)s->params)->value, count(s), exact);
}

/* Unscaled it is a projection: as for topk, alpha = (k/d) alpha of the next stage. */
static int alpha(const lac_site *s, double *a)
{
  if (((const params *)s->params)->scale && kept(s) < 1)
    return LAC_ENOTSUP;
  LAC_TRY(lac_values_alpha(s, count(s), a));
  *a *= kept(s);
  return LAC_OK;
}

/* Two unbiased maps with draws of their own: E|C(x)|^2 = (1 + omega_1)(1 + omega_2) |x|^2. */
static int omega(const lac_site *s, double *w)
{
  if (!((const params *)s->params)->scale && kept(s) < 1)
    return LAC_ENOTSUP;
  LAC_TRY(lac_values_omega(s, count(s), w));
  *w = (1 + *w) / kept(s) - 1;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_randk = {
  .name = "randk",
  .summary = "k random coordinates; scaled: unbiased, omega = d/k - 1; unscaled: contractive, alpha = k/d",
  .reference = "Stich, Cordonnier, Jaggi 2018, arXiv:1809.07599; Beznosikov et al. 2020, arXiv:2002.12410",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
};
