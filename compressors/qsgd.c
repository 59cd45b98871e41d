/* QSGD, random dithering: with N the norm of x, C(x)_j = sign(x_j) (N/s) floor(s |x_j| / N + u_j), u_j uniform in (0,1).  Unbiased.

   norm=l2: omega = min(d/s^2, sqrt(d)/s).  norm=linf: omega = (sqrt(1 + (d-1)/s^2) - 1)/2, attained (scaled.h).  d is the block.
   E C(x) = x up to 2^-33 N/s, which is what 32 random bits a coordinate give.

   Wire: scaled.h, the scale is N, l_k = k/s. */
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

static lac_scaled code_of(const lac_site *site)
{
  const params *p = site->params;
  lac_scaled q = { .block = p->block, .format = (lac_value)p->scale, .draws = 1,
                   .scale = p->norm == L2 ? lac_scale_norm2 : lac_scale_largest };
  lac_scaled_uniform(&q, (unsigned)p->s);
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
  double b = (double)lac_scaled_block(site, &q), s = (double)p->s;
  *w = p->norm == LINF ? lac_random_omega(site, &q) : fmin(b / (s * s), sqrt(b) / s);
  return LAC_OK;
}

const lac_compressor_type lac_compressor_qsgd = {
  .name = "qsgd",
  .summary = "random dithering, s levels of the norm; unbiased, omega = min(d/s^2, sqrt(d)/s) for l2",
  .reference = "Alistarh, Grubic, Li, Tomioka, Vojnovic 2017, arXiv:1610.02132",
  .options = options,
  .params_size = sizeof(params),
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .omega = omega,
};
