/* Who computes: OpenBLAS on one thread, not GSL's reference cblas. */
#include "tap.h"

#include <stdlib.h>
#include <dlfcn.h>
#include <gsl/gsl_cblas.h>

void openblas_set_num_threads(int) __attribute__((weak));
int openblas_get_num_threads(void) __attribute__((weak));

static void check(const char *name, void *at)
{
  Dl_info about = { 0 };
  int known = dladdr(at, &about) != 0 && about.dli_fname;
  ok(known && strstr(about.dli_fname, "openblas") && !strstr(about.dli_fname, "gslcblas"), "%s comes from OpenBLAS", name);
  diag("%s is in %s", name, known ? about.dli_fname : "?");
}

int main(void)
{
  check("cblas_dgemv", (void *)(uintptr_t)cblas_dgemv);
  check("cblas_ddot", (void *)(uintptr_t)cblas_ddot);
  check("cblas_dgemm", (void *)(uintptr_t)cblas_dgemm);
  check("cblas_sgemm", (void *)(uintptr_t)cblas_sgemm);
  if (ok(openblas_set_num_threads && openblas_get_num_threads, "its threads can be set")) {
    openblas_set_num_threads(1);
    is_u64((uint64_t)openblas_get_num_threads(), 1, "one thread");
  }
  double x[] = { 1, 2, 3 }, a[] = { 1, 0, 2, 0, 1, 1, 3, 0, 0 }, y[3] = { 1, 1, 1 };
  ok(cblas_ddot(3, x, 1, x, 1) == 14, "ddot computes");
  cblas_dgemv(CblasRowMajor, CblasNoTrans, 3, 3, 1, a, 3, x, 1, 1, y, 1);
  ok(y[0] == 8 && y[1] == 6 && y[2] == 4, "dgemv computes");
  return done();
}
