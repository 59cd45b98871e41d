#include "convolution.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 5, PLACES = 4, LANES = LAC_ROOM };

static size_t windows(const lac_convolution *c) { return c->pooled * c->pooled; }

void lac_convolution_open(lac_convolution *c)
{
  enum { TILES = 128 };      /* of some images together: enough for the rate of lac_gemm, few enough for the second cache */
  c->wide = c->side + 2 * c->pad;
  c->pooled = (c->wide - (WINDOW - 1)) / 2;
  c->most = c->many && windows(c) < TILES ? TILES / windows(c) : 1;
  c->tiles = (lac_winograd){ .precision = c->precision, .in = c->in, .out = c->out, .half = c->wide / 2, .tiles = c->pooled,
                             .most = c->most };
}

void lac_convolution_close(lac_convolution *c)
{
  lac_reals *all[] = { &c->result, &c->mark, &c->padded, &c->back, &c->columns, &c->z };
  for (size_t i = 0; i < LAC_COUNT(all); i++)
    free(all[i]->f64);
  lac_winograd_close(&c->tiles);
}

size_t lac_convolution_place(lac_convolution *c, size_t offset, const char *matrix, const char *bias, unsigned group, lac_layer *layer)
{
  c->c = offset;
  c->b = offset + c->out * LAC_TAPS * c->in;
  layer[0] = (lac_layer){ matrix, c->out, LAC_TAPS * c->in, c->c, LAC_WEIGHT, group, LAC_TAPS };
  layer[1] = (lac_layer){ bias, c->out, 1, c->b, LAC_BIAS, group, 1 };
  return c->b + c->out;
}

/* ---- scratch ---- */

static size_t results(const lac_convolution *c) { return c->out * windows(c); }
static size_t places(const lac_convolution *c) { return PLACES * results(c); }
static size_t marks(const lac_convolution *c) { return c->pool == LAC_POOL_MAX ? results(c) : places(c); }
static size_t padded_size(const lac_convolution *c) { return c->most * c->in * c->wide * c->wide + LAC_ROOM; }
static size_t columns_size(const lac_convolution *c) { return LAC_TAPS * PLACES * windows(c) + LAC_ROOM; }
static size_t z_size(const lac_convolution *c) { return c->most * places(c) + LAC_ROOM; }

size_t lac_convolution_kept(const lac_convolution *c) { return results(c) + marks(c); }

int lac_convolution_scratch(lac_convolution *c)
{
  LAC_TRY(lac_classes_scratch(&c->result, c->precision, c->block * results(c)));
  LAC_TRY(lac_classes_scratch(&c->mark, c->precision, c->block * marks(c) + LAC_ROOM));
  LAC_TRY(lac_classes_scratch(&c->padded, c->precision, padded_size(c)));
  LAC_TRY(lac_classes_scratch(&c->z, c->precision, z_size(c)));
  if (!c->many)
    return lac_classes_scratch(&c->columns, c->precision, columns_size(c));
  LAC_TRY(lac_classes_scratch(&c->back, c->precision, padded_size(c)));
  return lac_winograd_scratch(&c->tiles);
}

double lac_convolution_numbers(const lac_convolution *c)
{
  double both = (double)c->block * (double)lac_convolution_kept(c) + (double)(padded_size(c) + z_size(c) + LAC_ROOM);
  return both + (c->many ? (double)padded_size(c) + lac_winograd_numbers(&c->tiles) : (double)columns_size(c));
}

double lac_convolution_flops(const lac_convolution *c)
{
  return c->many ? lac_winograd_flops(&c->tiles) : 4.0 * LAC_TAPS * (double)places(c);
}

/* ---- in f64 and in f32 ---- */

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#include "maps.c"
#undef REAL
#undef T
#undef PRECISION

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#include "maps.c"
