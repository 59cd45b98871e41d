/* minifloat.h: rounding a double to a floating-point number with fewer bits, in its bits.

   The code of such a number counts the numbers from 0 up: exponent and mantissa as in IEEE 754, subnormal ones below 2^least. */
#ifndef LAC_MINIFLOAT_H
#define LAC_MINIFLOAT_H

#include <stdint.h>
#include <string.h>

typedef struct {
  unsigned drop;            /* mantissa bits of a double that go */
  double low;               /* 2^least */
  uint64_t first;           /* code of `low` in a double's bits, from which all codes are counted */
} lac_minifloat;

static inline lac_minifloat lac_minifloat_of(int mantissa, int least)
{
  lac_minifloat f = { .drop = 52 - (unsigned)mantissa, .first = (uint64_t)(1023 + least) << mantissa };
  uint64_t bits = (uint64_t)(1023 + least) << 52;
  memcpy(&f.low, &bits, sizeof bits);
  return f;
}

/* Below 2^least, 2^least is added: the sum has the mantissa of the subnormal number. */
static inline uint64_t lac_minifloat_bits(const lac_minifloat *f, double a, uint64_t *below)
{
  uint64_t bits;
  double v = a < f->low ? a + f->low : a;
  memcpy(&bits, &v, sizeof bits);
  *below = a < f->low;
  return bits;
}

static inline uint64_t lac_minifloat_code(const lac_minifloat *f, uint64_t bits, uint64_t below, unsigned mantissa)
{
  return (bits >> f->drop) - f->first + ((below ^ 1) << mantissa);
}

/* a >= 0, not beyond the largest number.  To nearest, ties to the even code; mantissa > 0. */
static inline uint64_t lac_minifloat_nearest(const lac_minifloat *f, double a)
{
  uint64_t below, bits = lac_minifloat_bits(f, a, &below);
  bits += (UINT64_C(1) << (f->drop - 1)) - 1 + (bits >> f->drop & 1);
  return lac_minifloat_code(f, bits, below, 52 - f->drop);
}

/* Up when the word, u = (word + 1/2) 2^-32, is at least the distance from the number above in units of the gap: without bias. */
static inline uint64_t lac_minifloat_random(const lac_minifloat *f, double a, uint32_t word)
{
  uint64_t below, bits = lac_minifloat_bits(f, a, &below);
  bits += (2 * (uint64_t)word + 1) << (f->drop - 33);
  return lac_minifloat_code(f, bits, below, 52 - f->drop);
}

/* Towards 0. */
static inline uint64_t lac_minifloat_down(const lac_minifloat *f, double a)
{
  uint64_t below, bits = lac_minifloat_bits(f, a, &below);
  return lac_minifloat_code(f, bits, below, 52 - f->drop);
}

#endif
