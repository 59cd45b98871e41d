/* floats.h: bf16.c, f16.c and f32.c name their `format` of words.h before they include this; FLOATS are all their slots. */
#ifndef LAC_FLOATS_H
#define LAC_FLOATS_H

#include "coded.h"

typedef struct { int round; } params;
static const lac_option options[] = { LAC_ROUND_OPTION(params), { 0 } };

CODED_BY(words)

static lac_words code_of(const lac_site *s)
{
  lac_words w = format;
  w.random = ((const params *)s->params)->round;
  return w;
}

#define FLOATS .options = options, .params_size = sizeof(params), CODED_ROUNDED

#endif
