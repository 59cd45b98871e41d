/* A random rotation in front of another compressor, "hadamard+sign": z = H D x / sqrt(P).  P is the power of two next to d from above, x
   is continued by zeros, D holds random signs and H is the Hadamard matrix, H_ij = (-1)^popcount(i & j).  The decoder applies the inverse,
   D H / sqrt(P), and takes the first d numbers.

   The rotation keeps lengths, and dropping the padding increases no error, so alpha and omega are those of the next stage for P numbers.
   They hold for every draw; the average error is far smaller, which is why one rotates.

   Wire: that of the next stage for z, or P values.  The signs, one bit each from the lowest of the stream's numbers on, are drawn first.

   Every sum is formed in the order of the textbook's loop over strides 1, 2, 4, ..., whatever is done together. */
#include "compressor.h"
#include "rng.h"
#include "vec.h"

#include <math.h>

typedef struct { int value; } params;
static const lac_option options[] = {
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};

static lac_value format(const lac_site *s) { return (lac_value)((const params *)s->params)->value; }

static size_t padded(const lac_site *s)
{
  size_t size = 1;
  while (size < s->d)
    size *= 2;
  return size;
}

/* ---- z = H z: a step of stride 1, 2, 4, ... replaces two numbers that far apart by their sum and difference ---- */

typedef double four __attribute__((vector_size(32)));
typedef int64_t four_bits __attribute__((vector_size(32)));

enum { RADIX = 8, PART = 1 << 11 };      /* vectors that three steps combine; numbers that stay in the first cache */

/* The steps of stride 1 and 2, within a vector. */
static inline __attribute__((always_inline)) void combine_within(four *v)
{
  const four_bits second = { 0, INT64_MIN, 0, INT64_MIN }, upper = { 0, 0, INT64_MIN, INT64_MIN };
  *v = __builtin_shufflevector(*v, *v, 1, 0, 3, 2) + (four)((four_bits)*v ^ second);
  *v = __builtin_shufflevector(*v, *v, 2, 3, 0, 1) + (four)((four_bits)*v ^ upper);
}

/* The steps of stride 1, 2, ... vectors. */
static inline __attribute__((always_inline)) void combine(unsigned count, four *v)
{
#pragma GCC unroll 3
  for (unsigned half = 1; half < count; half *= 2)
#pragma GCC unroll 8
    for (unsigned i = 0; i < count; i++)
      if (!(i & half)) {
        four sum = v[i] + v[i + half];
        v[i + half] = v[i] - v[i + half];
        v[i] = sum;
      }
}

/* The steps of strides `stride` to count/2 `stride`; within: those of strides 1 and 2 before. */
static inline __attribute__((always_inline)) void pass(unsigned count, int within, size_t size, size_t stride, double *z)
{
  for (size_t at = 0; at < size; at += count * stride)
    for (size_t j = at; j < at + stride; j += 4) {
      four v[RADIX];
#pragma GCC unroll 8
      for (unsigned i = 0; i < count; i++) {
        v[i] = *(const four *)(z + j + i * stride);
        if (within)
          combine_within(&v[i]);
      }
      combine(count, v);
#pragma GCC unroll 8
      for (unsigned i = 0; i < count; i++)
        *(four *)(z + j + i * stride) = v[i];
    }
}

LAC_VECTORISED static void first_pass(size_t size, double *z) { pass(RADIX, 1, size, 4, z); }
LAC_VECTORISED static void pass_by_8(size_t size, size_t stride, double *z) { pass(8, 0, size, stride, z); }
LAC_VECTORISED static void pass_by_4(size_t size, size_t stride, double *z) { pass(4, 0, size, stride, z); }
LAC_VECTORISED static void pass_by_2(size_t size, size_t stride, double *z) { pass(2, 0, size, stride, z); }

/* All steps of this stride and larger ones. */
static void steps(size_t size, size_t stride, double *z)
{
  for (; 8 * stride <= size; stride *= 8)
    pass_by_8(size, stride, z);
  if (4 * stride == size)
    pass_by_4(size, stride, z);
  if (2 * stride == size)
    pass_by_2(size, stride, z);
}

static void small_steps(size_t size, double *z)
{
  for (size_t stride = 1; stride < size; stride *= 2)
    for (size_t i = 0; i < size; i++)
      if (!(i & stride)) {
        double sum = z[i] + z[i + stride];
        z[i + stride] = z[i] - z[i + stride];
        z[i] = sum;
      }
}

/* ---- signs ---- */

