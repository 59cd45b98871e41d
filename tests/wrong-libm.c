/* wrong-libm.c: a mathematics library whose last digits are others, to be loaded before libm (LD_PRELOAD): t-libm.sh.

   What C does not require to be exact is off by 4 to 8 units in the last place.  With LACONIC_LIBM in the environment the program says
   whether GSL's logarithm is the wrong one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* C has no cast from the address of an object to that of a function. */
#define RIGHT(name, type) union { void *object; type; } right = { dlsym(RTLD_NEXT, #name) }
#define ONE(name)                                                                    \
  double name(double x) { RIGHT(name, double (*call)(double)); return right.call(x) * (1 + 0x1p-50); }      \
  float name##f(float x) { RIGHT(name##f, float (*call)(float)); return right.call(x) * (1 + 0x1p-21f); }
#define TWO(name)                                                                    \
  double name(double x, double y) { RIGHT(name, double (*call)(double, double)); return right.call(x, y) * (1 + 0x1p-50); } \
  float name##f(float x, float y) { RIGHT(name##f, float (*call)(float, float)); return right.call(x, y) * (1 + 0x1p-21f); }

ONE(exp) ONE(exp2) ONE(expm1) ONE(log) ONE(log2) ONE(log10) ONE(log1p)
ONE(sin) ONE(cos) ONE(tan) ONE(asin) ONE(acos) ONE(atan)
ONE(sinh) ONE(cosh) ONE(tanh) ONE(asinh) ONE(acosh) ONE(atanh)
ONE(cbrt) ONE(erf) ONE(erfc) ONE(lgamma) ONE(tgamma)
TWO(pow) TWO(atan2) TWO(hypot)

void sincos(double x, double *sine, double *cosine)
{
  *sine = sin(x);
  *cosine = cos(x);
}

static __attribute__((constructor)) void tell(void)
{
  RIGHT(log, double (*call)(double));
  union { void *object; double (*call)(double); } gsl = { dlsym(RTLD_DEFAULT, "gsl_log1p") };
  if (getenv("LACONIC_LIBM"))
    puts(!gsl.object ? "no GSL" : gsl.call(0.5) == right.call(1.5) ? "right" : "wrong");
}
