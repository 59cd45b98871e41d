/* convolution.h: a convolution of 5 x 5 with what follows it in cnn, an activation and pooling of 2 x 2 windows.

     Z[o, y, x] = b_o + sum_(c,i,j) C[o, 25 c + 5 i + j] X[c, y + i - pad, x + j - pad]        (0 outside; the filter is not flipped)

   Where X has one channel, it is a product of matrices, Z = C P + b 1': column (y, x) of P holds what the filters meet at that place.
   Backwards, grad C = D P', grad b = D 1; nobody wants the gradient by X.  Where X has many, see winograd.h.

   Channels lie one behind the other, each as four planes, those of winograd.h: the four entries of a window are at the same place of each.
   Of them, the first largest in the order of rows takes the whole gradient (max), or each a quarter (mean).  The activations rise, so
   after max pooling there is a quarter of them to do. */
#ifndef LAC_CONVOLUTION_H
#define LAC_CONVOLUTION_H

#include "network.h"
#include "winograd.h"

enum { LAC_POOL_MAX, LAC_POOL_MEAN };

typedef struct {
  int activation, pool, precision;      /* LAC_TANH or LAC_RELU */
  int many;                    /* channels come in: their gradient is wanted */
  size_t block, most;          /* images that are kept for the way back; that a call takes */
  size_t in, out;              /* channels */
  size_t side, pad;            /* of an image that comes in, and zeros on each side of it: even numbers */
  size_t wide, pooled;         /* sides of the image with its zeros, and of what goes out */
  size_t c, b;                 /* where C (out x 25 in) and b begin in x */
  lac_reals result;            /* block x out x pooled^2: what goes out */
  lac_reals mark;              /* max: like result, which of the four it is; mean: block x out x 4 pooled^2, phi(Z) */
  lac_reals padded, back;      /* images in planes, and their gradient */
  lac_reals columns, z;
  lac_winograd tiles;
} lac_convolution;

/* in, out, side, pad, many, activation, pool and precision are set: the other sizes follow, block excepted. */
void lac_convolution_open(lac_convolution *c);
void lac_convolution_close(lac_convolution *c);
/* Puts C and b into x from `offset` on, and declares them in layer[0..2).  Returns where they end. */
size_t lac_convolution_place(lac_convolution *c, size_t offset, const char *matrix, const char *bias, unsigned group, lac_layer *layer);

int lac_convolution_scratch(lac_convolution *c);
double lac_convolution_numbers(const lac_convolution *c);
/* Numbers that an image leaves for the way back. */
size_t lac_convolution_kept(const lac_convolution *c);
/* Operations of the products of an image. */
double lac_convolution_flops(const lac_convolution *c);

#define LAC_CONVOLUTION_IN(REAL, T)                                                                                                 \
  /* Before the passes at x. */                                                                                                     \
  void T(lac_convolution_begin)(const lac_convolution *c, const REAL *x);                                                           \
  /* What goes out of image number `at` of a block (in x side^2): out x pooled^2, inside `result`. */                               \
  REAL *T(lac_convolution_result)(const lac_convolution *c, size_t at);                                                             \
  /* Of `count` images, at most c->most, from number `at` on. */                                                                    \
  void T(lac_convolution_forward)(const lac_convolution *c, const REAL *x, size_t count, const REAL *images, size_t at);            \
  /* delta: the gradient by their results, overwritten.  g += the gradient by C and b; many: back = that by the images, and         \
     lac_convolution_end adds that by C, of all images since the last time. */                                                      \
  void T(lac_convolution_backward)(const lac_convolution *c, size_t count, const REAL *images, size_t at, REAL *delta, REAL *g,     \
                                   REAL *back);                                                                                     \
  void T(lac_convolution_end)(const lac_convolution *c, REAL *g);

LAC_CONVOLUTION_IN(double, LAC_NAME_F64)
LAC_CONVOLUTION_IN(float, LAC_NAME_F32)

#endif
