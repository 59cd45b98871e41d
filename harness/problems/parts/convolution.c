#include "convolution.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 5, LANES = 8 };

void lac_convolution_open(lac_convolution *c)
{
  c->wide = c->side + 2 * c->pad;
  c->across = c->wide - (WINDOW - 1);
  c->pooled = c->across / 2;
}

void lac_convolution_close(lac_convolution *c)
{
  lac_reals *all[] = { &c->result, &c->mark, &c->padded, &c->back, &c->columns, &c->z };
  for (size_t i = 0; i < LAC_COUNT(all); i++)
    free(all[i]->f64);
}

size_t lac_convolution_place(lac_convolution *c, size_t offset, const char *matrix, const char *bias, unsigned group, lac_layer *layer)
{
  c->c = offset;
  c->b = offset + c->out * LAC_TAPS * c->in;
  layer[0] = (lac_layer){ matrix, c->out, LAC_TAPS * c->in, c->c, LAC_WEIGHT, group, LAC_TAPS };
  layer[1] = (lac_layer){ bias, c->out, 1, c->b, LAC_BIAS, group, 1 };
  return c->b + c->out;
}

/* ---- scratch: rows are read and written in whole vectors, so there is room for one behind the last row ---- */

static size_t results(const lac_convolution *c) { return c->out * c->pooled * c->pooled; }
static size_t places(const lac_convolution *c) { return c->across * c->across; }
static size_t marks(const lac_convolution *c) { return c->pool == LAC_POOL_MAX ? results(c) : c->out * places(c); }
static size_t padded_size(const lac_convolution *c) { return c->in * c->wide * c->wide + LANES; }
static size_t columns_size(const lac_convolution *c) { return LAC_TAPS * c->in * places(c) + LANES; }

size_t lac_convolution_kept(const lac_convolution *c) { return results(c) + marks(c); }

int lac_convolution_scratch(lac_convolution *c)
{
  LAC_TRY(lac_classes_scratch(&c->result, c->precision, c->block * results(c)));
  LAC_TRY(lac_classes_scratch(&c->mark, c->precision, c->block * marks(c)));
  LAC_TRY(lac_classes_scratch(&c->padded, c->precision, padded_size(c)));
  LAC_TRY(lac_classes_scratch(&c->back, c->precision, padded_size(c)));
  LAC_TRY(lac_classes_scratch(&c->columns, c->precision, columns_size(c)));
  return lac_classes_scratch(&c->z, c->precision, c->out * places(c));
}

double lac_convolution_numbers(const lac_convolution *c)
{
  return (double)c->block * (double)lac_convolution_kept(c) + (double)(2 * padded_size(c) + columns_size(c) + c->out * places(c));
}

double lac_convolution_flops(const lac_convolution *c, int inwards)
{
  return (inwards ? 6 : 4) * (double)(c->out * LAC_TAPS * c->in) * (double)places(c);
}

/* ---- in f64 and in f32 ---- */

/* Every other number of two vectors of LANES; two vectors, a number of each in turns. */
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define IN_TURNS_LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define IN_TURNS_UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

#define REAL double
#define WHOLE int64_t
#define T(name) name##_f64
#define PRECISION f64
#include "maps.c"
#undef REAL
#undef WHOLE
#undef T
#undef PRECISION

#define REAL float
#define WHOLE int32_t
#define T(name) name##_f32
#define PRECISION f32
#include "maps.c"
