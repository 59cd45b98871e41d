#include "figures/palette.h"

#include "base.h"
#include <math.h>

/* Okabe and Ito's palette without its yellow, too light for a line, and a brown; neighbours differ in lightness. */
static const unsigned colours[] = { 0x0072b2, 0xe69f00, 0x000000, 0xd55e00, 0x56b4e9, 0x009e73, 0xcc79a7, 0x7a4a1e };

static const char *const dashes[] = { "solid", "(5,2)", "(1.5,1.5)", "(7,2,1.5,2)", "(2.8,1.8)", "(7,1.6,1.5,1.6,1.5,1.6)" };

/* Circle, square, triangle, diamond, the triangle on its head, pentagon: full and open; then cross and plus. */
static const struct { int full, open; } markers[] = { { 7, 6 }, { 5, 4 }, { 9, 8 }, { 13, 12 }, { 11, 10 }, { 15, 14 }, { 2, 1 } };

static unsigned mix(unsigned a, unsigned b, double t)
{
  unsigned out = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    double from = a >> shift & 255, to = b >> shift & 255;
    out |= (unsigned)lround(from + t * (to - from)) << shift;
  }
  return out;
}

/* Few begin with the colour itself, for what is lighter is hard to see; many need all of the way from light to dark. */
static unsigned shade(unsigned base, size_t variant, size_t variants)
{
  enum { FEW = 3 };
  double first = variants > FEW ? 0 : 0.6, t = variants > 1 ? first + (1 - first) * (double)variant / (double)(variants - 1) : 0.6;
  return t < 0.6 ? mix(base, 0xffffff, 0.3 * (0.6 - t) / 0.6) : mix(base, 0x000000, 0.45 * (t - 0.6) / 0.4);
}

lac_curve_style lac_curve_style_of(size_t series, size_t variant, size_t variants, int alone)
{
  size_t dash = alone ? series : variant + variant / LAC_COUNT(dashes);      /* the second time round with the other marker */
  int is_open = (variant + series / LAC_COUNT(markers)) % 2;      /* one variant alone is variant 0 */
  return (lac_curve_style){
    .colour = shade(colours[series % LAC_COUNT(colours)], variant, variants), .dashes = dashes[dash % LAC_COUNT(dashes)],
    .marker = is_open ? markers[series % LAC_COUNT(markers)].open : markers[series % LAC_COUNT(markers)].full };
}
