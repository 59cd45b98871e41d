/* t-fp4.c: the codec of four bits against tables that were made elsewhere, against its definition in long double, and against
   vectors that attain its constant. */
#include "compressor.h"
#include "data.h"
#include "rng.h"
#include "tap.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
static gsl_rng *rng;
static lac_compressor f64, f32;

static const double level[8] = { 0, 0.25, 0.5, 1, 2, 4, 8, 16 };

/* The definition: nearest level, of two nearest ones the even code. */
static unsigned code_of(double x, double s)
{
  unsigned best = 0;
  if (s == 0)
    return 0;
  for (unsigned k = 1; k < 8; k++) {
    long double now = fabsl(fabsl(x) - (long double)level[k] * s), old = fabsl(fabsl(x) - (long double)level[best] * s);
    if (now < old || (now == old && k % 2 == 0))
      best = k;
  }
  return best && x < 0 ? 8 + best : best;
}

static int encode(const lac_compressor *c, size_t d, const double *x, lac_msg *m)
{
  lac_site s = lac_site_of(c, d);
  return lac_encode(&s, x, m);
}


static int decode(const lac_compressor *c, size_t d, lac_msg *m, double *y)
{
  lac_site s = lac_site_of(c, d);
  memset(y, 0, d * sizeof *y);
  return lac_decode_add(&s, 1, m, y);
}

/* Encode behind `before` bits, read scale and codes by hand, decode: nothing left, values as they should be. */
static int round_trip(const lac_compressor *c, size_t d, const double *x, unsigned before)
{
  lac_site at = lac_site_of(c, d);
  lac_msg m = { 0 };
  double s = 0, want = 0, *y = lac_alloc(d * sizeof *y);
  int good = lac_msg_put(&m, 0, before) == LAC_OK && encode(c, d, x, &m) == LAC_OK, exact = 0;
  lac_value format = c == &f32 ? LAC_F32 : LAC_F64;
  good &= m.nbits == before + lac_bits(&at, &exact) && exact;
  for (size_t j = 0; j < d; j++)
    want = fmax(want, fabs(x[j]));
  want /= 16;
  if (format == LAC_F32)                                     /* rounded up */
    want = (double)(float)want < want ? (double)nextafterf((float)want, INFINITY) : (double)(float)want;
  m.rpos = before;
  good &= decode(c, d, &m, y) == LAC_OK && m.rpos == m.nbits;
  m.rpos = before;
  good &= lac_msg_get_reals(&m, format, &s, 1) == LAC_OK && s == want;
  for (size_t j = 0; j < d && good; j++) {
    uint64_t code = 99;
    good &= lac_msg_get(&m, 4, &code) == LAC_OK && code == code_of(x[j], s);
    good &= y[j] == (code & 8 ? -1 : 1) * level[code & 7] * s;
  }
  lac_msg_free(&m);
  free(y);
  return good;
}

/* ---- the definition ---- */

/* Numbers next to every boundary of scales that have a long mantissa, so that a boundary itself may be no double. */
static void test_boundaries(void)
{
  static const double b[] = { 0.125, 0.375, 0.75, 1.5, 3, 6, 12, 16, 0 };
  enum { EACH = 7, COUNT = 2 * EACH * (int)LAC_COUNT(b) };
  unsigned wrong = 0, trips = 0;
  for (int trial = 0; trial < 500; trial++) {
    double x[COUNT + 1], s;
    size_t at = 0;
    lac_rng_point(rng, &seeds, LAC_SEED_DATA, (uint32_t)trial, 0, 0);
    lac_rng_normal(rng, &s, 1, ldexp(1, trial % 5 * 200 - 400));
    s = trial < 5 ? ldexp(1, trial - 2) : fabs(s);
    x[at++] = trial % 2 ? 16 * s : -16 * s;
    for (size_t k = 0; k < LAC_COUNT(b); k++) {
      double v = b[k] * s;
      for (int back = 0; back < EACH / 2; back++)
        v = nextafter(v, 0);
      for (int i = 0; i < EACH; i++, v = nextafter(v, INFINITY)) {
        x[at++] = fmin(v, 16 * s);
        x[at++] = -fmin(v, 16 * s);
      }
    }
    wrong += !round_trip(&f64, at, x, (unsigned)(trial % 9));
    trips++;
    if (trial <= 4 || trial % 5 == 2) {      /* in the range of f32 */
      wrong += !round_trip(&f32, at, x, (unsigned)(trial % 65));
      trips++;
    }
    if (trial <= 4) {
      wrong += !round_trip(&f64, at - (size_t)(trial % 4), x, 0);
      trips++;
    }
  }
  ok(wrong == 0, "codes next to every boundary, ties to the even code: %u wrong round trips of %u", wrong, trips);
}

