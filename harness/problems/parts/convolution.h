/* convolution.h: a convolution of 5 x 5 with what follows it in cnn, an activation and pooling of 2 x 2 windows, on one image at a time.

     Z[o, y, x] = b_o + sum_(c,i,j) C[o, 25 c + 5 i + j] X[c, y + i - pad, x + j - pad]        (0 outside; the filter is not flipped)

   As a matrix, Z = C P + b 1': column (y, x) of P holds what the filters meet at that place.  Backwards,

     grad C = D P',   grad b = D 1,   grad P = C'D, every entry of which is added to the pixel that it comes from

   Channels lie one behind the other, so a row of P consists of shifted rows of X.  Of the entries of a window, the first largest in the
   order of rows takes the whole gradient (max), or each a quarter (mean).  The activations rise, so after max pooling there is a
   quarter of them to do. */
#ifndef LAC_CONVOLUTION_H
#define LAC_CONVOLUTION_H

#include "network.h"

enum { LAC_TAPS = 25 };
enum { LAC_POOL_MAX, LAC_POOL_MEAN };

typedef struct {
  int activation, pool, precision;      /* LAC_TANH or LAC_RELU */
  size_t block;                /* images that are kept for the way back */
  size_t in, out;              /* channels */
  size_t side, pad;            /* of an image that comes in, and zeros on each side of it */
  size_t wide, across, pooled; /* sides of the image with its zeros, of Z, and of what goes out */
  size_t c, b;                 /* where C (out x 25 in) and b begin in x */
  lac_reals result;            /* block x out x pooled^2: what goes out */
  lac_reals mark;              /* max: like result, which of the four it is; mean: block x out x across^2, phi(Z) */
  lac_reals padded, back, columns, z;
} lac_convolution;

/* in, out, side, pad, block, activation, pool and precision are set: the other sizes follow. */
void lac_convolution_open(lac_convolution *c);
void lac_convolution_close(lac_convolution *c);
/* Puts C and b into x from `offset` on, and declares them in layer[0..2).  Returns where they end. */
size_t lac_convolution_place(lac_convolution *c, size_t offset, const char *matrix, const char *bias, unsigned group, lac_layer *layer);

int lac_convolution_scratch(lac_convolution *c);
double lac_convolution_numbers(const lac_convolution *c);
/* Numbers that an image leaves for the way back. */
size_t lac_convolution_kept(const lac_convolution *c);
/* Operations of the products of an image; inwards: of the gradient of the image, too. */
double lac_convolution_flops(const lac_convolution *c, int inwards);

#define LAC_CONVOLUTION_IN(REAL, T)                                                                                                 \
  /* What goes out of image number `at` of a block (in x side^2): out x pooled^2, inside `result`. */                               \
  REAL *T(lac_convolution_result)(const lac_convolution *c, size_t at);                                                             \
  void T(lac_convolution_forward)(const lac_convolution *c, const REAL *x, const REAL *image, size_t at);                           \
  /* delta: the gradient by that result, overwritten.  g += the gradient by C and b; back = that by the image, unless it is NULL. */ \
  void T(lac_convolution_backward)(const lac_convolution *c, const REAL *x, const REAL *image, size_t at, REAL *delta, REAL *g,     \
                                   REAL *back);

LAC_CONVOLUTION_IN(double, LAC_NAME_F64)
LAC_CONVOLUTION_IN(float, LAC_NAME_F32)

#endif
