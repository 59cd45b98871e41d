/* TernGrad: C(x)_j = N sign(x_j) b_j, b_j = 1 with probability |x_j| / N, N = max |x_j|.  Unbiased, omega = (sqrt(d) - 1)/2 (scaled.h).

   clip=c > 0: N = min(max |x_j|, c sigma) and larger entries are cut to N; sigma^2 = (1/d) sum (x_j - mean)^2, and nothing is cut when
   sigma = 0.  That is biased, and neither alpha nor omega is known.

   Wire: scaled.h, the scale is N, l = 0, 1. */
#include "parts/coded.h"

#include "vec.h"

#include <math.h>

typedef struct { double clip; uint64_t block; int scale; } params;
static const lac_option options[] = {
  { "clip", LAC_REAL, offsetof(params, clip), "0", ">=0", NULL, "cut entries at so many standard deviations; 0: none" },
  LAC_BLOCK_OPTION(params, "0"),
  LAC_SCALE_OPTION(params),
  { 0 }
};

/* In units of the largest entry, so that no square overflows. */
static double deviation(size_t count, const double *x, double most)
{
  double mean = 0, sum = 0;
  for (size_t j = 0; j < count; j++)
    mean += x[j] / most / (double)count;
  for (size_t j = 0; j < count; j++)
    sum += (x[j] / most - mean) * (x[j] / most - mean);
  return sqrt(sum / (double)count);
}

static double scale_of(const lac_scaled *q, size_t count, const double *x)
{
  double most = lac_largest(count, x), sigma;
  if (q->own == 0 || most == 0 || !isfinite(most))
    return most;
  sigma = deviation(count, x, most);
  return sigma > 0 && q->own * sigma < 1 ? most * (q->own * sigma) : most;
}

CODED_BY(scaled)

static lac_scaled code_of(const lac_site *s)
{
  const params *p = s->params;
  lac_scaled q = { .block = p->block, .format = (lac_value)p->scale, .draws = 1, .scale = scale_of, .own = p->clip };
  lac_scaled_uniform(&q, 1);
  return q;
}

static int omega(const lac_site *s, double *w)
{
  lac_scaled q = code_of(s);
  if (q.own > 0)
    return LAC_ENOTSUP;
  *w = lac_random_omega(s, &q);
  return LAC_OK;
}

const lac_compressor_type lac_compressor_terngrad = {
  .name = "terngrad",
  .summary = "-N, 0 or N at random, N the largest entry; unbiased without clipping, omega = (sqrt(d) - 1)/2",
  .reference = "Wen, Xu, Yan, Wu, Wang, Chen, Li 2017, arXiv:1705.07878",
  .options = options,
  .params_size = sizeof(params),
  CODED,
  .omega = omega,
};
