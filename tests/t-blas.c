/* Who computes: OpenBLAS, on one thread, the products of blas.h, and GSL's own cblas what GSL calls. */
#include "tap.h"

#include "base.h"
#include "blas.h"
#include <dlfcn.h>
#include <math.h>

int openblas_get_num_threads(void) __attribute__((weak));

/* The functions of this name that a library finds: those of the program and its libraries, in their order. */
static void comes_from(const char *name, const char *library)
{
  Dl_info about = { 0 };
  void *at = dlsym(RTLD_DEFAULT, name);
  int known = at && dladdr(at, &about) != 0 && about.dli_fname;
  ok(known && strstr(about.dli_fname, library), "%s is of %s", name, library);
  diag("%s is in %s", name, known ? about.dli_fname : "?");
}

static void products(void)
{
  const double a[] = { 1, 2, 3, 4, 5, 6 }, b[] = { 1, 0, 2, 1, 1, 3 };      /* 2 x 3 and 3 x 2, or their transposes */
  const float a32[] = { 1, 2, 3, 4, 5, 6 }, b32[] = { 1, 0, 2, 1, 1, 3 };
  double c[] = { 1, 0, 0, 100 }, t[9] = { 0 }, gram[4] = { 0 }, other[9] = { 0 };
  float c32[] = { 1, 0, 0, 100 };
  lac_gemm_f64(CblasNoTrans, CblasNoTrans, 2, 2, 3, a, 3, b, 2, 1, c, 2);
  ok(c[0] == 9 && c[1] == 11 && c[2] == 20 && c[3] == 123, "C + A B by rows");
  lac_gemm_f32(CblasNoTrans, CblasNoTrans, 2, 2, 3, a32, 3, b32, 2, 1, c32, 2);
  ok(c32[0] == 9 && c32[1] == 11 && c32[2] == 20 && c32[3] == 123, "... in f32");
  lac_gemm_f64(CblasTrans, CblasTrans, 3, 3, 2, a, 3, b, 2, 0, t, 3);
  ok(t[0] == 1 && t[1] == 6 && t[2] == 13 && t[3] == 2 && t[8] == 21, "A'B'");
  lac_gram(CblasNoTrans, 2, 3, a, gram);
  ok(gram[0] == 14 && gram[2] == 32 && gram[3] == 77, "the lower triangle of A A'");
  lac_gram(CblasTrans, 3, 2, a, other);
  ok(other[0] == 17 && other[3] == 22 && other[4] == 29 && other[6] == 27 && other[7] == 36 && other[8] == 45, "... and of A'A");
}

static void eigenvectors(void)
{
  double a[] = { 2, 0, 0, 1, 2, 0, 0, 0, 7 }, value[3], vector[9], room[3 * LAC_EIGEN_ROOM];      /* values 1, 3, 7 */
  ok(lac_eigenvectors(3, a, 2, 3, value, vector, room) == 0, "eigenvectors");
  ok(fabs(value[0] - 3) < 1e-14 && fabs(value[1] - 7) < 1e-14, "... in the order of their values");
  ok(fabs(vector[0] * vector[1] - 0.5) < 1e-14 && fabs(vector[5] * vector[5] - 1) < 1e-14, "... one a row");
}

int main(void)
{
  static const char *const gsl[] = { "cblas_ddot", "cblas_dnrm2", "cblas_daxpy", "cblas_dgemv", "cblas_dger", "cblas_dtrsv" };
  for (size_t i = 0; i < LAC_COUNT(gsl); i++)
    comes_from(gsl[i], "libgslcblas");
  static const char *const own[] = { "dgemm_", "sgemm_", "dsyrk_", "dsyevr_" };
  for (size_t i = 0; i < LAC_COUNT(own); i++)
    comes_from(own[i], "openblas");
  lac_blas_one_thread();
  if (ok(openblas_get_num_threads != NULL, "threads can be counted"))
    is_u64((uint64_t)openblas_get_num_threads(), 1, "one thread");
  char kernel[LAC_KERNEL];
  ok(strstr(lac_blas_kernel(kernel), " of OpenBLAS ") != NULL, "the kernel has a name");
  diag("%s", kernel);
  products();
  eigenvectors();
  return done();
}
