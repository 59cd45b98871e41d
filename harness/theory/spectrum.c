#include "theory/spectrum.h"

#include "base.h"
#include "vec.h"
#include <float.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

enum { STEPS = LAC_SPECTRUM_VECTORS - 1, RESTARTS = 500 };

typedef struct {
  size_t d, stride;
  lac_product product;
  void *self;
  double *basis;                       /* STEPS + 1 vectors, orthonormal */
  double a[STEPS], b[STEPS + 1];       /* the tridiagonal matrix of M in that basis */
} lanczos;

static void scale(size_t d, double by, double *x)
{
  for (size_t j = 0; j < d; j++)
    x[j] *= by;
}

/* Grow the basis from its first vector.  *steps: its final size, less than wanted when M maps it into itself. */
static int expand(lanczos *z, int wanted, int *steps)
{
  size_t d = z->d;
  for (int j = 0; j < wanted; j++) {
    double *v = z->basis + (size_t)j * z->stride, *w = v + z->stride, size = 0;
    LAC_TRY(z->product(z->self, v, w));
    z->a[j] = lac_dot(d, v, w);
    for (int twice = 0; twice < 2; twice++)      /* once leaves rounding errors that grow into ghost eigenvalues */
      for (int i = 0; i <= j; i++) {
        const double *u = z->basis + (size_t)i * z->stride;
        lac_axpy(d, -lac_dot(d, u, w), u, w);
      }
    size = sqrt(lac_norm_sq(d, w));
    z->b[j + 1] = size;
    *steps = j + 1;
    if (!(size > 64 * DBL_EPSILON * (fabs(z->a[0]) + z->b[1])))
      break;
    scale(d, 1 / size, w);
  }
  return LAC_OK;
}

/* The eigenpair of the small matrix with the largest |theta|; s receives its vector. */
static int ritz(const lanczos *z, int steps, double *theta, double *s)
{
  gsl_matrix *t = gsl_matrix_calloc((size_t)steps, (size_t)steps), *vectors = gsl_matrix_alloc((size_t)steps, (size_t)steps);
  gsl_vector *values = gsl_vector_alloc((size_t)steps);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc((size_t)steps);
  int status = t && vectors && values && work ? LAC_OK : lac_fail(LAC_ENOMEM, "out of memory for a small eigenproblem");
  if (status == LAC_OK) {
    for (int i = 0; i < steps; i++) {
      gsl_matrix_set(t, (size_t)i, (size_t)i, z->a[i]);
      if (i > 0)
        gsl_matrix_set(t, (size_t)i, (size_t)i - 1, z->b[i]);
    }
    gsl_eigen_symmv(t, values, vectors, work);
    size_t best = 0;
    for (size_t i = 1; i < (size_t)steps; i++)
      if (fabs(gsl_vector_get(values, i)) > fabs(gsl_vector_get(values, best)))
        best = i;
    *theta = gsl_vector_get(values, best);
    for (size_t i = 0; i < (size_t)steps; i++)
      s[i] = gsl_matrix_get(vectors, i, best);
  }
  gsl_eigen_symmv_free(work);
  gsl_vector_free(values);
  gsl_matrix_free(vectors);
  gsl_matrix_free(t);
  return status;
}

/* The first basis vector becomes the Ritz vector. */
static void restart(lanczos *z, int steps, const double *s)
{
  double *v = z->basis, *sum = z->basis + (size_t)STEPS * z->stride;
  lac_zero(z->d, sum);
  for (int i = 0; i < steps; i++)
    lac_axpy(z->d, s[i], z->basis + (size_t)i * z->stride, sum);
  double size = sqrt(lac_norm_sq(z->d, sum));
  for (size_t j = 0; j < z->d; j++)
    v[j] = sum[j] / size;
}

static int iterate(lanczos *z, double *norm)
{
  double theta = 0, s[STEPS];
  int steps = 0, wanted = z->d < STEPS ? (int)z->d : STEPS;
  for (int round = 0; round < RESTARTS; round++) {
    LAC_TRY(expand(z, wanted, &steps));
    LAC_TRY(ritz(z, steps, &theta, s));
    *norm = fabs(theta);
    if (!isfinite(theta))
      return lac_fail(LAC_ENOTSUP, "the smoothness constant is not finite; give the step size as a number");
    double residual = z->b[steps] * fabs(s[steps - 1]);      /* |M u - theta u|; the error of theta is its square over the gap */
    if (steps < STEPS || residual <= 1e-9 * fabs(theta))
      return LAC_OK;
    restart(z, steps, s);
  }
  return lac_fail(LAC_ENOTSUP, "the smoothness constant did not converge; give the step size as a number");
}

int lac_spectral_norm(size_t d, lac_product product, void *self, const lac_seeds *seeds, double *norm)
{
  lanczos z = { .d = d, .stride = lac_stride(d), .product = product, .self = self };
  gsl_rng *r = lac_rng_new();
  z.basis = lac_alloc((STEPS + 1) * z.stride * sizeof *z.basis);
  int status = r && z.basis ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK) {
    lac_rng_point(r, seeds, LAC_SEED_X0, 0, 0, 1);
    lac_rng_normal(r, z.basis, d, 1);
    scale(d, 1 / sqrt(lac_norm_sq(d, z.basis)), z.basis);
    status = iterate(&z, norm);
  }
  free(z.basis);
  if (r)
    gsl_rng_free(r);
  return status;
}
