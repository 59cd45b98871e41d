#include "words.h"

#include "minifloat.h"
#include "rng.h"
#include "vec.h"
#include <math.h>

enum { PART = 1024, BIAS = 2048, LARGEST_AT = 14, LEAST = -1074 - LARGEST_AT, MOST = 1023 - LARGEST_AT };

/* 2^e as two factors, which are numbers when it is none. */
typedef struct { double a, b; } power;
static power power_of(int e) { return (power){ ldexp(1, e / 2), ldexp(1, e - e / 2) }; }

static inline uint32_t with_sign(int64_t code, double x, unsigned width)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint32_t)((uint64_t)code | bits >> 63 << (width - 1));
}

LAC_VECTORISED
static int round_random(lac_minifloat to, unsigned width, uint32_t top, power f, size_t count, const double *restrict x,
                        const uint32_t *restrict word, uint32_t *restrict out)
{
  int64_t bad = 0;
  for (size_t j = 0; j < count; j++) {
    int64_t code = lac_minifloat_random(&to, fabs(x[j]) * f.a * f.b, word[j]);
    bad |= (int64_t)top - code;
    out[j] = with_sign(code, x[j], width);
  }
  return bad >= 0;
}

LAC_VECTORISED
static int round_nearest(lac_minifloat to, unsigned width, uint32_t top, power f, size_t count, const double *restrict x,
                         uint32_t *restrict out)
{
  int64_t bad = 0;
  for (size_t j = 0; j < count; j++) {
    int64_t code = lac_minifloat_nearest(&to, fabs(x[j]) * f.a * f.b);
    bad |= (int64_t)top - code;
    out[j] = with_sign(code, x[j], width);
  }
  return bad >= 0;
}

LAC_VECTORISED
static void halve(size_t count, const uint32_t *restrict from, uint16_t *restrict to)
{
  for (size_t j = 0; j < count; j++)
    to[j] = (uint16_t)from[j];
}

LAC_VECTORISED
static void unhalve(size_t count, const uint16_t *restrict from, uint32_t *restrict to)
{
  for (size_t j = 0; j < count; j++)
    to[j] = from[j];
}

/* Sets *e. */
static int put_shared(const lac_site *s, const double *x, lac_msg *m, int *e)
{
  double most = lac_largest(s->d, x);
  if (!isfinite(most))
    return lac_fail(LAC_EDIVERGED, "a vector to be sent is not finite");
  *e = most > 0 ? ilogb(most) - LARGEST_AT : 0;
  return lac_msg_put(m, most > 0 ? (uint64_t)(*e + BIAS) : 0, 16);
}

static int put_words(const lac_words *w, const uint32_t *out, size_t count, lac_msg *m)
{
  uint16_t half[PART];
  if (w->width == 16)
    halve(count, out, half);
  return lac_msg_put_bits(m, w->width == 16 ? (const void *)half : out, (uint64_t)count * w->width);
}

static size_t part_at(const lac_site *s, size_t at) { return s->d - at < PART ? s->d - at : PART; }

int lac_words_encode(const lac_site *s, const lac_words *w, const double *x, lac_msg *m)
{
  lac_minifloat to = lac_minifloat_of(w->mantissa, w->least);
  uint32_t word[PART], out[PART];
  int e = 0, fine = 1;
  if (w->width == 32 && !w->random)      /* the same bits, by the conversion of the processor */
    return lac_msg_put_reals(m, LAC_F32, x, s->d);
  if (w->shared)
    LAC_TRY(put_shared(s, x, m, &e));
  for (size_t at = 0, part; at < s->d && fine; at += part) {
    part = part_at(s, at);
    if (w->random) {
      LAC_TRY(lac_rng_words(s->rng, word, part));
      fine = round_random(to, w->width, w->top, power_of(-e), part, x + at, word, out);
    } else
      fine = round_nearest(to, w->width, w->top, power_of(-e), part, x + at, out);
    LAC_TRY(put_words(w, out, part, m));
  }
  if (fine)
    return LAC_OK;
  return lac_fail(LAC_EDIVERGED, lac_all_finite(s->d, x) ? "a value to be sent is beyond the range of the format" :
                                                           "a vector to be sent is not finite");
}

