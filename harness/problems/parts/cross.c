#include "cross.h"

#include "base.h"
#include "vec.h"

enum { FOUR = 4 };

/* to += u_0 a_0 + ... + u_3 a_3, from the left; a_k is a row of A. */
LAC_VECTORISED
static void add_four(size_t h, const double *u, const double *restrict a, double *restrict to)
{
  for (size_t j = 0; j < h; j++)
    to[j] = (((to[j] + u[0] * a[j]) + u[1] * a[h + j]) + u[2] * a[2 * h + j]) + u[3] * a[3 * h + j];
}

void lac_cross(size_t h, const double *A, const double *x, double *out)
{
  lac_zero(h, out + h);
  for (size_t i = 0; i < h; i++) {
    out[i] = lac_dot(h, A + i * h, x + h);
    if (i % FOUR == FOUR - 1)
      add_four(h, x + i + 1 - FOUR, A + (i + 1 - FOUR) * h, out + h);
  }
  for (size_t i = h - h % FOUR; i < h; i++)
    lac_axpy(h, x[i], A + i * h, out + h);
}
