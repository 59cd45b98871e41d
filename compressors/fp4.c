/* FP4, format E3M0: one sign bit, three exponent bits, no mantissa; one scale a vector.

     s = max |x_j| / 16        k = 0..7 stands for l_k s, l = 0, 1/4, 1/2, 1, 2, 4, 8, 16
     k of x_j: the nearest l_k s to |x_j|, that is, by the boundaries s b, b = 1/8, 3/8, 3/4, 3/2, 3, 6, 12, a tie going to the
     even k.  Code = sign 2^3 + k; a value that becomes 0 has no sign.  x = 0: s = 0 and all codes 0.

   Wire: s (64 or 32 bits), then the d codes, 4 bits each.  With scale=f32 it is the s rounded to f32 that both sides use.

   The published description of Streaming DiLoCo says E3M0 and not where the scale comes from; the largest entry as the
   largest level is the choice made here: that entry is exact, and all below 1/128 of it become 0.

   Contraction.  Let |x| be measured in s: the largest entry is 16 and exact, each other one is u in [0, 16] with the error
   e(u).  The largest rho = |C(x)-x|^2 / |x|^2 is the root of (d-1) max_u (e(u)^2 - rho u^2) = 256 rho.  Between a level and the next
   boundary e^2 - rho u^2 is convex in u, at a level it is not positive, so the maximum is at a boundary b, where e = 1/8, 1/8, 1/4,
   1/2, 1, 2, 4: rho is the largest of (d-1) e^2 / (256 + (d-1) b^2).  From b = 3/8 on e = b/3 and the last one is the largest:

     alpha = 1 - rho = min( (16 + 8(d-1)) / (16 + 9(d-1)),  16384 / (16384 + (d-1)) )

   and no larger alpha is valid: x with one entry 16 and d-1 entries 12, or 1/8, attains it.  The second is the smaller one from
   d = 2048 on, 1/128 of the largest in all other entries.  Rounding the scale to f32, by a factor in 1 -+ 2^-24, moves the
   largest entry by 2^-24 of itself and costs less than a factor 1 - 2^-22.  (All this while s is a normal number of its format.) */
#include "compressor.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct { int format, scale; } params;
static const lac_option options[] = {
  { "format", LAC_CHOICE, offsetof(params, format), "e3m0", NULL, "e3m0", "how the 4 bits are used" },
  { "scale", LAC_CHOICE, offsetof(params, scale), "f64", NULL, LAC_VALUE_CHOICES, "wire format of the scale" },
  { 0 }
};

enum { BOUNDARIES = 7, LEVELS = 8, WORD = 16, LANES = 8 };      /* codes in a 64-bit word */
static const double level[LEVELS] = { 0, 0.25, 0.5, 1, 2, 4, 8, 16 };
static const double boundary[BOUNDARIES] = { 0.125, 0.375, 0.75, 1.5, 3, 6, 12 };

/* max |x_j|, or NaN when an entry is not finite: x - x is 0 for finite numbers only. */
LAC_VECTORISED
static double largest(size_t d, const double *x)
{
  double most[LANES] = { 0 }, bad[LANES] = { 0 };
  size_t j = 0;
  for (; j + LANES <= d; j += LANES)
    for (size_t l = 0; l < LANES; l++) {
      double a = fabs(x[j + l]);
      most[l] = a > most[l] ? a : most[l];
      bad[l] += x[j + l] - x[j + l];
    }
  for (; j < d; j++) {
    most[0] = fabs(x[j]) > most[0] ? fabs(x[j]) : most[0];
    bad[0] += x[j] - x[j];
  }
  for (size_t l = 1; l < LANES; l++) {
    most[0] = most[l] > most[0] ? most[l] : most[0];
    bad[0] += bad[l];
  }
  return most[0] + bad[0];
}

/* last[k]: the largest double that still gets code k or less, so that k is the number of last[] below |x_j|.  3/2 s may not be a
   double: fma tells on which side of it the product was rounded to. */
static void thresholds(double s, double *last)
{
  for (int k = 0; k < BOUNDARIES; k++) {
    double t = boundary[k] * s, beyond = fma(boundary[k], s, -t);
    int up = k % 2 == 1;                                          /* a tie goes to k + 1 */
    last[k] = beyond < 0 || (up && beyond == 0) ? nextafter(t, 0) : t;
  }
}