LAC_VECTORISED
static int are_numbers(size_t count, const uint32_t *word, uint32_t magnitude, uint32_t top)
{
  uint32_t bad = 0;
  for (size_t j = 0; j < count; j++)
    bad |= (word[j] & magnitude) > top;
  return !bad;
}

/* The exponents begin at those of a double: v is exact, and then times f. */
LAC_VECTORISED
static void add_numbers(unsigned drop, unsigned width, power f, double scale, size_t count, const uint32_t *restrict word,
                        double *restrict y)
{
  const uint32_t magnitude = (1u << (width - 1)) - 1;
  for (size_t j = 0; j < count; j++) {
    uint64_t bits = (uint64_t)(word[j] & magnitude) << drop | (uint64_t)(word[j] >> (width - 1)) << 63;
    double v;
    memcpy(&v, &bits, sizeof v);
    y[j] += scale * (v * f.a * f.b);
  }
}

static int get_words(const lac_words *w, uint32_t *word, size_t count, lac_msg *m)
{
  uint16_t half[PART];
  LAC_TRY(lac_msg_get_bits(m, w->width == 16 ? (void *)half : word, (uint64_t)count * w->width));
  if (w->width == 16)
    unhalve(count, half, word);
  return LAC_OK;
}

static int get_shared(lac_msg *m, int *e)
{
  uint64_t base;
  LAC_TRY(lac_msg_get(m, 16, &base));
  *e = base ? (int)base - BIAS : 0;
  return *e >= LEAST && *e <= MOST ? LAC_OK : lac_fail(LAC_EFORMAT, "the message has the exponent %d", *e);
}

int lac_words_decode_add(const lac_site *s, const lac_words *w, double scale, lac_msg *m, double *y)
{
  const uint32_t magnitude = (1u << (w->width - 1)) - 1, binade = 1u << w->mantissa;
  uint32_t word[PART];
  int e = 0;
  if (w->width == 32 && !w->random)
    return lac_msg_add_reals(m, LAC_F32, scale, y, s->d);
  if (w->shared)
    LAC_TRY(get_shared(m, &e));
  uint32_t top = w->shared && e == MOST ? w->top - binade : w->top;      /* 2^15 2^MOST is no double */
  power f = power_of(e + 1022 + w->least);
  for (size_t at = 0, part; at < s->d; at += part) {
    part = part_at(s, at);
    LAC_TRY(get_words(w, word, part, m));
    if (!are_numbers(part, word, magnitude, top))
      return lac_fail(LAC_EFORMAT, "the message holds a value that is not finite");
    add_numbers(52 - (unsigned)w->mantissa, w->width, f, scale, part, word, y + at);
  }
  return LAC_OK;
}

uint64_t lac_words_bits(const lac_site *s, const lac_words *w, int *exact)
{
  *exact = 1;
  return (uint64_t)w->width * s->d + (w->shared ? 16 : 0);
}

static double small_ones(const lac_site *s, const lac_words *w) { return w->shared ? ((double)s->d - 1) * 0x1p-78 : 0; }

int lac_words_alpha(const lac_site *s, const lac_words *w, double *alpha)
{
  double h = ldexp(1, -w->mantissa), off = h / (2 + h);
  *alpha = 1 - off * off - small_ones(s, w);
  return w->random ? LAC_ENOTSUP : LAC_OK;
}

int lac_words_omega(const lac_site *s, const lac_words *w, double *omega)
{
  double h = ldexp(1, -w->mantissa);
  *omega = h * h / (4 * (1 + h)) + small_ones(s, w);
  return w->random ? LAC_OK : LAC_ENOTSUP;
}
