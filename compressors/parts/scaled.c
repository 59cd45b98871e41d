#include "scaled.h"

#include "signs.h"
#include "minifloat.h"
#include "rng.h"
#include "vec.h"
#include <float.h>
#include <math.h>

/* ---- scales ---- */

/* Sums have an order of their own, that of 16 lanes; in vectors of 32 bytes, which stay in registers. */
typedef double lanes __attribute__((vector_size(32)));
typedef int64_t words __attribute__((vector_size(32)));
enum { WIDTH = 4, LANES = 4 * WIDTH };

static double sum_of(const lanes *a, const double *rest, size_t count)
{
  double sum = 0;
  for (size_t l = 0; l < LANES / 2; l++)
    sum += a[l / WIDTH][l % WIDTH] + a[(l + LANES / 2) / WIDTH][l % WIDTH];
  for (size_t j = 0; j < count; j++)
    sum += rest[j];
  return sum;
}

LAC_VECTORISED
double lac_norm1(size_t d, const double *x)
{
  lanes a[LANES / WIDTH] = { { 0 } }, v;
  double rest[LANES];
  size_t j = 0;
  for (; j + LANES <= d; j += LANES)
    for (size_t i = 0; i < LANES / WIDTH; i++) {
      memcpy(&v, x + j + WIDTH * i, sizeof v);
      a[i] += (lanes)((words)v & INT64_MAX);
    }
  for (size_t i = 0; i < d - j; i++)
    rest[i] = fabs(x[j + i]);
  return sum_of(a, rest, d - j);
}

LAC_VECTORISED
static double sum_of_squares(size_t d, const double *x, double times)
{
  lanes a[LANES / WIDTH] = { { 0 } }, v;
  double rest[LANES];
  size_t j = 0;
  for (; j + LANES <= d; j += LANES)
    for (size_t i = 0; i < LANES / WIDTH; i++) {
      memcpy(&v, x + j + WIDTH * i, sizeof v);
      v *= times;
      a[i] += v * v;
    }
  for (size_t i = 0; i < d - j; i++)
    rest[i] = x[j + i] * times * (x[j + i] * times);
  return sum_of(a, rest, d - j);
}

double lac_norm2(size_t d, const double *x)
{
  double sum = sum_of_squares(d, x, 1), most;
  if (sum > 0x1p-900 && sum < 0x1p1000)
    return sqrt(sum);
  most = lac_largest(d, x);
  if (most == 0 || !isfinite(most))
    return most;
  int e = ilogb(most) < -1000 ? -1000 : ilogb(most);
  return ldexp(sqrt(sum_of_squares(d, x, ldexp(1, -e))), e);
}

double lac_scale_largest(const lac_scaled *q, size_t count, const double *x) { return lac_largest(count, x) / q->level[q->top]; }
double lac_scale_norm2(const lac_scaled *q, size_t count, const double *x) { return (void)q, lac_norm2(count, x); }

/* To the number that the wire holds. */
static int round_scale(const lac_scaled *q, size_t count, const double *x, double *s)
{
  if (!isfinite(*s))
    return lac_fail(LAC_EDIVERGED, lac_all_finite(count, x) ? "the norm of a vector to be sent is beyond all numbers" :
                                                              "a vector to be sent is not finite");
  if (q->format != LAC_F32)
    return LAC_OK;
  if (*s > FLT_MAX)
    return lac_fail(LAC_EDIVERGED, "a scale of %g is beyond the range of f32; use scale=f64", *s);
  float f = (float)*s;
  f = (double)f < *s ? nextafterf(f, INFINITY) : f;
  *s = f < FLT_MIN ? 0 : (double)f;
  return isfinite(f) ? LAC_OK : lac_fail(LAC_EDIVERGED, "a scale of %g is beyond the range of f32; use scale=f64", *s);
}

/* ---- levels ---- */

/* 1/s as two factors: that of a subnormal s is no number. */
typedef struct { double a, b; } inverse;

static inverse inverse_of(double s, double times)
{
  return s < 0x1p-960 ? (inverse){ 0x1p600, times / (s * 0x1p600) } : (inverse){ 1, times / s };
}

