/* Natural compression: x_j is rounded to one of the two neighbouring powers of two, at random and without bias (round=stochastic, up with
   the probability (|x_j| - 2^e)/2^e), or towards 0 (round=down).

   Powers of two: 2^(T-254), ..., 2^T with 2^(T-1) <= max |x_j| < 2^T, that is, 8 bits, and 0.  What is below the smallest one is rounded to
   it or to 0 by the same rule.  Doubles have more exponents than 8 bits hold, but those further below the largest entry do not matter: of
   all d such entries the variance is at most d 2^(2T-510) <= d 2^-508 max x_j^2, which no double shows beside

     omega = 1/8 (stochastic)      alpha = 3/4 (down)

   x of which an entry is above 2^1023 has no 2^T that is a double, and is refused by round=stochastic.

   Wire: T + 2048, 16 bits, or 0 for x = 0; then runs of at most LAC_RUN coordinates: the exponents, 8-bit symbols, c = 0 for 0 and else for
   2^(T-255+c); the signs, 1-bit symbols, 1 for negative.  A zero has no sign. */
#include "parts/minifloat.h"
#include "rng.h"
#include "parts/signs.h"
#include "vec.h"

#include <math.h>

typedef struct { int round; } params;
enum { STOCHASTIC, DOWN };
static const lac_option options[] = {
  { "round", LAC_CHOICE, offsetof(params, round), "stochastic", NULL, "stochastic|down",
    "stochastic: unbiased; down: towards 0, contractive" },
  { 0 }
};

enum { CODES = 256, BIAS = 2048, LEAST = -1073, MOST = 1024, PART = 2048, WORDS = LAC_RUN / 64 };

static int is_random(const lac_site *s) { return ((const params *)s->params)->round == STOCHASTIC; }

LAC_VECTORISED
static void round_random(lac_minifloat to, double times, size_t count, const double *restrict x, const uint32_t *restrict word,
                         uint8_t *restrict c)
{
  for (size_t j = 0; j < count; j++)
    c[j] = (uint8_t)lac_minifloat_random(&to, fabs(x[j]) * times, word[j]);
}

LAC_VECTORISED
static void round_down(lac_minifloat to, double times, size_t count, const double *restrict x, uint8_t *restrict c)
{
  for (size_t j = 0; j < count; j++)
    c[j] = (uint8_t)lac_minifloat_down(&to, fabs(x[j]) * times);
}

/* With 2^-1074 to 2^T in the range of normal numbers. */
static int put_run(const lac_site *s, int top, size_t count, const double *x, uint8_t *c, uint64_t *sign, lac_msg *m)
{
  uint32_t word[PART];
  int shift = top < -700 ? 600 : 0;
  lac_minifloat to = lac_minifloat_of(0, top + shift - (CODES - 2));
  for (size_t at = 0, part; at < count; at += part) {
    part = count - at < PART ? count - at : PART;
    if (is_random(s)) {
      LAC_TRY(lac_rng_words(s->rng, word, part));
      round_random(to, ldexp(1, shift), part, x + at, word, c + at);
    } else
      round_down(to, ldexp(1, shift), part, x + at, c + at);
  }
  uint64_t nonzero[WORDS];
  lac_sign_bits(count, x, sign);
  lac_nonzero_bits(count, c, nonzero);
  for (size_t i = 0; i < LAC_SIGN_WORDS(count); i++)
    sign[i] &= nonzero[i];
  LAC_TRY(lac_symbols_put(s, c, count, 8, m));
  return lac_sign_bits_put(s, sign, count, m);
}

static int make_room(const lac_site *s, uint8_t **c, uint64_t **sign)
{
  *c = lac_scratch(s, 0, LAC_RUN);
  *sign = lac_scratch(s, 1, (WORDS + 1) * sizeof **sign);
  return *c && *sign ? LAC_OK : LAC_ENOMEM;
}

static size_t run_at(const lac_site *s, size_t at) { return s->d - at < LAC_RUN ? s->d - at : LAC_RUN; }

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  uint8_t *c;
  uint64_t *sign;
  double most = lac_largest(s->d, x);
  int top = most > 0 && isfinite(most) ? ilogb(most) + 1 : -BIAS;
  LAC_TRY(make_room(s, &c, &sign));
  if (!isfinite(most))
    return lac_fail(LAC_EDIVERGED, "a vector to be sent is not finite");
  if (is_random(s) && most > 0x1p1023)
    return lac_fail(LAC_EDIVERGED, "natural: %g has no power of two above it", most);
  LAC_TRY(lac_msg_put(m, (uint64_t)(top + BIAS), 16));
  for (size_t at = 0; at < s->d; at += run_at(s, at))
    LAC_TRY(put_run(s, top == -BIAS ? 0 : top, run_at(s, at), x + at, c, sign, m));
  return LAC_OK;
}

