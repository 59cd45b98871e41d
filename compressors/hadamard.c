/* A random rotation in front of another compressor, "hadamard+sign": z = H D x / sqrt(P), with P >= d a power of two, x continued by
   zeros, D random signs and H the Hadamard matrix, H_ij = (-1)^popcount(i & j).  Back: D H / sqrt(P), the inverse, and the first
   d numbers of it.

   The rotation keeps lengths and leaving out coordinates shortens no error, so that alpha and omega are those of the next stage, for P
   numbers.  They hold for every draw; that errors are far smaller on average is what the rotation is for.

   Wire: that of the next stage for z, or P values.  The signs, one bit each from the lowest of the stream's numbers on, are drawn first. */
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

/* One step, on the halves of each piece of v. */
LAC_VECTORISED
static void twos(size_t size, size_t half, double *v)
{
  for (size_t at = 0; at < size; at += 2 * half) {
    double *restrict a = v + at, *restrict b = v + at + half;
    for (size_t j = 0; j < half; j++) {
      double sum = a[j] + b[j], gap = a[j] - b[j];
      a[j] = sum;
      b[j] = gap;
    }
  }
}

/* Two steps at once, on the quarters of each piece. */
LAC_VECTORISED
static void fours(size_t size, size_t quarter, double *v)
{
  for (size_t at = 0; at < size; at += 4 * quarter) {
    double *restrict a = v + at, *restrict b = a + quarter, *restrict c = b + quarter, *restrict d = c + quarter;
    for (size_t j = 0; j < quarter; j++) {
      double p = a[j] + b[j], q = a[j] - b[j], r = c[j] + d[j], t = c[j] - d[j];
      a[j] = p + r;
      b[j] = q + t;
      c[j] = p - r;
      d[j] = q - t;
    }
  }
}

/* v = H v.  Quarter by quarter, so that what fits into a cache is done there. */
static void transform(size_t size, double *v)
{
  enum { PART = 1 << 10 };
  size_t done = 1;
  if (size > PART) {
    done = size / 4;
    for (size_t i = 0; i < 4; i++)
      transform(done, v + i * done);
  }
  for (; 4 * done <= size; done *= 4)
    fours(size, done, v);
  if (done < size)
    twos(size, done, v);
}

LAC_VECTORISED
static void times_signs(size_t count, double factor, const uint32_t *sign, const double *x, double *to)
{
  for (size_t j = 0; j < count; j++)
    to[j] = (sign[j / 32] >> j % 32 & 1 ? -factor : factor) * x[j];
}

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
  times_signs(s->d, 1 / sqrt((double)size), sign, x, z);
  lac_zero(size - s->d, z + s->d);
  transform(size, z);
  return lac_values_put(s, format(s), size, z, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  size_t size = padded(s);
  uint32_t *sign;
  double *z, root = 1 / sqrt((double)size);
  LAC_TRY(make_room(s, &z, &sign));
  LAC_TRY(lac_values_get(s, format(s), size, m, z));
  for (size_t j = 0; j < size; j++)
    z[j] *= root;
  transform(size, z);
  times_signs(s->d, 1, sign, z, z);
  if (!lac_all_finite(s->d, z))
    return lac_fail(LAC_EFORMAT, "hadamard: the message holds values whose rotation is not finite");
  lac_axpy(s->d, scale, z, y);
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
