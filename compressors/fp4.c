/* FP4.  E3M0: one sign bit, three exponent bits, no mantissa.  E2M1: two exponent bits and one of mantissa, l = 0, 1/2, 1, 3/2, 2, 3, 4, 6.
   One scale a block, by default for the vector.  Of E3M0, with round=nearest:

     s = max |x_j| / 16        k = 0..7 stands for l_k s, l = 0, 1/4, 1/2, 1, 2, 4, 8, 16
     k of x_j: the nearest l_k s to |x_j|, that is, by the boundaries s b, b = 1/8, 3/8, 3/4, 3/2, 3, 6, 12, a tie going to the
     even k.  Code = sign 2^3 + k; a value that becomes 0 has no sign.  x = 0: s = 0 and all codes 0.

   Wire: scaled.h.  With scale=f32 it is the rounded s that both sides use.

   The published description of Streaming DiLoCo says E3M0 and not where the scale comes from; the largest entry as the
   largest level is the choice made here: that entry is exact, and all below 1/128 of it become 0.

   alpha and omega: scaled.h.  For E3M0, rounded to nearest, the gaps (0, 1/4) and (8, 16) decide:

     alpha = min( (16 + 8(d-1)) / (16 + 9(d-1)),  16384 / (16384 + (d-1)) )

   attained by one entry 16 and d-1 entries 12, or 1/8.  The second is the smaller one from d = 2048 on. */
#include "parts/coded.h"

#include <math.h>
#include <string.h>

typedef struct { uint64_t block; int format, round, scale; } params;
enum { E3M0, E2M1 };
static const lac_option options[] = {
  { "format", LAC_CHOICE, offsetof(params, format), "e3m0", NULL, "e3m0|e2m1", "how the 4 bits are used" },
  LAC_BLOCK_OPTION(params, "0"),
  LAC_ROUND_OPTION(params),
  LAC_SCALE_OPTION(params),
  { 0 }
};

enum { BOUNDARIES = 7 };
static const double boundary[BOUNDARIES] = { 0.125, 0.375, 0.75, 1.5, 3, 6, 12 };

/* last[k]: the largest double that still gets code k or less, so that k is the number of last[] below |x_j|.  3/2 s may not be a
   double: fma tells on which side of it the product was rounded to. */
static void thresholds(double s, double *last)
{
  for (int k = 0; k < BOUNDARIES; k++) {
    double t = boundary[k] * s, beyond = fma(boundary[k], s, -t);
    int up = k % 2 == 1;                                          /* a tie goes to k + 1 */
    last[k] = beyond < 0 || (up && beyond == 0) ? nextafter(t, 0) : t;
  }
}

/* In vectors of 64 bits: gcc would narrow each of the seven comparisons by itself. */
LAC_VECTORISED
static void count_below(const double *last, size_t count, const double *restrict x, int8_t *restrict k)
{
  typedef int64_t words __attribute__((vector_size(32)));
  typedef double lanes __attribute__((vector_size(32)));
  enum { WIDTH = 4, PART = 256 };
  int64_t below[PART];
  size_t at = 0;
  for (size_t part; count - at >= WIDTH; at += part) {
    part = count - at < PART ? (count - at) / WIDTH * WIDTH : PART;
    for (size_t j = 0; j < part; j += WIDTH) {
      lanes v;
      memcpy(&v, x + at + j, sizeof v);
      words minus = v < 0, n = { 0 };
      v = (lanes)((words)v & INT64_MAX);
      for (size_t b = 0; b < BOUNDARIES; b++)
        n -= v > last[b];
      n = (n ^ minus) - minus;
      memcpy(below + j, &n, sizeof n);
    }
    for (size_t j = 0; j < part; j++)
      k[at + j] = (int8_t)below[j];
  }
  for (; at < count; at++) {
    int n = 0;
    for (size_t b = 0; b < BOUNDARIES; b++)
      n += fabs(x[at]) > last[b];
    k[at] = (int8_t)(x[at] < 0 ? -n : n);
  }
}

static void nearest_e3m0(const lac_scaled *q, double s, size_t count, const double *x, const uint32_t *word, int8_t *k)
{
  double last[BOUNDARIES];
  (void)q, (void)word;
  thresholds(s, last);
  count_below(last, count, x, k);
}

CODED_BY(scaled)

static lac_scaled code_of(const lac_site *s)
{
  const params *p = s->params;
  lac_scaled q = { .block = p->block, .format = (lac_value)p->scale, .draws = p->round, .scale = lac_scale_largest };
  lac_scaled_floats(&q, p->format == E3M0 ? 0 : 1, p->format == E3M0 ? -2 : 0, 7);
  if (p->format == E3M0 && !p->round)
    q.levels = nearest_e3m0;
  return q;
}

const lac_compressor_type lac_compressor_fp4 = {
  .name = "fp4",
  .summary = "4-bit floating point (E3M0, E2M1), the largest entry exact; E3M0 to nearest: alpha = 16384/(16383+d) for d >= 2048",
  .reference = "Douillard et al. 2025, Streaming DiLoCo, arXiv:2501.18512",
  .options = options,
  .params_size = sizeof(params),
  CODED_ROUNDED,
};
