/* words.h: every coordinate as an IEEE 754 number of 16 or 32 bits, to nearest (ties to even) or at random without bias.

   With h = 2^-mantissa: to nearest, an entry is off by at most h/(2+h) of itself; at random, its variance is at most h^2/(4(1+h)) of its
   square, as t(1-t)h^2/(1+th)^2 is for t = 1/(2+h).

   Without `shared` that holds for entries in the normal range of the format (2^-126 and more); smaller ones are as good as its subnormal
   numbers, and entries beyond its largest number are refused.  With it, x is sent as 2^e times such numbers, the largest in
   [2^14, 2^15), so that any x is served; entries of less than 2^-14 then, that is, 2^-28 of the largest, add at most
   (d-1) 2^-78 to both.

   Wire: if shared, e + 2048 (16 bits; 0: x = 0); then the numbers, `width` bits each. */
#ifndef LAC_WORDS_H
#define LAC_WORDS_H

#include "compressor.h"

typedef struct {
  unsigned width;            /* 16 or 32 */
  int mantissa, least;       /* as in minifloat.h */
  uint32_t top;              /* code of the largest number */
  int random, shared;
} lac_words;

int lac_words_encode(const lac_site *s, const lac_words *w, const double *x, lac_msg *m);
int lac_words_decode_add(const lac_site *s, const lac_words *w, double scale, lac_msg *m, double *y);
uint64_t lac_words_bits(const lac_site *s, const lac_words *w, int *exact);
/* ENOTSUP when the rounding is of the other kind. */
int lac_words_alpha(const lac_site *s, const lac_words *w, double *alpha);
int lac_words_omega(const lac_site *s, const lac_words *w, double *omega);

#endif
