#include "winograd.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = LAC_ROOM, TAPS = 5, SIDE = 6, ENTRIES = SIDE * SIDE };
enum { MATRICES = ENTRIES + 1 };      /* the last one: squares of tiles, and in du the sum of their products */
enum { ROUNDING = 24 };      /* of epsilons: t-cnn saw 20 in a million zeros */

/* ---- scratch: of every matrix the entries of all p lie apart by its plane ---- */

static size_t filters(const lac_winograd *w) { return w->in * w->out; }
static size_t tiles(const lac_winograd *w) { return w->tiles * w->tiles; }
static size_t filter_plane(const lac_winograd *w) { return filters(w) + LANES; }
static size_t input_plane(const lac_winograd *w) { return w->in * w->most * tiles(w) + LANES; }
static size_t output_plane(const lac_winograd *w) { return w->out * w->most * tiles(w) + LANES; }

int lac_winograd_scratch(lac_winograd *w)
{
  LAC_TRY(lac_classes_scratch(&w->u, w->precision, MATRICES * filter_plane(w)));
  LAC_TRY(lac_classes_scratch(&w->du, w->precision, MATRICES * filter_plane(w)));
  LAC_TRY(lac_classes_scratch(&w->v, w->precision, MATRICES * input_plane(w)));
  return lac_classes_scratch(&w->m, w->precision, MATRICES * output_plane(w));
}

double lac_winograd_numbers(const lac_winograd *w)
{
  return MATRICES * (2 * (double)filter_plane(w) + (double)input_plane(w) + (double)output_plane(w));
}

void lac_winograd_close(lac_winograd *w)
{
  free(w->u.f64);
  free(w->du.f64);
  free(w->v.f64);
  free(w->m.f64);
}

double lac_winograd_flops(const lac_winograd *w) { return 6 * ENTRIES * (double)filters(w) * (double)tiles(w); }

/* Where the pixel (i, j) from that of a tile is, in the planes of an image. */
static inline size_t pixel(const lac_winograd *w, size_t i, size_t j)
{
  return ((i % 2 * 2 + j % 2) * w->half + i / 2) * w->half + j / 2;
}

/* A transform of the first rows of a square, and then of the first columns. */
#define BOTH_WAYS(transform, rows, columns, square)        \
  do {                                                     \
    for (size_t i_ = 0; i_ < (rows); i_++)                 \
      transform((square) + i_ * SIDE, 1);                  \
    for (size_t i_ = 0; i_ < (columns); i_++)              \
      transform((square) + i_, SIDE);                      \
  } while (0)

#define INLINE static inline __attribute__((always_inline))

/* ---- in f64 and in f32 ---- */

#define REAL double
#define WHOLE int64_t
#define T(name) name##_f64
#define PRECISION f64
#define EPSILON DBL_EPSILON
#define SQRT sqrt
#include "tiles.c"
#undef REAL
#undef WHOLE
#undef T
#undef PRECISION
#undef EPSILON
#undef SQRT

#define REAL float
#define WHOLE int32_t
#define T(name) name##_f32
#define PRECISION f32
#define EPSILON FLT_EPSILON
#define SQRT sqrtf
#include "tiles.c"
