/* winograd.h: a convolution of 5 x 5 by Winograd's minimal filtering F(2 x 2, 5 x 5): 36 products where the formula has 100 (Winograd 1980;
   Lavin, Gray, CVPR 2016, arXiv:1509.09308).

   A tile is 6 x 6 pixels X, from which a filter C makes 2 x 2 numbers Z; tiles are 2 apart.  Rows and columns being polynomials,
   Z = A'((G C G') * (B'X B))A, where G evaluates at six points those of the filter and B'X B is what fits them.  Over the channels,

     M_p (out x tiles) = U_p (out x in) V_p (in x tiles)        U = G C G', V = B'X B, Z = A'M A, for each of p = 1..36 entries

   Backwards, every step is its own transpose, and N = A D A' for the gradient D by Z:

     grad C = G'(N_p V_p')G,   grad X = B(U_p'N_p)B', every entry of which is added to the pixel that it comes from

   A tap whose products are all 0 has a gradient of 0 by the formula and of some rounding here, which a method like Adam would take for a
   gradient.  So a sum over tiles t that is below 24 epsilons of sqrt(sum_t |D_t|^2 |X_t|^2) counts as 0.  Z and grad X are exact zeros
   where D or X leave no product: the points 0 and infinity see to that.

   The points are 0, +-sqrt(1/2), +-sqrt(2) and infinity: with +-1 and +-2, products of f32 have twice the error
   (on points see Barabasz et al. 2018, arXiv:1803.10986). */
#ifndef LAC_WINOGRAD_H
#define LAC_WINOGRAD_H

#include "classes.h"

enum { LAC_TAPS = 25 };

typedef struct {
  int precision;
  size_t in, out;              /* channels */
  size_t half, tiles;          /* sides of a plane (below) and of Z/2: half = tiles + 2 */
  size_t most;                 /* images at a time */
  lac_reals u, du, v, m;       /* a matrix for each of the 36 entries: U and its gradient, V, M */
} lac_winograd;

/* Pixel (y, x) of an image is (y/2, x/2) of its plane 2 (y mod 2) + x mod 2, half x half, and so are the places of Z.  What is
   read and written as whole vectors has room for LAC_ROOM numbers behind it. */
enum { LAC_ROOM = 8 };

int lac_winograd_scratch(lac_winograd *w);
double lac_winograd_numbers(const lac_winograd *w);
void lac_winograd_close(lac_winograd *w);
/* Operations of the three products of an image. */
double lac_winograd_flops(const lac_winograd *w);

#define LAC_WINOGRAD_IN(REAL, T)                                                                                                    \
  /* U, from C (out x 25 in): what follows uses these filters. */                                                                   \
  void T(lac_winograd_taps)(const lac_winograd *w, const REAL *c);                                                                  \
  /* images (count x in x 4 planes) to z (count x out x 4 planes of tiles x tiles), without a bias. */                              \
  void T(lac_winograd_forward)(const lac_winograd *w, size_t count, const REAL *images, REAL *z);                                   \
  /* From the gradient by z: back = that by the images, in planes. */                                                               \
  void T(lac_winograd_backward)(const lac_winograd *w, size_t count, const REAL *images, const REAL *z, REAL *back);                \
  /* g += the gradient by C of all images that went backwards since the last time. */                                               \
  void T(lac_winograd_collect)(const lac_winograd *w, REAL *g);

LAC_WINOGRAD_IN(double, LAC_NAME_F64)
LAC_WINOGRAD_IN(float, LAC_NAME_F32)

#endif