/* k or -k, k >= 0, as x is. */
static inline int64_t signed_as(double x, int64_t k)
{
  int64_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = -(int64_t)(bits < 0);
  return (k ^ bits) - bits;
}

LAC_VECTORISED
static void uniform_random(inverse f, double top, size_t count, const double *restrict x, const uint32_t *restrict word,
                           int8_t *restrict k)
{
  for (size_t j = 0; j < count; j++) {
    double u = (double)(int32_t)(word[j] ^ 0x80000000) * 0x1p-32 + (0.5 + 0x1p-33);
    double at = fabs(x[j]) * f.a * f.b;
    k[j] = (int8_t)(int)copysign((at < top ? at : top) + u, x[j]);
  }
}

LAC_VECTORISED
static void uniform_nearest(inverse f, double top, size_t count, const double *restrict x, int8_t *restrict k)
{
  for (size_t j = 0; j < count; j++) {
    double at = fabs(x[j]) * f.a * f.b;
    k[j] = (int8_t)(int)copysign((at < top ? at : top) + 0.5, x[j]);
  }
}

void lac_uniform_levels(const lac_scaled *q, double s, size_t count, const double *x, const uint32_t *word, int8_t *k)
{
  inverse f = inverse_of(s, q->top);
  if (word)
    uniform_random(f, q->top, count, x, word, k);
  else
    uniform_nearest(f, q->top, count, x, k);
}

LAC_VECTORISED
static void float_random(lac_minifloat to, inverse f, int64_t top, size_t count, const double *restrict x, const uint32_t *restrict word,
                         int8_t *restrict k)
{
  for (size_t j = 0; j < count; j++) {
    int64_t at = lac_minifloat_random(&to, fabs(x[j]) * f.a * f.b, word[j]);
    k[j] = (int8_t)signed_as(x[j], at < top ? at : top);
  }
}

LAC_VECTORISED
static void float_nearest(lac_minifloat to, inverse f, int64_t top, size_t count, const double *restrict x, int8_t *restrict k)
{
  for (size_t j = 0; j < count; j++) {
    int64_t at = lac_minifloat_nearest(&to, fabs(x[j]) * f.a * f.b);
    k[j] = (int8_t)signed_as(x[j], at < top ? at : top);
  }
}

void lac_float_levels(const lac_scaled *q, double s, size_t count, const double *x, const uint32_t *word, int8_t *k)
{
  inverse f = inverse_of(s, 1);
  if (word)
    float_random(lac_minifloat_of(q->mantissa, q->least), f, q->top, count, x, word, k);
  else
    float_nearest(lac_minifloat_of(q->mantissa, q->least), f, q->top, count, x, k);
}

void lac_scaled_uniform(lac_scaled *q, unsigned top)
{
  q->top = top;
  for (unsigned k = 0; k <= top; k++)
    q->level[k] = (double)k / top;
  q->levels = lac_uniform_levels;
}

void lac_scaled_floats(lac_scaled *q, int mantissa, int least, unsigned top)
{
  unsigned ones = 1u << mantissa;
  q->floats = 1;
  q->mantissa = mantissa;
  q->least = least;
  q->top = top;
  for (unsigned k = 0; k <= top; k++)
    q->level[k] = k < ones ? ldexp(k, least - mantissa) : ldexp(ones + k % ones, (int)(k / ones) - 1 + least - mantissa);
  q->levels = lac_float_levels;
}

/* ---- the wire ---- */

enum { PART = 2048 };      /* coordinates whose random numbers are drawn at once */

static unsigned width_of(const lac_scaled *q) { return q->binary ? 1 : 33 - (unsigned)__builtin_clz(q->top); }
static uint8_t sign_of(const lac_scaled *q) { return (uint8_t)(1u << (width_of(q) - 1)); }

size_t lac_scaled_block(const lac_site *s, const lac_scaled *q) { return q->block && q->block < s->d ? (size_t)q->block : s->d; }

static size_t group_of(size_t block) { return block >= LAC_RUN ? block : LAC_RUN / block * block; }
static size_t least_of(size_t a, size_t b) { return a < b ? a : b; }

/* A block or what is left of it; its scale. */
typedef struct { size_t count; double s; } piece;