/* The codes of 16 entries, the first in the lowest bits. */
LAC_VECTORISED
static void codes(size_t words, const double *restrict x, const double *restrict last, uint64_t *restrict to)
{
  for (size_t w = 0; w < words; w++) {
    uint64_t word = 0;
    for (size_t i = 0; i < WORD; i++) {
      double v = x[WORD * w + i], a = fabs(v);
      uint64_t k = (uint64_t)(a > last[0]) + (uint64_t)(a > last[1]) + (uint64_t)(a > last[2]) + (uint64_t)(a > last[3]) +
                   (uint64_t)(a > last[4]) + (uint64_t)(a > last[5]) + (uint64_t)(a > last[6]);
      uint64_t negative = -v > last[0];                           /* only of what does not become 0 */
      word |= (k | negative << 3) << 4 * i;
    }
    to[w] = word;
  }
}

static int put_codes(size_t d, const double *x, const double *last, lac_msg *m)
{
  enum { BLOCK = 64 };
  uint64_t word[BLOCK];
  for (size_t whole = d / WORD, w = 0, count; w < whole; w += count) {
    count = whole - w < BLOCK ? whole - w : BLOCK;
    codes(count, x + WORD * w, last, word);
    for (size_t i = 0; i < count; i++)
      LAC_TRY(lac_msg_put(m, word[i], 64));
  }
  if (d % WORD) {
    double rest[WORD] = { 0 };
    memcpy(rest, x + d - d % WORD, d % WORD * sizeof *x);
    codes(1, rest, last, word);
    LAC_TRY(lac_msg_put(m, word[0], (unsigned)(4 * (d % WORD))));
  }
  return LAC_OK;
}

static int put_zeros(size_t d, lac_msg *m)
{
  for (size_t left = d, count; left; left -= count) {
    count = left < WORD ? left : WORD;
    LAC_TRY(lac_msg_put(m, 0, (unsigned)(4 * count)));
  }
  return LAC_OK;
}

static int encode(const lac_site *site, const double *x, lac_msg *m)
{
  const params *p = site->params;
  size_t d = site->d;
  double s = largest(d, x) / 16, last[BOUNDARIES];
  if (!isfinite(s))
    return lac_fail(LAC_EDIVERGED, "a vector to be sent is not finite");
  if (p->scale == LAC_F32 && s > FLT_MAX)
    return lac_fail(LAC_EDIVERGED, "fp4: the scale %g is beyond the range of f32; use scale=f64", s);
  s = p->scale == LAC_F32 ? (double)(float)s : s;
  LAC_TRY(lac_msg_put_reals(m, (lac_value)p->scale, &s, 1));
  if (s == 0)                                                     /* or too small for its format */
    return put_zeros(d, m);
  thresholds(s, last);
  return put_codes(d, x, last, m);
}

/* A sign on a zero: bit 3 of a nibble without bits 0 to 2. */
static uint64_t negative_zeros(uint64_t word)
{
  uint64_t nonzero = (word & UINT64_C(0x7777777777777777)) + UINT64_C(0x7777777777777777);
  return word & ~nonzero & UINT64_C(0x8888888888888888);
}

static int get_scale(const params *p, lac_msg *m, double *s)
{
  LAC_TRY(lac_msg_get_reals(m, (lac_value)p->scale, s, 1));
  return !signbit(*s) && *s <= DBL_MAX / 16 ? LAC_OK : lac_fail(LAC_EFORMAT, "fp4: the message has the scale %g", *s);
}

static int decode_add(const lac_site *site, double factor, lac_msg *m, double *y)
{
  size_t d = site->d;
  double s, value[2 * LEVELS];
  LAC_TRY(get_scale(site->params, m, &s));
  for (int k = 0; k < LEVELS; k++) {
    value[k] = factor * (level[k] * s);
    value[LEVELS + k] = -value[k];
  }
  for (size_t j = 0, count; j < d; j += count) {
    uint64_t word;
    count = d - j < WORD ? d - j : WORD;
    LAC_TRY(lac_msg_get(m, (unsigned)(4 * count), &word));
    if (negative_zeros(word) || (s == 0 && word))
      return lac_fail(LAC_EFORMAT, "fp4: the message has a code that stands for no number");
    for (size_t i = 0; i < count; i++, word >>= 4)
      y[j + i] += value[word & 15];
  }
  return LAC_OK;
}

static uint64_t bits(const lac_site *s, int *exact)
{
  const params *p = s->params;
  *exact = 1;
  return lac_value_bits((lac_value)p->scale) + 4 * (uint64_t)s->d;
}

static int alpha(const lac_site *s, double *a)
{
  const params *p = s->params;
  double others = (double)s->d - 1;
  *a = fmin((16 + 8 * others) / (16 + 9 * others), 16384 / (16384 + others));
  if (p->scale == LAC_F32)
    *a *= 1 - 0x1p-22;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_fp4 = {
  .name = "fp4",
  .summary = "4-bit floating point (E3M0), the largest entry exact; biased, alpha = 16384/(16383+d) for d >= 2048",
  .reference = "Douillard et al. 2025, Streaming DiLoCo, arXiv:2501.18512",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
