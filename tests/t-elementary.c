/* t-elementary.c: exp, log and their kin against quadruple precision; loops of every instruction set against one number at a time. */
#include "elementary.h"
#include "base.h"
#include "tap.h"

#include <float.h>
#include <stdlib.h>
#ifdef HAVE_QUADMATH
#include <quadmath.h>
#endif

enum { POINTS = 65536, RANGES = 6 };

/* ---- the functions, as loops ---- */

typedef void loop(size_t count, const double *x, double *y);

/* One at a time: nothing that is volatile can be part of a vector. */
#define ONE(name, call)                                                                                                       \
  static void name##_one(size_t count, const double *at, double *y)                                                           \
  {                                                                                                                           \
    for (size_t i = 0; i < count; i++) {                                                                                      \
      volatile double each = at[i];                                                                                           \
      double x = each;                                                                                                        \
      y[i] = call;                                                                                                            \
    }                                                                                                                         \
  }
#define MANY(name, call, set, target)                                                                                         \
  target static void name##_##set(size_t count, const double *restrict at, double *restrict y)                                \
  {                                                                                                                           \
    for (size_t i = 0; i < count; i++) {                                                                                      \
      double x = at[i];                                                                                                       \
      y[i] = call;                                                                                                            \
    }                                                                                                                         \
  }
#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2")))
#define AVX512F __attribute__((target("avx512f")))
#define HAS(set) __builtin_cpu_supports(set)
#else
#define AVX2
#define AVX512F
#define HAS(set) 0
#endif
#define LOOPS(name, call) ONE(name, call) MANY(name, call, any, ) MANY(name, call, avx2, AVX2) MANY(name, call, avx512f, AVX512F)

LOOPS(exp, lac_exp(x))
LOOPS(exp_minus, lac_exp_minus_f64(x))
LOOPS(exp_minus_f32, lac_exp_minus_f32((float)x))
LOOPS(tanh, lac_tanh_f64(x))
LOOPS(tanh_f32, lac_tanh_f32((float)x))
LOOPS(log, lac_log(x))
LOOPS(log2, lac_log2(x))
LOOPS(log1p_unit, lac_log1p_unit(x))

/* ---- what they should be ---- */

#ifdef HAVE_QUADMATH
typedef __float128 quad;
static quad exp_of(quad x) { return expq(x); }
static quad exp_minus_of(quad x) { return expq(-x); }
static quad tanh_of(quad x) { return tanhq(x); }
static quad log_of(quad x) { return logq(x); }
static quad log2_of(quad x) { return log2q(x); }
static quad log1p_of(quad x) { return log1pq(x); }
static quad cos_of(quad x) { return cosq(x); }

/* In units of the last place of `want`, which has so many digits, or of the least number that is not 0. */
static double ulps(double got, quad want, int digits)
{
  int exponent, least = digits == 24 ? -149 : -1074;
  frexpq(want, &exponent);
  exponent = exponent - digits < least ? least : exponent - digits;
  return isfinite(got) ? (double)ldexpq(fabsq(got - want), -exponent) : INFINITY;
}
#else
typedef double quad;
#define exp_of NULL
#define exp_minus_of NULL
#define tanh_of NULL
#define log_of NULL
#define log2_of NULL
#define log1p_of NULL
#endif

/* EVEN: evenly between two numbers; BITS: between the bits of two numbers of one sign, so that every binade has as many. */
typedef struct { enum { NONE, EVEN, BITS } kind; double from, to; } range;

typedef struct {
  const char *name;
  quad (*of)(quad x);
  double bound;      /* of elementary.h, in ulp */
  int digits;
  range at[RANGES];
  loop *one, *any, *avx2, *avx512f;
} function;
#define OF(name) name##_one, name##_any, name##_avx2, name##_avx512f