/* Whether all codes stand for numbers, and no zero has a sign. */
static int are_codes(size_t count, const uint8_t *c, const uint64_t *sign, uint8_t most)
{
  uint64_t nonzero[WORDS], bad = 0;
  lac_nonzero_bits(count, c, nonzero);
  for (size_t i = 0; i < LAC_SIGN_WORDS(count); i++)
    bad |= sign[i] & ~nonzero[i];
  for (size_t j = 0; most < CODES - 1 && j < count; j++)
    bad |= c[j] > most;
  return !bad;
}

/* y_j += scale 2^(low + c_j), with its sign, and 0 where c_j is; low > -1023, so that the powers are normal numbers. */
LAC_VECTORISED
static void add_powers(size_t count, const uint8_t *restrict c, const uint64_t *restrict sign, int low, double scale, double *restrict y)
{
  typedef uint64_t words __attribute__((vector_size(32)));
  typedef double lanes __attribute__((vector_size(32)));
  typedef uint8_t bytes __attribute__((vector_size(4)));
  enum { LANES = 4 };
  const uint64_t first = (uint64_t)(1023 + low), top = UINT64_C(1) << 63;
  for (size_t j = 0; j + LANES <= count; j += LANES) {
    bytes four;
    lanes at;
    memcpy(&four, c + j, sizeof four);
    memcpy(&at, y + j, sizeof at);
    words k = __builtin_convertvector(four, words), minus = (sign[j / 64] >> j % 64 << (words){ 63, 62, 61, 60 }) & top;
    lanes v = (lanes)((k + first) << 52) * scale;
    at += (lanes)(((words)v & (words)(k != 0)) ^ minus);
    memcpy(y + j, &at, sizeof at);
  }
  for (size_t j = count / LANES * LANES; j < count; j++) {
    double v = c[j] ? scale * ldexp(1, low + c[j]) : 0;
    y[j] += sign[j / 64] >> j % 64 & 1 ? -v : v;
  }
}

static void add_values(size_t count, const uint8_t *c, const uint64_t *sign, int low, double scale, double *y)
{
  double value[CODES] = { 0 };
  for (int k = 1; k < CODES; k++)
    value[k] = scale * ldexp(1, low + k);
  for (size_t j = 0; j < count; j++)
    y[j] += sign[j / 64] >> j % 64 & 1 ? -value[c[j]] : value[c[j]];
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  uint8_t *c;
  uint64_t *sign, base;
  LAC_TRY(make_room(s, &c, &sign));
  LAC_TRY(lac_msg_get(m, 16, &base));
  int top = (int)base - BIAS, most = base == 0 ? 0 : top == MOST ? CODES - 2 : CODES - 1, low = top - (CODES - 1);
  if (base && (top < LEAST || top > MOST))
    return lac_fail(LAC_EFORMAT, "natural: the message has the largest exponent %d", top);
  for (size_t at = 0; at < s->d; at += run_at(s, at)) {
    size_t count = run_at(s, at);
    LAC_TRY(lac_symbols_get(s, m, c, count, 8));
    LAC_TRY(lac_sign_bits_get(s, m, sign, count));
    if (!are_codes(count, c, sign, (uint8_t)most))
      return lac_fail(LAC_EFORMAT, "natural: the message has a code that stands for no number");
    (low > -1022 && base ? add_powers : add_values)(count, c, sign, base ? low : 0, scale, y + at);
  }
  return LAC_OK;
}

static uint64_t bits(const lac_site *s, int *exact)
{
  return 16 + lac_symbols_bits(s, s->d, 8, exact) + lac_symbols_bits(s, s->d, 1, exact);
}

static int alpha(const lac_site *s, double *a)
{
  *a = 0.75;
  return is_random(s) ? LAC_ENOTSUP : LAC_OK;
}

static int omega(const lac_site *s, double *w)
{
  *w = 0.125;
  return is_random(s) ? LAC_OK : LAC_ENOTSUP;
}

const lac_compressor_type lac_compressor_natural = {
  .name = "natural",
  .summary = "powers of two, 9 bits; unbiased, omega = 1/8; or rounded down, alpha = 3/4",
  .reference = "Horvath, Ho, Horvath, Sahu, Canini, Richtarik 2019, arXiv:1905.10988",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
};
