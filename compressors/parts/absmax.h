/* absmax.h: integers of a block in units of its largest entry over TOP, which int8.c and int4.c name before they include this.

   round=nearest: alpha = 4 TOP^2 / (4 TOP^2 + b - 1) for blocks of b, attained.  round=stochastic: unbiased,
   omega = (sqrt(1 + (b-1)/TOP^2) - 1)/2, attained (scaled.h).

   Wire: scaled.h, the scale is the largest magnitude of the block, l_k = k/TOP. */
#ifndef LAC_ABSMAX_H
#define LAC_ABSMAX_H

#include "coded.h"

typedef struct { uint64_t block; int round, scale; } params;

CODED_BY(scaled)

static lac_scaled code_of(const lac_site *s)
{
  const params *p = s->params;
  lac_scaled q = { .block = p->block, .format = (lac_value)p->scale, .draws = p->round, .scale = lac_scale_largest };
  lac_scaled_uniform(&q, TOP);
  return q;
}

#endif
