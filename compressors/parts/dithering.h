/* dithering.h: what QSGD and natural dithering share: s levels above 0 of a norm of x. */
#ifndef LAC_DITHERING_H
#define LAC_DITHERING_H

#include "coded.h"

#include <stdio.h>

typedef struct { uint64_t s, block; int norm, scale; } params;
enum { L2, LINF, MOST = LAC_LEVELS - 1 };
static const lac_option options[] = {
  { "s", LAC_UINT, offsetof(params, s), "7", ">0", NULL, "levels above 0, at most 127" },
  { "norm", LAC_CHOICE, offsetof(params, norm), "l2", NULL, "l2|linf", "of a block: its scale" },
  LAC_BLOCK_OPTION(params, "0"),
  LAC_SCALE_OPTION(params),
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

CODED_BY(scaled)

/* Without its levels. */
static lac_scaled dithering(const params *p)
{
  return (lac_scaled){ .block = p->block, .format = (lac_value)p->scale, .draws = 1,
                       .scale = p->norm == L2 ? lac_scale_norm2 : lac_scale_largest };
}

#endif
