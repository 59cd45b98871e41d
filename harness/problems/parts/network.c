#include "network.h"
#include "elementary.h"

#include <stdio.h>
#include <stdlib.h>

int lac_network_open(lac_network *n, unsigned layers, const size_t *width)
{
  size_t count = layers + 1;
  n->layers = layers;
  n->width = lac_alloc(count * sizeof *n->width);
  n->w = lac_alloc(count * sizeof *n->w);
  n->b = lac_alloc(count * sizeof *n->b);
  n->name = lac_alloc(2 * count * sizeof *n->name);
  n->a = lac_alloc(count * sizeof *n->a);
  n->delta = lac_alloc(count * sizeof *n->delta);
  n->slope = lac_alloc(count * sizeof *n->slope);
  if (!n->width || !n->w || !n->b || !n->name || !n->a || !n->delta || !n->slope)
    return LAC_ENOMEM;
  memcpy(n->width, width, count * sizeof *width);
  return LAC_OK;
}

static void free_blocks(const lac_network *n, lac_reals *of)
{
  for (unsigned l = 0; of && l <= n->layers; l++)
    free(of[l].f64);
  free(of);
}

void lac_network_close(lac_network *n)
{
  free_blocks(n, n->a);
  free_blocks(n, n->delta);
  free_blocks(n, n->slope);
  free(n->width);
  free(n->w);
  free(n->b);
  free(n->name);
  *n = (lac_network){ 0 };
}

size_t lac_network_place(lac_network *n, size_t offset, unsigned group, lac_layer *layer)
{
  for (unsigned l = 1; l <= n->layers; l++, group++, layer += 2) {
    char *weight = n->name[2 * l - 2], *bias = n->name[2 * l - 1];
    snprintf(weight, sizeof *n->name, "W%u", l);
    snprintf(bias, sizeof *n->name, "b%u", l);
    n->w[l] = offset;
    n->b[l] = offset + n->width[l] * n->width[l - 1];
    layer[0] = (lac_layer){ weight, n->width[l], n->width[l - 1], n->w[l], LAC_WEIGHT, group, 1 };
    layer[1] = (lac_layer){ bias, n->width[l], 1, n->b[l], LAC_BIAS, group, 1 };
    offset = n->b[l] + n->width[l];
  }
  return offset;
}

/* ---- scratch ---- */

static int has_delta(const lac_network *n, unsigned l, int inwards) { return l < n->layers && (l > 0 || inwards); }
static int has_slope(const lac_network *n, unsigned l) { return l > 0 && l < n->layers && n->activation == LAC_GELU; }

int lac_network_scratch(lac_network *n, int inwards)
{
  for (unsigned l = 0; l <= n->layers; l++) {
    size_t numbers = n->block * n->width[l];
    if (l > 0)
      LAC_TRY(lac_classes_scratch(&n->a[l], n->precision, numbers));
    if (has_delta(n, l, inwards))
      LAC_TRY(lac_classes_scratch(&n->delta[l], n->precision, numbers));
    if (has_slope(n, l))
      LAC_TRY(lac_classes_scratch(&n->slope[l], n->precision, numbers));
  }
  return LAC_OK;
}

double lac_network_numbers(const lac_network *n, int inwards)
{
  double rows = 0;
  for (unsigned l = 0; l <= n->layers; l++)
    rows += (double)n->width[l] * ((l > 0) + has_delta(n, l, inwards) + has_slope(n, l));
  return (double)n->block * rows;
}

/* A layer has three products, two operations a weight and row each; the first one, whose inputs are data, has two. */
double lac_network_flops(const lac_network *n, int first, int inwards)
{
  double flops = first ? (inwards ? 6 : 4) * (double)n->width[0] * (double)n->width[1] : 0;
  for (unsigned l = 2; l <= n->layers; l++)
    flops += 6 * (double)(n->width[l - 1] * n->width[l]);
  return flops;
}

/* ---- in f64 and in f32 ---- */

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#define ABS fabs
#include "dense.c"
#undef REAL
#undef T
#undef PRECISION
#undef ABS

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#define ABS fabsf
#include "dense.c"