static void test_shapes(void)
{
  double x[70];
  unsigned wrong = 0, trips = 0;
  for (size_t d = 1; d <= LAC_COUNT(x); d++) {
    lac_rng_point(rng, &seeds, LAC_SEED_DATA, (uint32_t)d, 1, 0);
    lac_rng_normal(rng, x, d, 3);
    wrong += !round_trip(&f64, d, x, (unsigned)d % 13) + !round_trip(&f32, d, x, (unsigned)d % 7);
    memset(x, 0, sizeof x);
    x[d / 2] = -0.0;
    wrong += !round_trip(&f64, d, x, 3) + !round_trip(&f32, d, x, 0);
    x[d - 1] = -7;
    wrong += !round_trip(&f64, d, x, 5);
    trips += 5;
  }
  ok(wrong == 0, "every length to 70, zeros, one nonzero: %u wrong round trips of %u", wrong, trips);
  for (size_t j = 0; j < LAC_COUNT(x); j++)
    x[j] = (j % 2 ? -1 : 1) * DBL_MAX / (double)(1 + j);
  ok(round_trip(&f64, LAC_COUNT(x), x, 0), "the largest numbers");
  for (size_t j = 0; j < LAC_COUNT(x); j++)
    x[j] = (j % 2 ? -1 : 1) * DBL_MIN * (double)(1 + j * j * j);
  ok(round_trip(&f64, LAC_COUNT(x), x, 0), "small numbers");
  lac_msg m = { 0 };
  double tiny = 5e-324, back = 1;
  ok(encode(&f64, 1, &tiny, &m) == LAC_OK && decode(&f64, 1, &m, &back) == LAC_OK && back == 0, "below every scale: zero");
  lac_msg_free(&m);
}

static void test_refusals(void)
{
  double x[40] = { 1 }, y[40];
  lac_msg m = { 0 };
  for (int i = 0; i < 3; i++) {
    x[17] = i == 0 ? NAN : i == 1 ? INFINITY : -INFINITY;
    ok(encode(&f64, 40, x, &m) == LAC_EDIVERGED && encode(&f32, 18, x, &m) == LAC_EDIVERGED, "refused: %g", x[17]);
  }
  x[17] = 1e200;
  ok(encode(&f32, 40, x, &m) == LAC_EDIVERGED, "refused: %s", lac_error());
  static const double scales[] = { -1, -0.0, NAN, INFINITY, DBL_MAX, DBL_MAX / 15 };
  for (size_t i = 0; i < LAC_COUNT(scales); i++) {
    uint64_t word;
    memcpy(&word, &scales[i], 8);
    lac_msg_clear(&m);
    lac_msg_put(&m, word, 64);
    lac_msg_put(&m, 7, 4);
    ok(decode(&f64, 1, &m, y) == LAC_EFORMAT, "a message with the scale %g: %s", scales[i], lac_error());
  }
  unsigned taken = 0;
  for (unsigned at = 0; at < 40; at++) {
    double one = at % 2;      /* -0, or anything at all when the scale is 0 */
    lac_msg_clear(&m);
    lac_msg_put_reals(&m, LAC_F64, &one, 1);
    for (unsigned j = 0; j < 40; j++)
      lac_msg_put(&m, j == at ? (at % 2 ? 8 : 1 + at % 15) : 0, 4);
    taken += decode(&f64, 40, &m, y) != LAC_EFORMAT;
  }
  ok(taken == 0, "messages with a wrong code: %u of 40 are taken", taken);
  lac_msg_clear(&m);
  ok(encode(&f64, 40, y, &m) == LAC_OK && decode(&f64, 40, &m, y) == LAC_OK, "a right one is taken");
  m.rpos = 0;
  m.nbits -= 1;
  ok(decode(&f64, 40, &m, y) == LAC_EFORMAT, "too short: %s", lac_error());
  lac_msg_free(&m);
}

