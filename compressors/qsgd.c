/* QSGD, random dithering: with N the norm of x, C(x)_j = sign(x_j) (N/s) floor(s |x_j| / N + u_j), u_j uniform in (0,1).  Unbiased.

   norm=l2: omega = min(d/s^2, sqrt(d)/s).  norm=linf: omega = (sqrt(1 + (d-1)/s^2) - 1)/2, attained (scaled.h).  d is the block.
   E C(x) = x up to 2^-33 N/s, which is what 32 random bits a coordinate give.

   Wire: scaled.h, the scale is N, l_k = k/s. */
#include "parts/dithering.h"

#include <math.h>

static lac_scaled code_of(const lac_site *site)
{
  const params *p = site->params;
  lac_scaled q = dithering(p);
  lac_scaled_uniform(&q, (unsigned)p->s);
  return q;
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
  CODED,
  .omega = omega,
};
