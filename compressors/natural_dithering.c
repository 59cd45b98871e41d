/* Natural dithering: with N the norm of x, |x_j|/N is rounded at random, without bias, to one of the neighbouring levels of
   0, 2^(1-s), ..., 1/2, 1.

   omega = 1/8 + sqrt(d) 2^(1-s) min(1, sqrt(d) 2^(1-s)), for both norms; d is the block.  Up when u < (y - l)/(h - l).

   Wire: scaled.h, the scale is N, l_k = 2^(k-s). */
#include "parts/dithering.h"

#include <math.h>

/* With 1 - u for u. */
static void levels(const lac_scaled *q, double scale, size_t count, const double *x, const uint32_t *word, int8_t *k)
{
  enum { PART = 1024 };
  uint32_t other[PART];
  for (size_t at = 0, part; at < count; at += part) {
    part = count - at < PART ? count - at : PART;
    for (size_t j = 0; j < part; j++)
      other[j] = ~word[at + j];
    lac_float_levels(q, scale, part, x + at, other, k + at);
  }
}

static lac_scaled code_of(const lac_site *site)
{
  const params *p = site->params;
  lac_scaled q = dithering(p);
  lac_scaled_floats(&q, 0, 1 - (int)p->s, (unsigned)p->s);
  q.levels = levels;
  return q;
}

static int omega(const lac_site *site, double *w)
{
  const params *p = site->params;
  lac_scaled q = code_of(site);
  double t = sqrt((double)lac_scaled_block(site, &q)) * ldexp(1, 1 - (int)p->s);
  *w = 0.125 + t * fmin(1, t);
  return LAC_OK;
}

const lac_compressor_type lac_compressor_natural_dithering = {
  .name = "natural_dithering",
  .summary = "random dithering with levels 2^(1-s) to 1 of the norm; unbiased, omega = 1/8 + sqrt(d) 2^(1-s) min(1, sqrt(d) 2^(1-s))",
  .reference = "Horvath, Ho, Horvath, Sahu, Canini, Richtarik 2019, arXiv:1905.10988",
  .options = options,
  .params_size = sizeof(params),
  .refuse = refuse,
  CODED,
  .omega = omega,
};