/* ---- the constant ---- */

static double relative_error(const lac_compressor *c, size_t d, const double *x)
{
  lac_msg m = { 0 };
  double error = 0, square = 0, *y = lac_alloc(d * sizeof *y);
  if (encode(c, d, x, &m) != LAC_OK || decode(c, d, &m, y) != LAC_OK)
    error = INFINITY;
  for (size_t j = 0; j < d; j++) {
    error += (y[j] - x[j]) * (y[j] - x[j]);
    square += x[j] * x[j];
  }
  lac_msg_free(&m);
  free(y);
  return error / square;
}

/* All but one entry at a boundary, all pairs of boundaries, random ones: never above 1 - alpha, and somewhere equal to it. */
static void test_alpha(size_t d)
{
  static const double b[] = { 0.125, 0.375, 0.75, 1.5, 3, 6, 12, 16, 0, 0.12, 11.9, 14, 10 };
  double *x = lac_alloc(d * sizeof *x), worst = 0, worst_f32 = 0, a, a_f32;
  for (size_t i = 0; i < LAC_COUNT(b); i++)
    for (size_t k = 0; k <= i; k++)
      for (size_t share = 0; share < 3; share++) {
        x[0] = 16;
        for (size_t j = 1; j < d; j++)
          x[j] = share && j % (2 * share) == 0 ? b[k] : b[i];
        worst = tap_worse(worst, relative_error(&f64, d, x));
        for (size_t j = 0; j < d; j++)
          x[j] *= 1 + 1.0 / 3 / (double)(i + 1);      /* so that the scale is none of f32 */
        worst_f32 = tap_worse(worst_f32, relative_error(&f32, d, x));
      }
  for (uint32_t trial = 0; trial < 50; trial++) {
    lac_rng_point(rng, &seeds, LAC_SEED_DATA, trial, 2, (uint32_t)d);
    lac_rng_normal(rng, x, d, 1);
    for (size_t j = 0; trial % 2 && j < d; j++)
      x[j] = exp(3 * x[j]);
    worst = tap_worse(worst, relative_error(&f64, d, x));
    worst_f32 = tap_worse(worst_f32, relative_error(&f32, d, x));
  }
  lac_site wide = lac_site_of(&f64, d), narrow = lac_site_of(&f32, d);
  ok(lac_alpha(&wide, &a) == LAC_OK && lac_alpha(&narrow, &a_f32) == LAC_OK && a_f32 <= a, "d=%zu: alpha %.6g", d, a);
  is_near(worst, 1 - a, 1e-12, "d=%zu: alpha is attained", d);
  ok(worst <= (1 - a) * (1 + 1e-12) && worst_f32 <= 1 - a_f32, "d=%zu: and never missed", d);
  free(x);
}

/* ---- tables made elsewhere ---- */

static int skip_text(FILE *f) { return fscanf(f, "%*[^\n]"); }

static int has_file(const char *folder, const char *name)
{
  char *path = lac_asprintf("%s/%s.csv", folder, name);
  int here = access(path, R_OK) == 0;
  free(path);
  return here;
}