static piece piece_at(size_t block, const double *scales, size_t at, size_t end)
{
  return (piece){ least_of(block - at % block, end - at), scales[at / block] };
}

/* Levels with their sign to codes, in place, and back. */
LAC_VECTORISED
static void codes_of_levels(size_t count, uint8_t sign, uint8_t *code)
{
  for (size_t j = 0; j < count; j++) {
    uint8_t minus = (uint8_t)-(code[j] > INT8_MAX);
    code[j] = (uint8_t)((uint8_t)((code[j] ^ minus) - minus) | (minus & sign));
  }
}

LAC_VECTORISED
static void levels_of_codes(size_t count, uint8_t sign, uint8_t *code)
{
  for (size_t j = 0; j < count; j++) {
    uint8_t k = code[j] & (uint8_t)(sign - 1), minus = (uint8_t)-(code[j] > k);
    code[j] = (uint8_t)((k ^ minus) - minus);
  }
}

LAC_VECTORISED
void lac_signs(size_t count, const double *restrict x, uint8_t *restrict code)
{
  for (size_t j = 0; j < count; j++)
    code[j] = x[j] < 0;
}

static void codes_of_piece(const lac_scaled *q, piece p, const double *x, const uint32_t *word, uint8_t *code)
{
  if (p.s == 0)
    memset(code, 0, p.count);
  else
    q->levels(q, p.s, p.count, x, word, (int8_t *)code);
}

/* Coordinates [from, end) of a group that begins at x. */
static int codes_of_run(const lac_site *s, const lac_scaled *q, size_t block, const double *scales, size_t from, size_t end,
                        const double *x, uint8_t *code)
{
  uint32_t word[PART];
  for (size_t at = from, part; at < end; at += part) {
    part = least_of(PART, end - at);
    if (q->draws)
      LAC_TRY(lac_rng_words(s->rng, word, part));
    for (size_t i = 0; i < part;) {
      piece p = piece_at(block, scales, at + i, at + part);
      codes_of_piece(q, p, x + at + i, q->draws ? word + i : NULL, code + (at - from) + i);
      i += p.count;
    }
  }
  codes_of_levels(end - from, sign_of(q), code);
  return LAC_OK;
}

/* The same of what is binary; `word` is room for them. */
static int put_signs(const lac_site *s, const lac_scaled *q, size_t block, const double *scales, size_t from, size_t end, const double *x,
                     uint64_t *word, lac_msg *m)
{
  if (q->signs && scales[0] > 0)
    return lac_sign_bits_put(s, q->signs + from / 64, end - from, m);
  lac_sign_bits(end - from, x + from, word);
  for (size_t at = from; at < end;) {
    piece p = piece_at(block, scales, at, end);
    for (size_t j = at - from; p.s == 0 && j < at - from + p.count; j++)
      word[j / 64] &= ~(UINT64_C(1) << j % 64);
    at += p.count;
  }
  return lac_sign_bits_put(s, word, end - from, m);
}

static int put_run(const lac_site *s, const lac_scaled *q, size_t block, const double *scales, size_t from, size_t end, const double *x,
                   uint8_t *code, lac_msg *m)
{
  if (q->binary)
    return put_signs(s, q, block, scales, from, end, x, (uint64_t *)code, m);
  LAC_TRY(codes_of_run(s, q, block, scales, from, end, x, code));
  return lac_symbols_put(s, code, end - from, width_of(q), m);
}

static int put_group(const lac_site *s, const lac_scaled *q, size_t block, size_t size, const double *x, double *scales, uint8_t *code,
                     lac_msg *m)
{
  size_t blocks = (size + block - 1) / block;
  for (size_t b = 0; b < blocks; b++) {
    size_t count = least_of(block, size - b * block);
    scales[b] = q->scale(q, count, x + b * block);
    LAC_TRY(round_scale(q, count, x + b * block, &scales[b]));
  }
  LAC_TRY(lac_msg_put_reals(m, q->format, scales, blocks));
  for (size_t at = 0, run; at < size; at += run) {
    run = least_of(LAC_RUN, size - at);
    LAC_TRY(put_run(s, q, block, scales, at, at + run, x, code, m));
  }
  return LAC_OK;
}

