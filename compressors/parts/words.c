#include "words.h"

#include "minifloat.h"
#include "rng.h"
#include "vec.h"
#include <math.h>

enum { PART = 4096, BIAS = 2048, LARGEST_AT = 14, LEAST = -1074 - LARGEST_AT, MOST = 1023 - LARGEST_AT };

/* 2^e as two factors, which are numbers when it is none. */
typedef struct { double a, b; } power;
static power power_of(int e) { return (power){ ldexp(1, e / 2), ldexp(1, e - e / 2) }; }

/* Words of 16 or 32 bits; the compiler takes the question out of the loops. */
typedef union { uint16_t half[PART]; uint32_t full[PART]; } part_of_words;

static inline void put_word(part_of_words *restrict out, size_t j, unsigned width, int64_t code, double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = (uint64_t)code | bits >> 63 << (width - 1);
  if (width == 16)
    out->half[j] = (uint16_t)bits;
  else
    out->full[j] = (uint32_t)bits;
}

static inline uint32_t word_at(const part_of_words *restrict word, size_t j, unsigned width)
{
  return width == 16 ? word->half[j] : word->full[j];
}

LAC_VECTORISED
static int round_random(lac_minifloat to, unsigned width, uint32_t top, power f, size_t count, const double *restrict x,
                        const uint32_t *restrict word, part_of_words *restrict out)
{
  int64_t bad = 0;
  for (size_t j = 0; j < count; j++) {
    int64_t code = lac_minifloat_random(&to, fabs(x[j]) * f.a * f.b, word[j]);
    bad |= (int64_t)top - code;
    put_word(out, j, width, code, x[j]);
  }
  return bad >= 0;
}

LAC_VECTORISED
static int round_nearest(lac_minifloat to, unsigned width, uint32_t top, power f, size_t count, const double *restrict x,
                         part_of_words *restrict out)
{
  int64_t bad = 0;
  for (size_t j = 0; j < count; j++) {
    int64_t code = lac_minifloat_nearest(&to, fabs(x[j]) * f.a * f.b);
    bad |= (int64_t)top - code;
    put_word(out, j, width, code, x[j]);
  }
  return bad >= 0;
}

/* To nearest, 16 bits, and `f` a normal number: what round_nearest gives, eight at a time, by the upper halves of the doubles; a 1 in their
   last bit stands for what the lower halves hold.  0 when a number is below the normal ones of the format, but no zero, or beyond the
   largest: then `out` means nothing. */
LAC_VECTORISED
static int round_normal(int mantissa, int least, uint32_t top, double f, size_t count, const double *restrict x,
                        part_of_words *restrict out)
{
  typedef double lanes __attribute__((vector_size(32)));
  typedef uint32_t words __attribute__((vector_size(32)));
  typedef int32_t numbers __attribute__((vector_size(32)));
  typedef uint16_t halves __attribute__((vector_size(16)));
  enum { UPPER = 20, EIGHT = 8 };                            /* mantissa bits of an upper half */
  const int drop = UPPER - mantissa;
  const int32_t low = (1023 + least) << UPPER;
  const uint32_t first = (uint32_t)(1022 + least) << mantissa, half = (1u << (drop - 1)) - 1;
  words bad = { 0 };
  for (size_t j = 0; j < count; j += EIGHT) {
    lanes a, b;
    memcpy(&a, x + j, sizeof a);
    memcpy(&b, x + j + EIGHT / 2, sizeof b);
    a *= f;
    b *= f;
    words upper = __builtin_shufflevector((words)a, (words)b, 1, 3, 5, 7, 9, 11, 13, 15);
    words lower = __builtin_shufflevector((words)a, (words)b, 0, 2, 4, 6, 8, 10, 12, 14);
    words h = (upper & INT32_MAX) | ((words)(lower != 0) & 1), normal = (words)((numbers)h >= low);
    words code = (((h + half + (h >> drop & 1)) >> drop) - first) & normal;
    bad |= ((words)(h != 0) & ~normal) | (words)((numbers)code > (int32_t)top);
    halves to = __builtin_convertvector(code | (upper >> 16 & 0x8000), halves);
    memcpy(out->half + j, &to, sizeof to);
  }
  uint32_t any = 0;
  for (unsigned l = 0; l < EIGHT; l++)
    any |= bad[l];
  return !any;
}