/* x,scale,code4,value: the largest entry of a vector fixes the scale. */
static void test_table(const char *folder)
{
  char *path = lac_asprintf("%s/e3m0_table.csv", folder);
  FILE *f = fopen(path, "r");
  double x[2], y[2], scale, value;
  unsigned code, rows = 0, wrong = 0;
  skip_text(f);
  while (fscanf(f, "%lf,%lf,%u,%lf", &x[1], &scale, &code, &value) == 4) {
    lac_msg m = { 0 };
    uint64_t got = 99;
    x[0] = 16 * scale;
    encode(&f64, 2, x, &m);
    m.rpos = 68;
    lac_msg_get(&m, 4, &got);
    m.rpos = 0;
    decode(&f64, 2, &m, y);
    wrong += got != code || y[1] != value;
    rows++;
    lac_msg_free(&m);
  }
  fclose(f);
  ok(rows > 50 && wrong == 0, "%u of %u values of the table differ", wrong, rows);
  free(path);
}

/* t,frag,worker,scale,c0,...: what the codes stand for has the same codes again. */
static void test_codes(const char *folder, const char *name)
{
  char *path = lac_asprintf("%s/%s_fp4_codes.csv", folder, name), line[512];
  FILE *f = fopen(path, "r");
  unsigned rows = 0, wrong = 0;
  while (f && fgets(line, sizeof line, f)) {
    double x[32], scale;
    unsigned code[32];
    size_t d = 0;
    int at = 0, more;
    if (sscanf(line, "%*u,%*u,%*u,%lf%n", &scale, &at) != 1)
      continue;
    for (; d < 32 && sscanf(line + at, ",%u%n", &code[d], &more) == 1; at += more, d++)
      x[d] = (code[d] & 8 ? -1 : 1) * level[code[d] & 7] * scale;
    lac_msg m = { 0 };
    double s;
    encode(&f64, d, x, &m);
    lac_msg_get_reals(&m, LAC_F64, &s, 1);
    wrong += s != scale;
    for (size_t j = 0; j < d; j++) {
      uint64_t got = 99;
      lac_msg_get(&m, 4, &got);
      wrong += got != code[j];
    }
    rows++;
    lac_msg_free(&m);
  }
  if (f)
    fclose(f);
  ok(rows >= 24 && wrong == 0, "%s: %u codes of %u vectors differ", name, wrong, rows);
  free(path);
}

static void test_tables(void)
{
  static const char *const codes[] = { "diloco_H6", "stream_tau0_a00", "stream_tau2_a00" };
  const char *home = getenv("LACONIC_TRUTH");
  char *folder = lac_asprintf("%s/diloco", home ? home : "");
  if (home && has_file(folder, "e3m0_table"))
    test_table(folder);
  else
    skip(home ? "LACONIC_TRUTH has no diloco/e3m0_table.csv" : "LACONIC_TRUTH is not set", "a table of values");
  for (size_t i = 0; i < LAC_COUNT(codes); i++) {
    char name[64];
    snprintf(name, sizeof name, "%s_fp4_codes", codes[i]);
    if (home && has_file(folder, name))
      test_codes(folder, codes[i]);
    else
      skip(home ? "LACONIC_TRUTH has no such file in diloco" : "LACONIC_TRUTH is not set", "codes of %s", codes[i]);
  }
  free(folder);
}

int main(void)
{
  rng = lac_rng_new();
  if (!rng || lac_compressor_open(&f64, "--up", "fp4") != LAC_OK ||
      lac_compressor_open(&f32, "--up", "fp4:scale=f32") != LAC_OK)
    return 1;
  test_boundaries();
  test_shapes();
  test_refusals();
  static const size_t lengths[] = { 1, 2, 3, 10, 1000, 2046, 2047, 2048, 5000, 100000 };
  for (size_t i = 0; i < LAC_COUNT(lengths); i++)
    test_alpha(lengths[i]);
  test_tables();
  lac_compressor_close(&f64);
  lac_compressor_close(&f32);
  gsl_rng_free(rng);
  return done();
}
