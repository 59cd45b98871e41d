/* elementary.h: exp, log and what is made of them, in plain arithmetic: the same bits with every C library, compiler and vector length.
   libm's are not correctly rounded and change from one version to the next, so no number of a run may depend on them; sqrt, floor, ldexp
   and their like are exact and stay libm's.

   But for lac_power, there is no branch and no call, so that a loop over many numbers is compiled to vectors.  Each function states its
   largest error over all arguments in ulp, units in the last place of the true value, at least of the least number that is not 0;
   tests/t-elementary.c holds it to that.  A NaN gives a NaN.  The polynomials are minimax; their arguments are reduced as in Muller,
   Elementary Functions, ch. 11. */
#ifndef LAC_ELEMENTARY_H
#define LAC_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline double lac_of_bits_f64(uint64_t bits)
{
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
static inline float lac_of_bits_f32(uint32_t bits)
{
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
static inline uint64_t lac_bits_f64(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
static inline uint32_t lac_bits_f32(float x)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* ---- exp ---- */

/* exp(x) = (1 + small) 2^k; the lowest bits of `shifted` are k.  |x| < 2^15, in single precision 2^12. */
typedef struct { double small; uint64_t shifted; } lac_exp_parts_f64;
typedef struct { float small; uint32_t shifted; } lac_exp_parts_f32;

/* x = k log 2 + r with |r| <= log(2)/2; the polynomial has degree 11. */
static inline lac_exp_parts_f64 lac_exp_split_f64(double x)
{
  double shifted = 0x1.8p52 + x * 0x1.71547652b82fep+0, k = shifted - 0x1.8p52;
  double r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33, r2 = r * r, r4 = r2 * r2;
  double first = (0x1.000000000000ap-1 + 0x1.55555555554f9p-3 * r) + r2 * (0x1.555555555083fp-5 + 0x1.1111111127d0ep-7 * r);
  double second = (0x1.6c16c184388f4p-10 + 0x1.a01a012a0f16fp-13 * r) + r2 * (0x1.a01999e2adeaap-16 + 0x1.71df25b3dfecap-19 * r);
  double third = 0x1.28ad9b49e83adp-22 + 0x1.ad7f3cef2eb83p-26 * r;
  return (lac_exp_parts_f64){ r + r2 * (first + r4 * (second + r4 * third)), lac_bits_f64(shifted) };
}

/* The same with a polynomial of degree 6. */
static inline lac_exp_parts_f32 lac_exp_split_f32(float x)
{
  float shifted = 0x1.8p23f + x * 0x1.715476p+0f, k = shifted - 0x1.8p23f;
  float r = (x - k * 0x1.62ep-1f) - k * 0x1.0bfbe8p-15f, r2 = r * r;
  float tail = (0x1.fffffcp-2f + 0x1.555492p-3f * r) + r2 * ((0x1.5558f2p-5f + 0x1.1239d4p-7f * r) + r2 * 0x1.6a244cp-10f);
  return (lac_exp_parts_f32){ r + r2 * tail, lac_bits_f32(shifted) };
}

/* exp(x): 1.1 ulp.  2^k is two factors, since the result may be no normal number and 2^1024 is none. */
static inline double lac_exp(double x)
{
  lac_exp_parts_f64 e = lac_exp_split_f64(x > 710 ? 710 : x < -746 ? -746 : x);
  uint64_t k = e.shifted - UINT64_C(0x4338000000000000) + 2046, half = k >> 1;
  return (1 + e.small) * lac_of_bits_f64(half << 52) * lac_of_bits_f64((k - half) << 52);
}

/* exp(-u), u >= 0: 1.1 ulp, 1.5 ulp in single precision.  The first factor is 2^512 (2^64) too large, so that it is a normal number
   even where the result is not. */
static inline double lac_exp_minus_f64(double u)
{
  lac_exp_parts_f64 e = lac_exp_split_f64(-(u > 746 ? 746 : u));
  return (1 + e.small) * lac_of_bits_f64((e.shifted + 1023 + 512) << 52) * 0x1p-512;
}
static inline float lac_exp_minus_f32(float u)
{
  lac_exp_parts_f32 e = lac_exp_split_f32(-(u > 104 ? 104 : u));
  return (1 + e.small) * lac_of_bits_f32((e.shifted + 127 + 64) << 23) * 0x1p-64f;
}

/* tanh(z) = (1 - e) / (1 + e), e = exp(-2|z|): 2.5 ulp.  1 - e is (1 - 2^k) - small 2^k, which keeps its digits near 0. */
static inline double lac_tanh_f64(double z)
{
  double u = 2 * fabs(z);
  lac_exp_parts_f64 e = lac_exp_split_f64(-(u > 80 ? 80 : u));
  double power = lac_of_bits_f64((e.shifted + 1023) << 52), rest = e.small * power;
  return copysign(((1 - power) - rest) / (1 + (power + rest)), z);
}
static inline float lac_tanh_f32(float z)
{
  float u = 2 * fabsf(z);
  lac_exp_parts_f32 e = lac_exp_split_f32(-(u > 40 ? 40 : u));
  float power = lac_of_bits_f32((e.shifted + 127) << 23), rest = e.small * power;
  return copysignf(((1 - power) - rest) / (1 + (power + rest)), z);
}

/* ---- log ---- */

/* For x > 0: x = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1, log(m) = f - low. */
typedef struct { double k, f, low; } lac_log_parts;

/* With s = f / (2 + f), h = f^2 / 2: log(1 + f) = 2 atanh(s) = f - (h - s (h + R(s^2))); R is a polynomial. */
static inline lac_log_parts lac_log_split(double x)
{
  double tiny = x < 0x1p-1022 ? 54 : 0;
  uint64_t bits = lac_bits_f64(tiny ? x * 0x1p54 : x);
  uint64_t k = (bits - UINT64_C(0x3fe6a09e667f3bcd) + (UINT64_C(2048) << 52)) >> 52;
  double f = lac_of_bits_f64(bits - ((k - 2048) << 52)) - 1;
  double s = f / (2 + f), z = s * s, z2 = z * z, h = 0.5 * f * f;
  double first = (0x1.5555555555558p-1 + 0x1.9999999995218p-2 * z) + z2 * (0x1.2492492e05210p-2 + 0x1.c71c62cea98a6p-3 * z);
  double second = (0x1.7462ba9b1f690p-3 + 0x1.39fdaa578d824p-3 * z) + z2 * 0x1.2b60775512323p-3;
  double low = h - s * (h + z * (first + z2 * z2 * second));
  return (lac_log_parts){ lac_of_bits_f64(UINT64_C(0x4330000000000000) | k) - (0x1p52 + 2048) - tiny, f, low };
}

/* y where x is positive and finite, and what a logarithm is elsewhere. */
static inline double lac_log_at(double x, double y) { return x > 0 ? x < INFINITY ? y : x : x == 0 ? -INFINITY : NAN; }

/* log(x): 1 ulp. */
static inline double lac_log(double x)
{
  lac_log_parts l = lac_log_split(x);
  return lac_log_at(x, l.k * 0x1.62e42feep-1 + (l.f - (l.low - l.k * 0x1.a39ef35793c76p-33)));
}

/* The logarithm to base 2, exact for powers of 2: 2 ulp. */
static inline double lac_log2(double x)
{
  lac_log_parts l = lac_log_split(x);
  return lac_log_at(x, l.k + (l.f - l.low) * 0x1.71547652b82fep+0);
}

/* log(1 + e), 0 <= e <= 1, with s = e / (2 + e): 1.5 ulp.  As log, with a longer polynomial in the place of k. */
static inline double lac_log1p_unit(double e)
{
  double s = e / (2 + e), z = s * s, z2 = z * z, z4 = z2 * z2, h = 0.5 * e * e;
  double first = (0x1.5555555555535p-1 + 0x1.99999999a083ap-2 * z) + z2 * (0x1.24924920859d8p-2 + 0x1.c71c741f7caeep-3 * z);
  double second = (0x1.745cb39d4a450p-3 + 0x1.3b1de3009f082p-3 * z) + z2 * (0x1.10676a3fdf80bp-3 + 0x1.efdd6b49df01dp-4 * z);
  double third = 0x1.559cb0653f8b3p-4 + 0x1.5c8a03f88e226p-3 * z;
  return e - (h - s * (h + z * (first + z4 * (second + z4 * third))));
}

/* ---- the rest ---- */

/* b^n, by squaring: at most n units of 2^-53 from it, relatively. */
static inline double lac_power(double b, uint64_t n)
{
  double power = 1;
  for (; n; n >>= 1, b *= b)
    power *= n & 1 ? b : 1;
  return power;
}

/* cos(x) for 0 <= x <= pi/2, its series to x^22: at most 2^-52 from it. */
static inline double lac_cos_quarter(double x)
{
  double sum = 1;
  for (int k = 22; k > 0; k -= 2)
    sum = 1 - x * x / (k * (k - 1)) * sum;
  return sum;
}

#endif