/* Scales of a group, codes of a run. */
static int make_room(const lac_site *s, double **scales, uint8_t **code)
{
  *scales = lac_scratch(s, 0, LAC_RUN * sizeof **scales);
  *code = lac_scratch(s, 1, LAC_RUN);
  return *scales && *code ? LAC_OK : LAC_ENOMEM;
}

int lac_scaled_encode(const lac_site *s, const lac_scaled *q, const double *x, lac_msg *m)
{
  size_t block = lac_scaled_block(s, q);
  double *scales;
  uint8_t *code;
  LAC_TRY(make_room(s, &scales, &code));
  for (size_t at = 0, size; at < s->d; at += size) {
    size = least_of(group_of(block), s->d - at);
    LAC_TRY(put_group(s, q, block, size, x + at, scales, code, m));
  }
  return LAC_OK;
}

/* ---- reading ---- */

static int get_scales(const lac_scaled *q, size_t blocks, lac_msg *m, double *scales)
{
  double most = q->binary ? 1 : fmax(q->level[q->top], 1);
  LAC_TRY(lac_msg_get_reals(m, q->format, scales, blocks));
  for (size_t b = 0; b < blocks; b++)
    if (signbit(scales[b]) || scales[b] > DBL_MAX / most)
      return lac_fail(LAC_EFORMAT, "the message has the scale %g", scales[b]);
  return LAC_OK;
}

/* Whether all are at most top, but for the sign, and none is a zero with one. */
LAC_VECTORISED
static int are_codes(size_t count, const uint8_t *code, uint8_t sign, uint8_t top)
{
  uint8_t bad = 0;
  for (size_t j = 0; j < count; j++)
    bad |= (uint8_t)((uint8_t)(code[j] & (sign - 1)) > top) | (uint8_t)(code[j] == sign);
  return !bad;
}

LAC_VECTORISED
static void add_uniform(size_t count, const int8_t *restrict k, double unit, double *restrict y)
{
  for (size_t j = 0; j < count; j++)
    y[j] += unit * (double)k[j];
}

/* A level with a leading one is its own code, exponent and mantissa, in the bits of a float; one without lies in the binade above, and 1 in
   its units is taken away again.  least >= -126. */
LAC_VECTORISED
static void add_floats(int mantissa, int least, size_t count, const uint8_t *restrict code, uint8_t sign, double s, double *restrict y)
{
  const uint32_t first = (uint32_t)(126 + least) << 23, binade = 1u << 23, ones = 1u << mantissa, low = (uint32_t)(127 + least) << 23;
  const int drop = 23 - mantissa, up = 31 - __builtin_ctz(sign);
  for (size_t j = 0; j < count; j++) {
    uint32_t k = code[j] & (uint32_t)(sign - 1), below = -(uint32_t)(k < ones), minus = (code[j] & (uint32_t)sign) << up;
    uint32_t bits = (k << drop) + first + (below & binade), off = low & below;
    float v, o;
    memcpy(&v, &bits, sizeof v);
    memcpy(&o, &off, sizeof o);
    v -= o;
    memcpy(&bits, &v, sizeof bits);
    bits ^= minus;
    memcpy(&v, &bits, sizeof v);
    y[j] += s * (double)v;
  }
}

static int is_zero(size_t count, const uint8_t *code)
{
  uint8_t any = 0;
  for (size_t j = 0; j < count; j++)
    any |= code[j];
  return !any;
}

static int no_sign(size_t count, const uint64_t *word, size_t from)
{
  uint64_t any = 0;
  for (size_t j = from; j < from + count; j++)
    any |= word[j / 64] >> j % 64 & 1;
  return !any;
}

/* Of a run, from its coordinate `at` on. */
static int add_piece(const lac_scaled *q, double factor, piece p, const uint8_t *code, size_t at, double *y)
{
  const uint64_t *word = (const uint64_t *)code;
  if (p.s == 0)
    return (q->binary ? no_sign(p.count, word, at) : is_zero(p.count, code + at)) ? LAC_OK :
           lac_fail(LAC_EFORMAT, "the message has a level of the scale 0");
  if (q->binary)
    lac_add_signs(p.count, word, at, factor * p.s, y);
  else if (q->floats)
    add_floats(q->mantissa, q->least, p.count, code + at, sign_of(q), factor * p.s, y);
  else
    add_uniform(p.count, (const int8_t *)code + at, factor * p.s / q->top, y);
  return LAC_OK;
}

