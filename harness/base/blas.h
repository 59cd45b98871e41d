/* blas.h: the only door to OpenBLAS: products of two matrices, and LAPACK.  Matrices lie by rows.

   OpenBLAS sums in the order of the kernel that it chooses for the processor, so what these functions return may differ in its last bits
   from one processor to another: a plug-in that calls them has `blas` set in its type, and ranks with different kernels are refused.
   Products of a matrix and a vector are sums of lac_dot and lac_axpy, which are the same everywhere, and so is what GSL computes:
   it calls its own cblas. */
#ifndef LAC_BLAS_H
#define LAC_BLAS_H

#include <gsl/gsl_cblas.h>
#include <stddef.h>

/* C (m x n, a row every ldc) = beta C + A B, each of A (a row every lda) and B (ldb) transposed or not; k is what they have in common. */
void lac_gemm_f64(enum CBLAS_TRANSPOSE ta, enum CBLAS_TRANSPOSE tb, size_t m, size_t n, size_t k, const double *a, size_t lda,
                  const double *b, size_t ldb, double beta, double *c, size_t ldc);
void lac_gemm_f32(enum CBLAS_TRANSPOSE ta, enum CBLAS_TRANSPOSE tb, size_t m, size_t n, size_t k, const float *a, size_t lda,
                  const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* The lower triangle of C (n x n) = A A' for A of n x k or, transposed, A'A for A of k x n. */
void lac_gram(enum CBLAS_TRANSPOSE ta, size_t n, size_t k, const double *a, double *c);

/* Eigenvectors first..last of a symmetric matrix (n x n, its lower triangle, overwritten), numbered from 1 in the order of their values;
   one a row of `vector`.  value: n doubles; room: LAC_EIGEN_ROOM * n doubles.  0, or what LAPACK's dsyevr says. */
enum { LAC_EIGEN_ROOM = 38 };
int lac_eigenvectors(size_t n, double *a, size_t first, size_t last, double *value, double *vector, double *room);

/* One thread, so that the number of cores changes no sum.  Before any of the above. */
void lac_blas_one_thread(void);

/* Whose bits they are, "Haswell of OpenBLAS 0.3.21": returns text. */
enum { LAC_KERNEL = 64 };
char *lac_blas_kernel(char text[static LAC_KERNEL]);
const char *lac_blas_config(void);      /* what the library says about itself; lives for ever */

#endif
