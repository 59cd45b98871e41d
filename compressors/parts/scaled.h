/* scaled.h: what quantisers have in common that cut x into blocks and send of each one scale, and of each coordinate a level of it.

     C(x)_j = sign(x_j) l_k s     0 = l_0 < l_1 < ... < l_top, s the scale of the block

   Wire: groups of as many whole blocks as fit into LAC_RUN coordinates, at least one; the last may be short.  Of each group the scales,
   then the codes in runs of at most LAC_RUN symbols: bits 0 to w-2 of a code are k, bit w-1 is the sign, w = 1 + (bits of top).  A zero has
   no sign, and all codes of a block with s = 0 are 0.  `binary`: w = 1, there is no zero and the code is the sign.

   A scale in f32 is rounded up, so that no level lies beyond the last; one below the normal numbers of f32 is 0, and the block with it. */
#ifndef LAC_SCALED_H
#define LAC_SCALED_H

#include "symbols.h"

enum { LAC_LEVELS = 128 };

typedef struct lac_scaled {
  uint64_t block;            /* coordinates that share a scale; 0: all */
  lac_value format;          /* of a scale on the wire */
  int draws;                 /* one number of the stream a coordinate */
  int binary;
  const uint64_t *signs;     /* binary, one block: where they have been taken already (signs.h); NULL: nowhere */
  unsigned top;
  double level[LAC_LEVELS];
  /* The scale of a block, not yet rounded; not finite when an entry of x is not. */
  double (*scale)(const struct lac_scaled *q, size_t count, const double *x);
  /* The level of every coordinate, k or -k; s > 0.  word: NULL unless it draws. */
  void (*levels)(const struct lac_scaled *q, double s, size_t count, const double *x, const uint32_t *word, int8_t *k);
  int floats;                /* the levels are those of lac_scaled_floats; else they are uniform */
  int mantissa, least;
  double own;                /* what `scale` needs to know: the compressor's own */
} lac_scaled;

int lac_scaled_encode(const lac_site *s, const lac_scaled *q, const double *x, lac_msg *m);
int lac_scaled_decode_add(const lac_site *s, const lac_scaled *q, double scale, lac_msg *m, double *y);
uint64_t lac_scaled_bits(const lac_site *s, const lac_scaled *q, int *exact);
size_t lac_scaled_block(const lac_site *s, const lac_scaled *q);      /* the longest block */

/* Rows of an option table; the members of params are called as the options are. */
#define LAC_BLOCK_OPTION(params, all) \
  { "block", LAC_UINT, offsetof(params, block), all, NULL, NULL, "coordinates that share a scale; 0: all" }
#define LAC_SCALE_OPTION(params) \
  { "scale", LAC_CHOICE, offsetof(params, scale), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a scale" }

/* ---- scales ---- */

/* Not finite when an entry of x is not, or when the sum is none. */
double lac_norm1(size_t d, const double *x);
double lac_norm2(size_t d, const double *x);
double lac_scale_largest(const lac_scaled *q, size_t count, const double *x);      /* max |x_j| / l_top */
double lac_scale_norm2(const lac_scaled *q, size_t count, const double *x);

/* ---- levels ---- */

void lac_signs(size_t count, const double *x, uint8_t *code);      /* 1 for x_j < 0, else 0 */

/* l_k = k/top: k = floor(|x| top/s + u), u = 1/2 without words. */
void lac_uniform_levels(const lac_scaled *q, double s, size_t count, const double *x, const uint32_t *word, int8_t *k);
/* Floating-point numbers with `mantissa` bits behind the leading one, and below 2^least multiples of 2^(least - mantissa): to nearest, or,
   with words, up when u is at least the distance from the upper one, in units of the gap. */
void lac_float_levels(const lac_scaled *q, double s, size_t count, const double *x, const uint32_t *word, int8_t *k);
void lac_scaled_uniform(lac_scaled *q, unsigned top);
void lac_scaled_floats(lac_scaled *q, int mantissa, int least, unsigned top);

/* ---- constants, for blocks of b whose largest entry is the last level ----

   Rounded to nearest: that entry is exact, each other one is u with the error e, and rho = max |C(x)-x|^2/|x|^2 is the root of
   (b-1) max_u (e^2 - rho u^2) = rho l_top^2.  e^2 - rho u^2 is convex in u between a level and the middle m of a gap h, and not positive
   at the level: rho = max over the gaps of (b-1) h^2/4 / (l_top^2 + (b-1) m^2), attained.

   At random, without bias: the variance is (u-l)(h-u) in the gap (l, h), and omega is the root of
   (b-1) max_u ((u-l)(h-u) - omega u^2) = omega l_top^2, that is of
   l_top^2 omega^2 + (l_top^2 + (b-1) l h) omega = (b-1) (h-l)^2/4, the largest over the gaps.

   delta = 2^-23: a scale in f32, rounded up by a factor of at most 1 + delta, costs no more than alpha (1 - 4 delta) and
   omega (1 + 4 delta) + 2 delta. */
double lac_nearest_alpha(const lac_site *s, const lac_scaled *q);
double lac_random_omega(const lac_site *s, const lac_scaled *q);
/* The same; ENOTSUP when the rounding is of the other kind. */
int lac_scaled_alpha(const lac_site *s, const lac_scaled *q, double *alpha);
int lac_scaled_omega(const lac_site *s, const lac_scaled *q, double *omega);

#endif