/* Beside all sizes: where results get subnormal, on both sides of where the reduction of the argument changes, and near 1. */
static const function functions[] = {
  { "exp(x)", exp_of, 1.1, 53, { { EVEN, -745.2, 709.782 }, { EVEN, -1, 1 }, { EVEN, 0.3465, 0.3467 }, { EVEN, -745.2, -708 },
    { BITS, 5e-324, 709.78 }, { BITS, -5e-324, -745 } }, OF(exp) },
  { "exp(-u)", exp_minus_of, 1.1, 53, { { EVEN, 0, 745.2 }, { EVEN, 0, 1 }, { EVEN, 0.3465, 0.3467 }, { EVEN, 708, 745.2 },
    { BITS, 5e-324, 745 } }, OF(exp_minus) },
  { "exp(-u) in f32", exp_minus_of, 1.5, 24, { { EVEN, 0, 103.9 }, { EVEN, 0, 1 }, { EVEN, 0.3465, 0.3467 }, { EVEN, 87, 103.9 },
    { BITS, 1e-45, 103 } }, OF(exp_minus_f32) },
  { "tanh(z)", tanh_of, 2.5, 53, { { EVEN, -20, 20 }, { EVEN, -1, 1 }, { EVEN, 0.1732, 0.1734 }, { BITS, 5e-324, DBL_MAX },
    { BITS, -5e-324, -1 } }, OF(tanh) },
  { "tanh(z) in f32", tanh_of, 2.5, 24, { { EVEN, -10, 10 }, { EVEN, -1, 1 }, { EVEN, 0.1732, 0.1734 }, { BITS, 1e-45, FLT_MAX },
    { BITS, -1e-45, -1 } }, OF(tanh_f32) },
  { "log(x)", log_of, 1, 53, { { BITS, 5e-324, DBL_MAX }, { EVEN, 0.5, 2 }, { EVEN, 0.999999, 1.000001 }, { EVEN, 0.7070, 0.7072 },
    { EVEN, 1.4141, 1.4143 }, { BITS, 5e-324, DBL_MIN } }, OF(log) },
  { "log2(x)", log2_of, 2, 53, { { BITS, 5e-324, DBL_MAX }, { EVEN, 0.5, 2 }, { EVEN, 0.999999, 1.000001 }, { EVEN, 0.7070, 0.7072 },
    { EVEN, 1.4141, 1.4143 }, { BITS, 5e-324, DBL_MIN } }, OF(log2) },
  { "log(1+e)", log1p_of, 1.5, 53, { { EVEN, 0, 1 }, { EVEN, 0.999, 1 }, { BITS, 5e-324, 1 } }, OF(log1p_unit) },
};

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t next_word(void)      /* Marsaglia 2003, xorshift */
{
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static void fill(const function *f, const range *r, double *x)
{
  uint64_t from = lac_bits_f64(r->from), width = lac_bits_f64(r->to) - from;
  for (size_t i = 0; i < POINTS; i++) {
    double even = r->from + (r->to - r->from) * (0x1p-53 * (double)(next_word() >> 11));
    x[i] = r->kind == EVEN ? even : lac_of_bits_f64(from + next_word() % (width + 1));
    x[i] = f->digits == 24 ? (double)(float)x[i] : x[i];
  }
}

static double *vector(void)
{
  double *x = malloc(POINTS * sizeof *x);
  if (!x)
    exit(99);
  return x;
}

/* ---- tests ---- */

static void test_loops(const function *f, double *x, double *y, double *other)
{
  const struct { const char *set; int here; loop *of; } loops[] = {
    { "any", 1, f->any }, { "AVX2", HAS("avx2"), f->avx2 }, { "AVX-512", HAS("avx512f"), f->avx512f } };
  for (size_t l = 0; l < LAC_COUNT(loops); l++) {
    size_t differ = 0;
    for (const range *r = f->at; loops[l].here && r < f->at + RANGES && r->kind; r++) {
      fill(f, r, x);
      f->one(POINTS, x, y);
      loops[l].of(POINTS, x, other);
      for (size_t i = 0; i < POINTS; i++)
        differ += lac_bits_f64(y[i]) != lac_bits_f64(other[i]);
    }
    if (loops[l].here)
      is_u64(differ, 0, "%s: a loop for %s processor gives the same bits", f->name, l ? loops[l].set : "any");
    else
      skip("this processor has no such instructions", "%s: a loop of %s", f->name, loops[l].set);
  }
}

static void test_error(const function *f, double *x, double *y)
{
#ifdef HAVE_QUADMATH
  double worst = 0, where = 0;
  size_t points = 0;
  for (const range *r = f->at; r < f->at + RANGES && r->kind; r++) {
    fill(f, r, x);
    f->one(POINTS, x, y);
    points += POINTS;
    for (size_t i = 0; i < POINTS; i++) {
      double error = ulps(y[i], f->of(x[i]), f->digits);
      where = error > worst ? x[i] : where;
      worst = error > worst ? error : worst;
    }
  }
  ok(worst <= f->bound, "%s: within %g ulp at %zu points", f->name, f->bound, points);
  diag("at most %.3f, at %.17g", worst, where);
#else
  (void)x, (void)y;
  skip("no libquadmath", "%s: within %g ulp", f->name, f->bound);
#endif
}

/* hypot is ours, too: vec.c says why. */
static void test_hypot(void)
{
#ifdef HAVE_QUADMATH
  double worst = 0;
  for (int i = 0; i < 2 * POINTS; i++) {
    int exponent = (int)(next_word() % 2000) - 1050;
    double x = ldexp(0x1p-53 * (double)(next_word() >> 11), exponent), y = ldexp(0x1p-53 * (double)(next_word() >> 11), exponent);
    y = i % 8 ? y : ldexp(y, (int)(next_word() % 40) - 20);
    worst = tap_worse(worst, ulps(hypot(x, -y), hypotq(x, y), 53));
  }
  ok(worst <= 1.5, "hypot: within 1.5 ulp");
  diag("at most %.3f", worst);
#else
  skip("no libquadmath", "hypot: within 1.5 ulp");
#endif
  ok(hypot(3, -4) == 5 && hypot(0, -0.0) == 0 && hypot(5e-324, 0) == 5e-324 && hypot(DBL_MAX, 1) == DBL_MAX &&
     hypot(DBL_MAX, DBL_MAX) == INFINITY && hypot(NAN, -INFINITY) == INFINITY && isnan(hypot(1, NAN)), "hypot: specials");
}

/* cos and powers bound another error than ulp. */
static void test_few(void)
{
#ifdef HAVE_QUADMATH
  double cosine = 0, power = 0;
  for (int i = 0; i < POINTS; i++) {
    double x = M_PI / 2 * i / (POINTS - 1), b = 0x1p-53 * (double)(next_word() >> 11);
    uint64_t n = 1 + next_word() % (i % 2 ? 20 : 2000);
    quad want = 1;
    b = b > 0.5 ? 1 - (1 - b) / (double)n : b;
    for (uint64_t k = 0; k < n; k++)
      want *= b;
    cosine = tap_worse(cosine, (double)fabsq(lac_cos_quarter(x) - cos_of(x)));
    if (want > 0x1p-1000Q)
      power = tap_worse(power, (double)(fabsq(lac_power(b, n) / want - 1) / n));
  }
  ok(cosine <= 0x1p-52, "cos(x), 0 <= x <= pi/2: within 2^-52");
  diag("at most %.3f 2^-52", cosine * 0x1p52);
  ok(power <= 0x1p-53, "b^n: within n 2^-53, relatively");
  diag("at most %.3f n 2^-53", power * 0x1p53);
#else
  skip("no libquadmath", "cos(x), 0 <= x <= pi/2: within 2^-52");
  skip("no libquadmath", "b^n: within n 2^-53, relatively");
#endif
  ok(lac_power(0, 0) == 1 && lac_power(0, 3) == 0 && lac_power(-2, 3) == -8 && lac_power(0.5, 1074) == 5e-324, "b^n: exact ones");
}

static void test_specials(void)
{
  static const struct { loop *of; const char *name; double x, want; } specials[] = {
    { exp_one, "exp", 0, 1 }, { exp_one, "exp", -0.0, 1 }, { exp_one, "exp", INFINITY, INFINITY }, { exp_one, "exp", -INFINITY, 0 },
    { exp_one, "exp", DBL_MAX, INFINITY }, { exp_one, "exp", -DBL_MAX, 0 }, { exp_one, "exp", 709.79, INFINITY },
    { exp_one, "exp", -746, 0 }, { exp_one, "exp", NAN, NAN }, { exp_one, "exp", 5e-324, 1 },
    { exp_minus_one, "exp_minus", 0, 1 }, { exp_minus_one, "exp_minus", INFINITY, 0 }, { exp_minus_one, "exp_minus", NAN, NAN },
    { exp_minus_f32_one, "exp_minus_f32", 0, 1 }, { exp_minus_f32_one, "exp_minus_f32", INFINITY, 0 },
    { exp_minus_f32_one, "exp_minus_f32", NAN, NAN },
    { tanh_one, "tanh", 0, 0 }, { tanh_one, "tanh", -0.0, -0.0 }, { tanh_one, "tanh", INFINITY, 1 }, { tanh_one, "tanh", -INFINITY, -1 },
    { tanh_one, "tanh", NAN, NAN }, { tanh_one, "tanh", -5e-324, -5e-324 },
    { tanh_f32_one, "tanh_f32", -0.0, -0.0 }, { tanh_f32_one, "tanh_f32", -INFINITY, -1 }, { tanh_f32_one, "tanh_f32", NAN, NAN },
    { log_one, "log", 1, 0 }, { log_one, "log", 0, -INFINITY }, { log_one, "log", -0.0, -INFINITY }, { log_one, "log", INFINITY, INFINITY },
    { log_one, "log", -1, NAN }, { log_one, "log", -5e-324, NAN }, { log_one, "log", -INFINITY, NAN }, { log_one, "log", NAN, NAN },
    { log2_one, "log2", 1, 0 }, { log2_one, "log2", 0, -INFINITY }, { log2_one, "log2", INFINITY, INFINITY }, { log2_one, "log2", -1, NAN },
    { log1p_unit_one, "log1p_unit", 0, 0 }, { log1p_unit_one, "log1p_unit", NAN, NAN },
  };
  for (size_t i = 0; i < LAC_COUNT(specials); i++) {
    double y, want = specials[i].want;
    specials[i].of(1, &specials[i].x, &y);
    ok(isnan(want) ? isnan(y) : lac_bits_f64(y) == lac_bits_f64(want), "%s(%g) = %g", specials[i].name, specials[i].x, want);
  }
  int exact = 1;
  for (int k = -1074; k < 1024; k++)
    exact &= lac_log2(ldexp(1, k)) == k;
  ok(exact, "log2 of every power of 2 is exact");
}

int main(void)
{
  double *x = vector(), *y = vector(), *other = vector();
  for (const function *f = functions; f < functions + LAC_COUNT(functions); f++) {
    test_error(f, x, y);
    test_loops(f, x, y, other);
  }
  test_few();
  test_hypot();
  test_specials();
  free(x);
  free(y);
  free(other);
  return done();
}
