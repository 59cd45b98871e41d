/* arithmetic.h: a binary arithmetic coder on messages.  It codes decisions; both sides know the probability that a decision is 1, in units
   of 2^-16.  The code is a binary fraction, its first digit first:

     low = 0, range = 2^63                         of 63 digits behind the point
     a decision with probability p                 part = floor(range / 2^16) p;  1: range = part;  0: low += part, range -= part
     while range < 2^31                            the first 32 digits of low are final: both times 2^32
     at the end, s = floor(log2 range) - 1         low is rounded up to a multiple of 2^s, and its first 63 - s digits follow

   At most 2 digits more than the sum of -log2 of the probabilities, and 2^-15 of a digit a decision.  The decoder finds out itself where
   the code ends, and every sequence of decisions has one code. */
#ifndef LAC_ARITHMETIC_H
#define LAC_ARITHMETIC_H

#include "msg.h"

#include <string.h>

typedef struct {
  lac_msg *m;
  uint64_t range, start, words;      /* where the code begins; words of 32 digits behind that */
  uint64_t low;                      /* encoder: the 64th bit is a carry */
  uint64_t full;                     /* encoder: words of ones that wait, behind `word`, for a carry */
  uint32_t word;
  int waits;
  uint64_t offset;                   /* decoder: the digits read, minus low */
  uint32_t next;                     /* the 32 behind those, read before they are needed */
} lac_arithmetic;

/* `width` digits (at most 64) from bit `at` on; beyond the end they are 0. */
static inline uint64_t lac_digits(const lac_msg *m, uint64_t at, unsigned width)
{
  lac_msg view = { .buf = m->buf, .nbits = m->nbits, .rpos = at < m->nbits ? at : m->nbits };
  uint64_t bits = 0, left = m->nbits - view.rpos;
  if (width)
    lac_msg_get(&view, left < width ? (unsigned)left : width, &bits);      /* the digit that was written first is the lowest bit */
  bits = __builtin_bswap64(bits);
  bits = (bits & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4 | (bits >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f));
  bits = (bits & UINT64_C(0x3333333333333333)) << 2 | (bits >> 2 & UINT64_C(0x3333333333333333));
  bits = (bits & UINT64_C(0x5555555555555555)) << 1 | (bits >> 1 & UINT64_C(0x5555555555555555));
  return width ? bits >> (64 - width) : 0;
}

static inline uint32_t lac_mirrored(uint32_t word)
{
  word = __builtin_bswap32(word);
  word = (word & 0x0f0f0f0f) << 4 | (word >> 4 & 0x0f0f0f0f);
  word = (word & 0x33333333) << 2 | (word >> 2 & 0x33333333);
  return (word & 0x55555555) << 1 | (word >> 1 & 0x55555555);
}

/* The same of 32 digits, with one load where the message does not end. */
static inline uint32_t lac_word_of_digits(const lac_msg *m, uint64_t at)
{
  uint64_t bits;
  if (at + 64 > m->nbits)
    return (uint32_t)lac_digits(m, at, 32);
  memcpy(&bits, m->buf + at / 8, sizeof bits);
  return lac_mirrored((uint32_t)(bits >> at % 8));
}

static inline int lac_put_digits(lac_msg *m, uint32_t word) { return lac_msg_put(m, lac_mirrored(word), 32); }

/* ---- encoder ---- */

static inline void lac_arithmetic_write(lac_arithmetic *c, lac_msg *m)
{
  *c = (lac_arithmetic){ .m = m, .range = UINT64_C(1) << 63, .start = m->nbits };
}

static inline int lac_arithmetic_shift(lac_arithmetic *c)
{
  uint64_t carry = c->low >> 63;
  uint32_t word = (uint32_t)(c->low >> 31);
  c->low = (c->low & INT32_MAX) << 32;
  c->range <<= 32;
  c->words++;
  if (word == UINT32_MAX && !carry && c->waits) {
    c->full++;
    return LAC_OK;
  }
  if (c->waits)
    LAC_TRY(lac_put_digits(c->m, c->word + (uint32_t)carry));
  for (; c->full; c->full--)
    LAC_TRY(lac_put_digits(c->m, carry ? 0 : UINT32_MAX));
  c->word = word;
  c->waits = 1;
  return LAC_OK;
}

/* range - part is (2^16 - p) floor(range / 2^16) + range mod 2^16: so the next range waits for one product and one sum. */
static inline int lac_arithmetic_put(lac_arithmetic *c, unsigned decision, uint32_t p)
{
  uint64_t units = c->range >> 16, zero = (uint64_t)decision - 1, factor = (p & ~zero) | ((65536 - p) & zero);
  c->low += units * p & zero;
  c->range = units * factor + (c->range & zero & UINT16_MAX);
  return c->range >> 31 ? LAC_OK : lac_arithmetic_shift(c);
}

static inline unsigned lac_arithmetic_spare(const lac_arithmetic *c) { return 62 - (unsigned)__builtin_clzll(c->range); }

static inline int lac_arithmetic_end(lac_arithmetic *c)
{
  unsigned spare = lac_arithmetic_spare(c);
  uint64_t end = c->start + 32 * c->words + 63 - spare, unit = UINT64_C(1) << spare;
  c->low = (c->low + unit - 1) & ~(unit - 1);
  for (int i = 0; i < 3; i++)                                /* the third is 0 and writes the waiting words */
    LAC_TRY(lac_arithmetic_shift(c));
  lac_msg_cut(c->m, end);
  return LAC_OK;
}

/* ---- decoder ---- */

/* a < b ? yes : no.  A branch would be a guess, as a decision is, and compilers do make one. */
static inline uint64_t lac_if_below(uint64_t a, uint64_t b, uint64_t yes, uint64_t no)
{
#if defined(__x86_64__) && defined(__GNUC__)
  __asm__("cmp\t%2, %1\n\tcmovb\t%3, %0" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
  return no;
#else
  uint64_t below = -(uint64_t)(a < b);
  return (yes & below) | (no & ~below);
#endif
}

static inline void lac_arithmetic_read(lac_arithmetic *c, lac_msg *m)
{
  *c = (lac_arithmetic){ .m = m, .range = UINT64_C(1) << 63, .start = m->rpos, .offset = lac_digits(m, m->rpos, 63),
                         .next = lac_word_of_digits(m, m->rpos + 63) };
}

static inline unsigned lac_arithmetic_get(lac_arithmetic *c, uint32_t p)
{
  uint64_t part = (c->range >> 16) * p, is_one = -(uint64_t)(c->offset < part);
  c->range = lac_if_below(c->offset, part, part, c->range - part);
  c->offset -= part & ~is_one;
  if (c->range >> 31 == 0) {
    c->offset = c->offset << 32 | c->next;
    c->next = lac_word_of_digits(c->m, c->start + 63 + 32 * ++c->words);
    c->range <<= 32;
  }
  return is_one & 1;
}

/* EFORMAT: it ends beyond the message, or the encoder would have written other digits. */
static inline int lac_arithmetic_done(lac_arithmetic *c)
{
  unsigned spare = lac_arithmetic_spare(c);
  uint64_t end = c->start + 32 * c->words + 63 - spare, behind;
  if (end > c->m->nbits)
    return lac_fail(LAC_EFORMAT, "the message ends too early");
  behind = lac_digits(c->m, end, spare);
  c->m->rpos = end;
  if (c->offset < behind || c->offset - behind >= UINT64_C(1) << spare)
    return lac_fail(LAC_EFORMAT, "an arithmetic code is not the shortest of its decisions");
  return LAC_OK;
}

#endif
