/* minifloat.h: rounding a double to a floating-point number with fewer bits, in its bits.

   The code of such a number counts the numbers from 0 up: exponent and mantissa as in IEEE 754, subnormal ones below 2^least. */
#ifndef LAC_MINIFLOAT_H
#define LAC_MINIFLOAT_H

#include <stdint.h>
#include <string.h>

typedef struct {
  int drop;                 /* mantissa bits of a double that go */
  int up, down;             /* 33 random bits to as many */
  int64_t low;              /* 2^least, in bits */
  int64_t first;            /* code of 2^least among all doubles' */
} lac_minifloat;

static inline lac_minifloat lac_minifloat_of(int mantissa, int least)
{
  int drop = 52 - mantissa;
  return (lac_minifloat){ .drop = drop, .up = drop > 33 ? drop - 33 : 0, .down = drop < 33 ? 33 - drop : 0,
                          .low = (int64_t)(1023 + least) << 52, .first = (int64_t)(1023 + least) << mantissa };
}

/* Below 2^least, 2^least is added: the sum has the mantissa of the subnormal number.  Without branches and with shifts
   of unsigned numbers, so that loops vectorise: AVX2 has no other shift of 64 bits to the right. */
static inline int64_t lac_minifloat_bits(const lac_minifloat *f, double a, int64_t *below)
{
  int64_t bits, add;
  double low;
  memcpy(&bits, &a, sizeof bits);
  *below = -(int64_t)(bits < f->low);
  add = f->low & *below;
  memcpy(&low, &add, sizeof low);
  a += low;
  memcpy(&bits, &a, sizeof bits);
  return bits;
}

static inline int64_t lac_minifloat_code(const lac_minifloat *f, int64_t bits, int64_t below)
{
  return (int64_t)((uint64_t)bits >> f->drop) - f->first + (((int64_t)1 << (52 - f->drop)) & ~below);
}

/* a >= 0, not beyond the largest number.  To nearest, ties to the even code; mantissa > 0. */
static inline int64_t lac_minifloat_nearest(const lac_minifloat *f, double a)
{
  int64_t below, bits = lac_minifloat_bits(f, a, &below);
  bits += ((int64_t)1 << (f->drop - 1)) - 1 + (int64_t)((uint64_t)bits >> f->drop & 1);
  return lac_minifloat_code(f, bits, below);
}

/* Up when the word, u = (word + 1/2) 2^-32, is at least the distance from the number above in units of the gap: without bias. */
static inline int64_t lac_minifloat_random(const lac_minifloat *f, double a, uint32_t word)
{
  int64_t below, bits = lac_minifloat_bits(f, a, &below);
  bits += (int64_t)((2 * (uint64_t)word + 1) << f->up >> f->down);
  return lac_minifloat_code(f, bits, below);
}

/* Towards 0. */
static inline int64_t lac_minifloat_down(const lac_minifloat *f, double a)
{
  int64_t below, bits = lac_minifloat_bits(f, a, &below);
  return lac_minifloat_code(f, bits, below);
}

#endif
