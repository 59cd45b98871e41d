/* The largest |eigenvalue|, against GSL's dense solver. */
#include "theory/spectrum.h"
#include "base.h"
#include "tap.h"

#include <stdlib.h>
#include <gsl/gsl_eigen.h>
#include <math.h>

typedef struct { size_t d; double *a; unsigned calls; } dense;

static int product(void *self, const double *v, double *out)
{
  dense *m = self;
  m->calls++;
  for (size_t i = 0; i < m->d; i++) {
    out[i] = 0;
    for (size_t j = 0; j < m->d; j++)
      out[i] += m->a[i * m->d + j] * v[j];
  }
  return LAC_OK;
}

static int failing(void *self, const double *v, double *out)
{
  (void)self, (void)v, (void)out;
  return LAC_EIO;
}

static double by_gsl(const dense *m)
{
  gsl_matrix *a = gsl_matrix_alloc(m->d, m->d);
  gsl_vector *values = gsl_vector_alloc(m->d);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(m->d);
  double most = 0;
  for (size_t i = 0; i < m->d; i++)
    for (size_t j = 0; j < m->d; j++)
      gsl_matrix_set(a, i, j, m->a[i * m->d + j]);
  gsl_eigen_symm(a, values, work);
  for (size_t i = 0; i < m->d; i++)
    most = tap_worse(most, fabs(gsl_vector_get(values, i)));
  gsl_eigen_symm_free(work);
  gsl_vector_free(values);
  gsl_matrix_free(a);
  return most;
}

typedef enum { RANDOM, GRAM, NEGATIVE, TRIDIAGONAL, PROJECTOR, DIAGONAL, TINY, HUGE_, ZERO, SHAPES } shape;
static const char *const shape_name[] = { "random", "Gram", "negative", "tridiagonal", "rank one", "diagonal", "tiny", "huge", "zero" };

static void fill(dense *m, shape s, gsl_rng *r)
{
  size_t d = m->d;
  double *u = malloc(d * d * sizeof *u);
  lac_rng_normal(r, u, d * d, 1);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      double gram = 0;
      for (size_t k = 0; k < d && (s == GRAM || s == NEGATIVE); k++)
        gram += u[k * d + i] * u[k * d + j];
      m->a[i * d + j] = s == GRAM          ? gram
                        : s == NEGATIVE    ? -gram
                        : s == TRIDIAGONAL ? (i == j ? 2 : i + 1 == j || j + 1 == i ? -1 : 0)
                        : s == PROJECTOR   ? u[i] * u[j]
                        : s == DIAGONAL    ? (i == j ? 1. / (double)(i + 1) : 0)
                        : s == ZERO        ? 0
                                           : (u[i * d + j] + u[j * d + i]) * (s == TINY ? 1e-150 : s == HUGE_ ? 1e150 : 1);
    }
  free(u);
}

int main(void)
{
  static const size_t sizes[] = { 1, 2, 3, 10, 59, 60, 61, 150 };
  lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
  gsl_rng *r = lac_rng_new();
  for (shape s = 0; s < SHAPES; s++) {
    double worst = 0, above = 0, have = NAN, again = NAN;
    int failed = 0, changes = 0;
    for (size_t k = 0; k < LAC_COUNT(sizes); k++) {
      dense m = { .d = sizes[k], .a = malloc(sizes[k] * sizes[k] * sizeof(double)) };
      lac_rng_point(r, &seeds, LAC_SEED_DATA, (uint32_t)s, (uint32_t)k, 0);
      fill(&m, s, r);
      double want = by_gsl(&m);
      failed += lac_spectral_norm(m.d, product, &m, &seeds, &have) != LAC_OK;
      failed += lac_spectral_norm(m.d, product, &m, &seeds, &again) != LAC_OK;
      changes += memcmp(&have, &again, sizeof have) != 0;
      double off = want > 0 ? (have - want) / want : have;
      worst = tap_worse(worst, fabs(off));
      above = tap_worse(above, off);
      free(m.a);
    }
    ok(!failed && worst < 1e-11 && above < 1e-12, "%s: relative error %.1e, above by %.1e", shape_name[s], worst, above);
    is_u64((uint64_t)changes, 0, "%s: twice the same bits", shape_name[s]);
  }
  double norm, bad[4] = { NAN, 0, 0, 1 };
  is_u64((uint64_t)lac_spectral_norm(3, failing, NULL, &seeds, &norm), LAC_EIO, "a product that fails is reported");
  dense m = { .d = 2, .a = bad };
  is_u64((uint64_t)lac_spectral_norm(2, product, &m, &seeds, &norm), LAC_ENOTSUP, "a matrix that is not finite has no norm");
  gsl_rng_free(r);
  return done();
}
