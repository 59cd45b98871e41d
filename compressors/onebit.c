/* One bit: C(x)_j is the mean of the entries that are not negative, or that of those that are; the projection of x to what is constant on
   both sets.  |C(x) - x|^2 = |x|^2 - |C(x)|^2 and |C(x)|^2 >= |x|_1^2 / d, so that alpha = 1/d, attained by one nonzero entry.

   Wire: the mean of the entries >= 0, and that of the negative ones without its sign, 0 for an empty set; then d symbols of 1 bit in runs
   of at most LAC_RUN, 1 for negative. */
#include "parts/scaled.h"
#include "vec.h"

#include <float.h>
#include <math.h>

typedef struct { int value; } params;
static const lac_option options[] = {
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of the means" },
  { 0 }
};

static lac_value format(const lac_site *s) { return (lac_value)((const params *)s->params)->value; }

/* Of what is not negative and of what is: the sums of the magnitudes, and how many are. */
typedef struct { double sum[2]; uint64_t negative; } halves;

LAC_VECTORISED
static halves halves_of(size_t d, const double *x)
{
  typedef double lanes __attribute__((vector_size(32)));
  typedef int64_t words __attribute__((vector_size(32)));
  enum { LANES = 4 };
  lanes up = { 0 }, down = { 0 }, v;
  words count = { 0 };
  halves h = { .negative = 0 };
  size_t j = 0;
  for (; j + LANES <= d; j += LANES) {
    memcpy(&v, x + j, sizeof v);
    words is = v < 0;
    up += (lanes)((words)v & ~is);
    down -= (lanes)((words)v & is);
    count -= is;
  }
  for (size_t l = 0; l < LANES; l++) {
    h.sum[0] += up[l];
    h.sum[1] += down[l];
    h.negative += (uint64_t)count[l];
  }
  for (; j < d; j++) {
    h.sum[x[j] < 0] += fabs(x[j]);
    h.negative += x[j] < 0;
  }
  return h;
}

static size_t run_at(const lac_site *s, size_t at) { return s->d - at < LAC_RUN ? s->d - at : LAC_RUN; }

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  uint8_t *code = lac_scratch(s, 0, LAC_RUN);
  halves h = halves_of(s->d, x);
  uint64_t others = s->d - h.negative;
  double mean[2] = { others ? h.sum[0] / (double)others : 0, h.negative ? h.sum[1] / (double)h.negative : 0 };
  if (!code)
    return LAC_ENOMEM;
  if (!isfinite(mean[0] + mean[1]) && lac_all_finite(s->d, x))
    return lac_fail(LAC_EDIVERGED, "onebit: a sum of entries is beyond all numbers");
  LAC_TRY(lac_msg_put_reals(m, format(s), mean, 2));
  for (size_t at = 0; at < s->d; at += run_at(s, at)) {
    lac_signs(run_at(s, at), x + at, code);
    LAC_TRY(lac_symbols_put(s, code, run_at(s, at), 1, m));
  }
  return LAC_OK;
}

LAC_VECTORISED
static void add_means(size_t count, const uint8_t *restrict code, double plus, double step, double *restrict y)
{
  for (size_t j = 0; j < count; j++)
    y[j] += code[j] ? step : plus;
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  uint8_t *code = lac_scratch(s, 0, LAC_RUN);
  double mean[2];
  if (!code)
    return LAC_ENOMEM;
  LAC_TRY(lac_msg_get_reals(m, format(s), mean, 2));
  if (signbit(mean[0]) || signbit(mean[1]))
    return lac_fail(LAC_EFORMAT, "onebit: the message has a negative mean");
  for (size_t at = 0; at < s->d; at += run_at(s, at)) {
    LAC_TRY(lac_symbols_get(s, m, code, run_at(s, at), 1));
    add_means(run_at(s, at), code, scale * mean[0], -scale * mean[1], y + at);
  }
  return LAC_OK;
}

static uint64_t bits(const lac_site *s, int *exact) { return 2 * lac_value_bits(format(s)) + lac_symbols_bits(s, s->d, 1, exact); }

/* A mean that f32 changes by a factor of 1 + t costs t^2 of its share of |C(x)|^2. */
static int alpha(const lac_site *s, double *a)
{
  *a = (format(s) == LAC_F32 ? 1 - 0x1p-46 : 1) / (double)s->d;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_onebit = {
  .name = "onebit",
  .summary = "signs, and the means of what is negative and of what is not; biased, alpha = 1/d",
  .reference = "Seide, Fu, Droppo, Li, Yu 2014, Interspeech, doi:10.21437/Interspeech.2014-274",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
