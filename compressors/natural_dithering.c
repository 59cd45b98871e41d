/* Natural dithering: with N the norm of x, |x_j|/N is rounded at random, without bias, to one of the neighbouring levels of
   0, 2^(1-s), ..., 1/2, 1.

   omega = 1/8 + sqrt(d) 2^(1-s) min(1, sqrt(d) 2^(1-s)), for both norms; d is the block.  Up when u < (y - l)/(h - l).

   Wire: scaled.h, the scale is N, l_k = 2^(k-s). */
#include "scaled.h"

#include <math.h>
#include <stdio.h>

typedef struct { uint64_t s, block; int norm, scale; } params;
enum { L2, LINF, MOST = LAC_LEVELS - 1 };
static const lac_option options[] = {
  { "s", LAC_UINT, offsetof(params, s), "7", ">0", NULL, "levels above 0, at most 127" },
  { "norm", LAC_CHOICE, offsetof(params, norm), "l2", NULL, "l2|linf", "of a block: its scale" },
  { "block", LAC_UINT, offsetof(params, block), "0", NULL, NULL, "coordinates that share a scale; 0: all" },
  { "scale", LAC_CHOICE, offsetof(params, scale), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a scale" },
  { 0 }
};

static const char *refuse(const lac_site *site)
{
  static char why[80];
  uint64_t s = ((const params *)site->params)->s;
  if (s <= MOST)
    return NULL;
  snprintf(why, sizeof why, "s=%llu is more than the %d levels that 8 bits hold", (unsigned long long)s, MOST);
  return why;
}

/* With 1 - u for u. */
static void levels(const lac_scaled *q, double scale, size_t count, const double *x, const uint32_t *word, uint8_t *k)
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
  lac_scaled q = { .block = p->block, .format = (lac_value)p->scale, .draws = 1,
                   .scale = p->norm == L2 ? lac_scale_norm2 : lac_scale_largest };
  lac_scaled_floats(&q, 0, 1 - (int)p->s, (unsigned)p->s);
  q.levels = levels;
  return q;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  lac_scaled q = code_of(s);
  return lac_scaled_encode(s, &q, x, m);
}

static int decode_add(const lac_site *s, double factor, lac_msg *m, double *y)
{
  lac_scaled q = code_of(s);
  return lac_scaled_decode_add(s, &q, factor, m, y);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  lac_scaled q = code_of(s);
  return lac_scaled_bits(s, &q, exact);
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
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .omega = omega,
};