/* Codes of floats, levels of what is uniform, words of what is binary. */
static int get_run(const lac_site *s, const lac_scaled *q, size_t run, lac_msg *m, uint8_t *code)
{
  if (q->binary)
    return lac_sign_bits_get(s, m, (uint64_t *)code, run);
  LAC_TRY(lac_symbols_get(s, m, code, run, width_of(q)));
  if (!are_codes(run, code, sign_of(q), (uint8_t)q->top))
    return lac_fail(LAC_EFORMAT, "the message has a code that stands for no number");
  if (!q->floats)
    levels_of_codes(run, sign_of(q), code);
  return LAC_OK;
}

static int get_group(const lac_site *s, const lac_scaled *q, size_t block, size_t size, double factor, lac_msg *m, double *scales,
                     uint8_t *code, double *y)
{
  LAC_TRY(get_scales(q, (size + block - 1) / block, m, scales));
  for (size_t from = 0, run; from < size; from += run) {
    run = least_of(LAC_RUN, size - from);
    LAC_TRY(get_run(s, q, run, m, code));
    for (size_t at = from; at < from + run;) {
      piece p = piece_at(block, scales, at, from + run);
      LAC_TRY(add_piece(q, factor, p, code, at - from, y + at));
      at += p.count;
    }
  }
  return LAC_OK;
}

int lac_scaled_decode_add(const lac_site *s, const lac_scaled *q, double factor, lac_msg *m, double *y)
{
  size_t block = lac_scaled_block(s, q);
  double *scales;
  uint8_t *code;
  LAC_TRY(make_room(s, &scales, &code));
  for (size_t at = 0, size; at < s->d; at += size) {
    size = least_of(group_of(block), s->d - at);
    LAC_TRY(get_group(s, q, block, size, factor, m, scales, code, y + at));
  }
  return LAC_OK;
}

uint64_t lac_scaled_bits(const lac_site *s, const lac_scaled *q, int *exact)
{
  size_t block = lac_scaled_block(s, q), group = group_of(block);
  uint64_t blocks = (s->d + block - 1) / block, whole = s->d / group, rest = s->d % group;
  uint64_t codes = whole * lac_symbols_bits(s, group, width_of(q), exact) + lac_symbols_bits(s, rest, width_of(q), exact);
  return blocks * lac_value_bits(q->format) + codes;
}

/* ---- constants ---- */

static const double delta = 0x1p-23;

double lac_nearest_alpha(const lac_site *s, const lac_scaled *q)
{
  double others = (double)lac_scaled_block(s, q) - 1, last = q->level[q->top], rho = 0;
  for (unsigned k = 1; k <= q->top; k++) {
    double half = (q->level[k] - q->level[k - 1]) / 2, middle = q->level[k - 1] + half;
    rho = fmax(rho, others * half * half / (last * last + others * middle * middle));
  }
  return (1 - rho) * (q->format == LAC_F32 ? 1 - 4 * delta : 1);
}

double lac_random_omega(const lac_site *s, const lac_scaled *q)
{
  double others = (double)lac_scaled_block(s, q) - 1, last = q->level[q->top], omega = 0;
  for (unsigned k = 1; k <= q->top; k++) {
    double l = q->level[k - 1], h = q->level[k], linear = last * last + others * l * h, right = others * (h - l) * (h - l) / 4;
    omega = fmax(omega, 2 * right / (linear + sqrt(linear * linear + 4 * last * last * right)));
  }
  return q->format == LAC_F32 ? omega * (1 + 4 * delta) + 2 * delta : omega;
}

int lac_scaled_alpha(const lac_site *s, const lac_scaled *q, double *alpha)
{
  *alpha = lac_nearest_alpha(s, q);
  return q->draws ? LAC_ENOTSUP : LAC_OK;
}

int lac_scaled_omega(const lac_site *s, const lac_scaled *q, double *omega)
{
  *omega = lac_random_omega(s, q);
  return q->draws ? LAC_OK : LAC_ENOTSUP;
}
