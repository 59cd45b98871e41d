#include "blas.h"

#include <stdio.h>

/* Of OpenBLAS; another BLAS may be without. */
const char *openblas_get_config(void) __attribute__((weak));
const char *openblas_get_corename(void) __attribute__((weak));
void openblas_set_num_threads(int) __attribute__((weak));

/* By their names in Fortran: cblas_* are GSL's.  The last arguments are the lengths of the texts. */
void dgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k, const double *alpha, const double *a, const int *lda,
            const double *b, const int *ldb, const double *beta, double *c, const int *ldc, size_t, size_t);
void sgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k, const float *alpha, const float *a, const int *lda,
            const float *b, const int *ldb, const float *beta, float *c, const int *ldc, size_t, size_t);
void dsyrk_(const char *triangle, const char *ta, const int *n, const int *k, const double *alpha, const double *a, const int *lda,
            const double *beta, double *c, const int *ldc, size_t, size_t);
void dsyevr_(const char *job, const char *range, const char *triangle, const int *n, double *a, const int *lda, const double *low,
             const double *high, const int *il, const int *iu, const double *tolerance, int *found, double *value, double *vector,
             const int *ldz, int *support, double *work, const int *lwork, int *iwork, const int *liwork, int *info,
             size_t, size_t, size_t);

static const char *letter(enum CBLAS_TRANSPOSE t) { return t == CblasTrans ? "T" : "N"; }

/* By columns, as Fortran has them, C is C' = B'A'. */
#define GEMM(name, routine, REAL)                                                                                                   \
  void name(enum CBLAS_TRANSPOSE ta, enum CBLAS_TRANSPOSE tb, size_t m, size_t n, size_t k, const REAL *a, size_t lda,              \
            const REAL *b, size_t ldb, REAL beta, REAL *c, size_t ldc)                                                              \
  {                                                                                                                                 \
    const int rows = (int)m, cols = (int)n, depth = (int)k, a_row = (int)lda, b_row = (int)ldb, c_row = (int)ldc;                   \
    const REAL one = 1;                                                                                                             \
    routine(letter(tb), letter(ta), &cols, &rows, &depth, &one, b, &b_row, a, &a_row, &beta, c, &c_row, 1, 1);                      \
  }
GEMM(lac_gemm_f64, dgemm_, double)
GEMM(lac_gemm_f32, sgemm_, float)

void lac_gram(enum CBLAS_TRANSPOSE ta, size_t n, size_t k, const double *a, double *c)
{
  const int order = (int)n, depth = (int)k, row = ta == CblasTrans ? order : depth;
  const double one = 1, zero = 0;
  dsyrk_("U", ta == CblasTrans ? "N" : "T", &order, &depth, &one, a, &row, &zero, c, &order, 1, 1);
}

int lac_eigenvectors(size_t n, double *a, size_t first, size_t last, double *value, double *vector, double *room)
{
  enum { WORK = 32, WORDS = 10, SUPPORT = 2 };      /* of n: doubles, at least 26, and ints for dsyevr */
  const int order = (int)n, low = (int)first, high = (int)last, work = WORK * order, words = WORDS * order;
  const double none = 0;
  int found, info, *support = (int *)(room + work);
  _Static_assert((LAC_EIGEN_ROOM - WORK) * sizeof *room >= (WORDS + SUPPORT) * sizeof *support, "room for dsyevr");
  dsyevr_("V", "I", "U", &order, a, &order, &none, &none, &low, &high, &none, &found, value, vector, &order, support, room, &work,
          support + SUPPORT * order, &words, &info, 1, 1, 1);
  return info;
}

void lac_blas_one_thread(void)
{
  if (openblas_set_num_threads)
    openblas_set_num_threads(1);
}

const char *lac_blas_config(void) { return openblas_get_config ? openblas_get_config() : "unknown"; }

char *lac_blas_kernel(char text[static LAC_KERNEL])
{
  char name[16] = "", version[16] = "";
  sscanf(lac_blas_config(), "%15s %15s", name, version);
  snprintf(text, LAC_KERNEL, "%.24s of %s %s", openblas_get_corename ? openblas_get_corename() : "unknown kernel", name, version);
  return text;
}