static int round_part(const lac_words *w, power f, size_t count, const double *x, part_of_words *out)
{
  double factor = f.a * f.b;
  if (w->width == 16 && count % 8 == 0 && isnormal(factor) && round_normal(w->mantissa, w->least, w->top, factor, count, x, out))
    return 1;
  return round_nearest(lac_minifloat_of(w->mantissa, w->least), w->width, w->top, f, count, x, out);
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

static size_t part_at(const lac_site *s, size_t at) { return s->d - at < PART ? s->d - at : PART; }

int lac_words_encode(const lac_site *s, const lac_words *w, const double *x, lac_msg *m)
{
  lac_minifloat to = lac_minifloat_of(w->mantissa, w->least);
  uint32_t word[PART];
  part_of_words out;
  int e = 0, fine = 1;
  if (w->width == 32 && !w->random)      /* the same bits, by the conversion of the processor */
    return lac_msg_put_reals(m, LAC_F32, x, s->d);
  if (w->shared)
    LAC_TRY(put_shared(s, x, m, &e));
  for (size_t at = 0, part; at < s->d && fine; at += part) {
    part = part_at(s, at);
    if (w->random) {
      LAC_TRY(lac_rng_words(s->rng, word, part));
      fine = round_random(to, w->width, w->top, power_of(-e), part, x + at, word, &out);
    } else
      fine = round_part(w, power_of(-e), part, x + at, &out);
    LAC_TRY(lac_msg_put_bits(m, &out, (uint64_t)part * w->width));
  }
  if (fine)
    return LAC_OK;
  return lac_fail(LAC_EDIVERGED, lac_all_finite(s->d, x) ? "a value to be sent is beyond the range of the format" :
                                                           "a vector to be sent is not finite");
}

LAC_VECTORISED
static int are_numbers(unsigned width, size_t count, const part_of_words *restrict word, uint32_t top)
{
  const uint32_t magnitude = (1u << (width - 1)) - 1;
  uint32_t most = 0;
  for (size_t j = 0; j < count; j++) {
    uint32_t at = word_at(word, j, width) & magnitude;
    most = at > most ? at : most;
  }
  return most <= top;
}

/* The exponents begin at those of a float: v is exact, and so is v times f. */
LAC_VECTORISED
static void add_numbers(int mantissa, unsigned width, power f, double scale, size_t count, const part_of_words *restrict word,
                        double *restrict y)
{
  const uint32_t magnitude = (1u << (width - 1)) - 1;
  for (size_t j = 0; j < count; j++) {
    uint32_t bits = word_at(word, j, width);
    bits = (bits & magnitude) << (23 - mantissa) | (bits >> (width - 1)) << 31;
    float v;
    memcpy(&v, &bits, sizeof v);
    y[j] += scale * ((double)v * f.a * f.b);
  }
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
  const uint32_t binade = 1u << w->mantissa;
  part_of_words word;
  int e = 0;
  if (w->width == 32 && !w->random)
    return lac_msg_add_reals(m, LAC_F32, scale, y, s->d);
  if (w->shared)
    LAC_TRY(get_shared(m, &e));
  uint32_t top = w->shared && e == MOST ? w->top - binade : w->top;      /* 2^15 2^MOST is no double */
  power f = power_of(e + 126 + w->least);
  for (size_t at = 0, part; at < s->d; at += part) {
    part = part_at(s, at);
    LAC_TRY(lac_msg_get_bits(m, &word, (uint64_t)part * w->width));
    if (!are_numbers(w->width, part, &word, top))
      return lac_fail(LAC_EFORMAT, "the message holds a value that is not finite");
    add_numbers(w->mantissa, w->width, f, scale, part, &word, y + at);
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
