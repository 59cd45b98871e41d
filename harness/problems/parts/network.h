/* network.h: fully connected layers, all of mlp and the end of cnn, on blocks of rows.

     a_l = phi(W_l a_(l-1) + b_l) in the hidden layers,   s = W_L a_(L-1) + b_L

   phi is tanh, max(0, .) with the slope 0 at 0, or GELU in its tanh form (Hendrycks, Gimpel 2016, arXiv:1606.08415),

     z s,   s = 1/(1 + exp(-2u)),   u = sqrt(2/pi) (z + 0.044715 z^3)

   Backwards, with the rows of a block as the rows of matrices and D_L = (softmax(S) - onehot) / m,

     grad W_l = D_l' A_(l-1),   grad b_l = D_l' 1,   D_(l-1) = (D_l W_l) * phi'(Z_(l-1)) */
#ifndef LAC_NETWORK_H
#define LAC_NETWORK_H

#include "classes.h"

enum { LAC_TANH, LAC_RELU, LAC_GELU };
#define LAC_ACTIVATIONS "tanh|relu|gelu"

typedef struct {
  unsigned layers;             /* L */
  int activation, precision;
  size_t block;                /* rows at most */
  size_t *width;               /* L + 1: of a_0, ..., a_L */
  size_t *w, *b;               /* where W_l and b_l begin in x, l = 1..L */
  char (*name)[16];            /* "W1", "b1", "W2", ... */
  lac_reals *a;                /* block x width[l], l = 1..L: A_l; a[L] is S and then D_L */
  lac_reals *delta;            /* block x width[l], l < L: D_l; D_0 = D_1 W_1 where inputs need it */
  lac_reals *slope;            /* block x width[l], 1 <= l < L: phi'(Z_l) of GELU, which A_l does not tell */
} lac_network;

/* L + 1 widths.  ENOMEM; lac_network_close then frees what is there. */
int lac_network_open(lac_network *n, unsigned layers, const size_t *width);
void lac_network_close(lac_network *n);
/* Puts W_1, b_1, W_2, ... into x from `offset` on, and declares them in layer[0..2L): groups from `group` on.  The names live as long as
   the network.  Returns where the last one ends. */
size_t lac_network_place(lac_network *n, size_t offset, unsigned group, lac_layer *layer);

/* Memory for the passes over blocks, and how many numbers that is.  inwards: D_0, too. */
int lac_network_scratch(lac_network *n, int inwards);
double lac_network_numbers(const lac_network *n, int inwards);

/* Operations of the products of a row; inwards: D_0, too.  Without the first layer's, where `first` is 0. */
double lac_network_flops(const lac_network *n, int first, int inwards);

/* ---- in f64 and in f32 ---- */

#define LAC_NETWORK_IN(REAL, T)                                                                                                     \
  /* z becomes phi(z); slope, where it is not NULL, phi'(z). */                                                                     \
  void T(lac_activate)(int activation, size_t count, REAL *z, REAL *slope);                                                         \
  /* delta *= phi'(z), told by a = phi(z) or, where it is not NULL, by slope. */                                                    \
  void T(lac_times_slope)(int activation, size_t count, const REAL *a, const REAL *slope, REAL *delta);                             \
  /* Rows of inputs A_0, one every ld, to their scores in a[L].  a0 NULL: W_1 a_0 is in a[1] for every row. */                      \
  void T(lac_network_forward)(const lac_network *n, size_t rows, const REAL *x, const REAL *a0, size_t ld);                         \
  /* From D_L in a[L]: g += the gradient (NULL: it is not wanted); inwards: D_0, too.  a0 NULL: W_1's is left to the caller, who     \
     finds D_1 by lac_network_first. */                                                                                             \
  void T(lac_network_backward)(const lac_network *n, size_t rows, const REAL *x, const REAL *a0, size_t ld, int inwards, REAL *g);  \
  REAL *T(lac_network_first)(const lac_network *n);                                                                                 \
  /* After a backward pass without g.  norm_sq[r] += the square of row r's own gradient, sum_l |D_l|^2 (|A_(l-1)|^2 + 1) over its rows \
     of the matrices (Goodfellow 2015, arXiv:1510.01799); input_sq[r] = |a_0|^2. */                                                 \
  void T(lac_network_norms)(const lac_network *n, size_t rows, const double *input_sq, double *norm_sq);                            \
  /* Row r of every D_l, l >= 1, times factor[r]. */                                                                                \
  void T(lac_network_weigh)(const lac_network *n, size_t rows, const double *factor);                                               \
  /* g += the gradient that these D_l make; a0 NULL: without W_1's. */                                                              \
  void T(lac_network_gradient)(const lac_network *n, size_t rows, const REAL *a0, size_t ld, REAL *g);

LAC_NETWORK_IN(double, LAC_NAME_F64)
LAC_NETWORK_IN(float, LAC_NAME_F32)

#endif