/* factor D x; sign = NULL: D = 1. */
typedef struct { size_t d; double factor; const uint32_t *sign; const double *x; } scaled;

static inline double with_sign(double x, uint32_t signs, size_t j)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits ^= (uint64_t)(signs >> j) << 63;
  memcpy(&x, &bits, sizeof x);
  return x;
}

LAC_VECTORISED
static void times_signs(size_t count, double factor, const uint32_t *sign, const double *x, double *to)
{
  for (size_t at = 0; at < count; at += 32) {
    uint32_t signs = sign ? sign[at / 32] : 0;
    size_t end = count - at < 32 ? count - at : 32;
    for (size_t j = 0; j < end; j++)
      to[at + j] = with_sign(factor * x[at + j], signs, j);
  }
}

LAC_VECTORISED
static void add_with_signs(size_t count, double scale, const uint32_t *sign, const double *restrict z, double *restrict y)
{
  for (size_t at = 0; at < count; at += 32) {
    size_t end = count - at < 32 ? count - at : 32;
    for (size_t j = 0; j < end; j++)
      y[at + j] += scale * with_sign(z[at + j], sign[at / 32], j);
  }
}

static void fill(const scaled *from, size_t at, size_t size, double *z)
{
  size_t count = from->d < at ? 0 : from->d - at < size ? from->d - at : size;
  times_signs(count, from->factor, from->sign ? from->sign + at / 32 : NULL, from->x + at, z);
  lac_zero(size - count, z + count);
}

/* z = H factor D x for the numbers at..at+size of x.  Each part is transformed first, so that its numbers are still in the cache. */
static void transform(const scaled *from, size_t at, size_t size, double *z)
{
  if (size > PART) {
    size_t part = size / RADIX > PART ? size / RADIX : PART;
    for (size_t i = 0; i < size; i += part)
      transform(from, at + i, part, z + i);
    steps(size, part, z);
    return;
  }
  fill(from, at, size, z);
  if (size < 4 * RADIX) {
    small_steps(size, z);
    return;
  }
  first_pass(size, z);
  steps(size, 4 * RADIX, z);
}

/* ---- the message ---- */

/* P numbers, and the signs of the first d. */
static int make_room(const lac_site *s, double **z, uint32_t **sign)
{
  size_t words = (s->d + 31) / 32;
  *z = lac_scratch(s, 0, padded(s) * sizeof **z);
  *sign = lac_scratch(s, 1, words * sizeof **sign);
  return *z && *sign ? lac_rng_words(s->rng, *sign, words) : LAC_ENOMEM;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  size_t size = padded(s);
  uint32_t *sign;
  double *z;
  LAC_TRY(make_room(s, &z, &sign));
  transform(&(scaled){ s->d, 1 / sqrt((double)size), sign, x }, 0, size, z);
  return lac_values_put(s, format(s), size, z, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  size_t size = padded(s);
  uint32_t *sign;
  double *z;
  LAC_TRY(make_room(s, &z, &sign));
  LAC_TRY(lac_values_get(s, format(s), size, m, z));
  transform(&(scaled){ size, 1 / sqrt((double)size), NULL, z }, 0, size, z);
  for (size_t at = 0, count; at < s->d; at += count) {
    count = s->d - at < PART ? s->d - at : PART;
    if (!lac_all_finite(count, z + at))
      return lac_fail(LAC_EFORMAT, "hadamard: the message holds values whose rotation is not finite");
    add_with_signs(count, scale, sign + at / 32, z + at, y + at);
  }
  return LAC_OK;
}

static const char *refuse(const lac_site *s) { return lac_values_refuse(s, padded(s)); }
static uint64_t bits(const lac_site *s, int *exact) { return lac_values_bits(s, format(s), padded(s), exact); }
static int alpha(const lac_site *s, double *a) { return lac_values_alpha(s, padded(s), a); }
static int omega(const lac_site *s, double *w) { return lac_values_omega(s, padded(s), w); }

static size_t state_size(const lac_site *s)
{
  if (!s->stage->next)
    return 0;
  lac_site next = lac_next(s, padded(s));
  return lac_state_size(&next);
}

const lac_compressor_type lac_compressor_hadamard = {
  .name = "hadamard",
  .summary = "a random rotation in front of another compressor, hadamard+sign: alpha and omega of that one",
  .reference = "Suresh, Yu, Kumar, McMahan 2017, arXiv:1611.00429; Vargaftik et al. 2021, DRIVE, arXiv:2105.08339",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
  .state_size = state_size,
};
