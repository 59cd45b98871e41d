/* Low-rank factors: orthonormal columns, the compressor powersgd against a value computed elsewhere and against what singular vectors
   give, its memory, and alpha whatever is remembered. */
#include "compressors/parts/lowrank.h"
#include "registry/registry.h"
#include "tap.h"
#include "truth.h"
#include "vec.h"

#include <gsl/gsl_cblas.h>
#include <stdlib.h>

static gsl_rng *stream, *shared, *data;
static const lac_seeds seeds = { .axis = { 21, 22, 23, 24, 25, 26, 27, 28 } };

static void normal(size_t size, double *x, uint32_t which)
{
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, which, 0);
  lac_rng_normal(data, x, size, 1);
}

/* ---- columns ---- */

static double off_orthonormal(size_t size, size_t count, const double *c, size_t *zeros)
{
  double worst = 0;
  *zeros = 0;
  for (size_t k = 0; k < count; k++) {
    int zero = lac_largest(size, c + k * size) == 0;
    *zeros += (size_t)zero;
    for (size_t j = 0; j <= k; j++)
      worst = tap_worse(worst, fabs(cblas_ddot((int)size, c + k * size, 1, c + j * size, 1) - (j == k && !zero)));
  }
  return worst;
}

static void test_columns(void)
{
  enum { SIZE = 40, COUNT = 12 };
  double c[COUNT * SIZE];
  size_t zeros;
  normal(COUNT * SIZE, c, 1);
  lac_orthonormalise(SIZE, COUNT, c);
  ok(off_orthonormal(SIZE, COUNT, c, &zeros) < 1e-15 * SIZE && zeros == 0, "random columns become orthonormal");

  normal(COUNT * SIZE, c, 2);
  for (size_t k = 1; k < COUNT; k++)      /* all nearly the first */
    for (size_t j = 0; j < SIZE; j++)
      c[k * SIZE + j] = c[j] + 1e-7 * c[k * SIZE + j];
  lac_orthonormalise(SIZE, COUNT, c);
  ok(off_orthonormal(SIZE, COUNT, c, &zeros) < 1e-15 * SIZE && zeros == 0, "columns that are nearly the same become orthonormal");

  normal(COUNT * SIZE, c, 3);
  for (size_t j = 0; j < SIZE; j++) {
    c[2 * SIZE + j] = 3 * c[j] - 2 * c[SIZE + j];
    c[5 * SIZE + j] = 0;
    c[7 * SIZE + j] = 1e300 * c[4 * SIZE + j];
    c[8 * SIZE + j] *= 1e-300;
    c[9 * SIZE + j] *= 1e305;
  }
  lac_orthonormalise(SIZE, COUNT, c);
  ok(off_orthonormal(SIZE, COUNT, c, &zeros) < 1e-15 * SIZE, "dependent, huge and tiny columns: orthonormal or 0");
  is_u64(zeros, 3, "exactly those in the span of others are 0");

  enum { FLAT = 3 };
  normal(5 * FLAT, c, 4);
  lac_orthonormalise(FLAT, 5, c);
  ok(off_orthonormal(FLAT, 5, c, &zeros) < 1e-14 && zeros == 2, "of five columns of three numbers two are 0");
}

/* ---- parts ---- */

static void test_parts(void)
{
  static const lac_layer layers[] = {
    { "W1", 100, 784 }, { "b1", 100, 1, 78400, LAC_BIAS }, { "W2", 3, 100, 78500 }, { "b2", 3, 1, 78800, LAC_BIAS }
  };
  lac_compressor c = { 0 };
  lac_site s = lac_site_of(&c, 78803);
  lac_part p;
  size_t numbers = 0, i = 0;
  s.layers = layers;
  s.layer_count = LAC_COUNT(layers);
  for (; lac_part_of(&s, 2, i, &p); i++)
    numbers += lac_part_numbers(&p);
  is_u64(i, 4, "a part a layer");
  is_u64(numbers, 2 * 884 + 100 + 2 * 103 + 3, "factors of matrices, biases in full");
  ok(lac_part_of(&s, 3, 2, &p) && p.rank == 0, "3 x 100 at rank 3 is sent in full");
  s.layer_count = 0;
  ok(lac_part_of(&s, 2, 0, &p) && p.rows == 280 && p.cols == 281 && p.rank == 2, "without layers: nearly square");
  ok(lac_part_of(&s, 2, 1, &p) && p.rows == 78803 - 280 * 281 && p.rank == 0 && !lac_part_of(&s, 2, 2, &p), "and what is left of it");
}

/* ---- the compressor ---- */

static lac_site site_of(const lac_compressor *c, const lac_layer *layer, double *state, uint32_t round)
{
  lac_site s = lac_site_of(c, layer->rows * layer->cols);
  s.layers = layer;
  s.layer_count = 1;
  s.rng = stream;
  s.shared = shared;
  s.state = state;
  s.round = round;
  lac_rng_point(stream, &seeds, LAC_SEED_NOISE, 3, round, 0);
  lac_rng_point(shared, &seeds, LAC_SEED_NOISE, 0, round, 1);
  return s;
}

/* |C(x) - x|^2 / |x|^2, and C(x). */
static double error_of(const lac_compressor *c, const lac_layer *layer, double *state, uint32_t round, const double *x, double *image)
{
  lac_site s = site_of(c, layer, state, round);
  lac_msg m = { 0 };
  double sum = 0;
  lac_zero(s.d, image);
  int status = lac_encode(&s, x, &m);
  s.state = NULL;
  if (status == LAC_OK)
    status = lac_decode_add(&s, 1, &m, image);
  lac_msg_free(&m);
  for (size_t j = 0; j < s.d; j++)
    sum += (image[j] - x[j]) * (image[j] - x[j]);
  return status == LAC_OK ? sum / lac_norm_sq(s.d, x) : NAN;
}

enum { ROWS = 12, COLS = 20, RANK = 3, MOST_D = ROWS * COLS };
static const lac_layer wide = { "W", ROWS, COLS }, tall = { "W", COLS, ROWS };

static void open_rank(lac_compressor *c, const char *from)
{
  char spec[64];
  snprintf(spec, sizeof spec, "powersgd:rank=%d,from=%s", RANK, from);
  if (lac_compressor_open(c, "--up", spec) != LAC_OK)
    exit(99);
}

/* Singular values 2^-i. */
static void decaying(const lac_layer *l, double *x)
{
  size_t n = l->rows < l->cols ? l->rows : l->cols;
  double u[ROWS * COLS + COLS * COLS], v[ROWS * COLS + COLS * COLS];
  normal(n * l->rows, u, 31);
  normal(n * l->cols, v, 32);
  lac_orthonormalise(l->rows, n, u);
  lac_orthonormalise(l->cols, n, v);
  lac_zero(l->rows * l->cols, x);
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < l->rows; i++)
      lac_axpy(l->cols, ldexp(u[k * l->rows + i], -(int)k), v + k * l->cols, x + i * l->cols);
}

static void test_best(const lac_layer *l)
{
  lac_compressor svd, warm;
  double x[MOST_D], image[MOST_D], state[RANK * COLS] = { 0 }, tail = 0, all = 0;
  open_rank(&svd, "svd");
  open_rank(&warm, "warm");
  decaying(l, x);
  for (int k = 0; k < ROWS; k++) {
    all += ldexp(1, -2 * k);
    tail += k >= RANK ? ldexp(1, -2 * k) : 0;
  }
  double best = error_of(&svd, l, NULL, 0, x, image), first = error_of(&warm, l, state, 0, x, image), last = first, before = first;
  is_near(best, tail / all, 1e-14, "%zu x %zu: svd leaves the smallest singular values", l->rows, l->cols);
  unsigned risen = 0;
  for (uint32_t t = 1; t < 40; t++, before = last) {
    last = error_of(&warm, l, state, t, x, image);
    risen += last > before * (1 + 1e-12);
  }
  ok(first > best * 1.01, "%zu x %zu: one step from a random start is not the best (%g times its error)", l->rows, l->cols, first / best);
  is_u64(risen, 0, "... with what is remembered the error falls in every round");
  is_near(last, best, 1e-12, "... to the best");
  lac_compressor_close(&svd);
  lac_compressor_close(&warm);
}

/* A matrix of rank one, then one whose rows are orthogonal to it. */
static void test_memory(void)
{
  lac_compressor warm, guarded;
  double x[MOST_D] = { 0 }, y[MOST_D] = { 0 }, image[MOST_D], state[RANK * COLS] = { 0 }, guard[RANK * COLS] = { 0 };
  for (size_t i = 0; i < ROWS; i++)
    for (size_t j = 0; j < 3; j++) {
      x[i * COLS + j] = (double)(1 + i);
      y[i * COLS + 5 + (i + j) % 12] = 1;
    }
  open_rank(&warm, "warm");
  open_rank(&guarded, "guarded");
  ok(error_of(&warm, &wide, state, 0, x, image) < 1e-30, "a matrix of rank one comes back from rank %d", RANK);
  ok(lac_largest(2 * COLS, state + COLS) < 1e-12, "... and the other columns are remembered as 0");
  for (size_t j = 0; j < COLS; j++)      /* all of the memory in the rows of x */
    state[COLS + j] = state[2 * COLS + j] = state[j];
  lac_copy(RANK * COLS, state, guard);
  double alpha, lost = error_of(&warm, &wide, state, 1, y, image), kept = error_of(&guarded, &wide, guard, 1, y, image);
  lac_site s = site_of(&guarded, &wide, NULL, 0), w = site_of(&warm, &wide, NULL, 0);
  is_near(lost, 1, 1e-12, "a matrix with rows orthogonal to the memory is lost: no alpha");
  ok(lac_alpha(&w, &alpha) == LAC_ENOTSUP, "... and none is claimed");
  int has_alpha = lac_alpha(&s, &alpha) == LAC_OK;
  ok(has_alpha && alpha == (double)RANK / ROWS && kept <= 1 - alpha, "guarded keeps alpha = %g of it: error %g", alpha, kept);
  ok(error_of(&warm, &wide, state, 2, y, image) < 0.9, "the columns of zeros are drawn again, and the next round sees it");
  lac_compressor_close(&warm);
  lac_compressor_close(&guarded);
}

/* alpha holds whatever is remembered. */
static void test_guard(void)
{
  lac_compressor c;
  double x[MOST_D], image[MOST_D], state[RANK * COLS], worst = 0;
  open_rank(&c, "guarded");
  for (uint32_t trial = 0; trial < 300; trial++) {
    normal(MOST_D, x, 100 + trial);
    normal(RANK * COLS, state, 5000 + trial);
    if (trial % 3 == 0)
      for (size_t j = 0; j < MOST_D; j++)
        x[j] = j % (COLS + 1) == 0;      /* all singular values are equal */
    worst = tap_worse(worst, error_of(&c, trial % 2 ? &wide : &tall, state, trial, x, image));
  }
  ok(worst <= 1 - (double)RANK / ROWS + 1e-12, "guarded: error %g of %g, any memory", worst, 1 - (double)RANK / ROWS);
  lac_compressor_close(&c);
}

/* ---- a value computed elsewhere ---- */

enum { TRUTH_D = 12 };

static void test_truth(void)
{
  static const lac_layer four_by_three = { "M", 4, 3 };
  char path[1024];
  const char *truth = getenv("LACONIC_TRUTH");
  double x[TRUTH_D], expected[TRUTH_D], image[TRUTH_D], q[3], most = 0;
  lac_compressor c;
  snprintf(path, sizeof path, "%s/error-feedback/compressor_vectors.csv", truth ? truth : "");
  FILE *f = truth ? fopen(path, "r") : NULL;
  if (!f) {
    skip(truth ? "LACONIC_TRUTH has no compressor_vectors.csv" : "LACONIC_TRUTH is not set", "a value computed elsewhere");
    return;
  }
  int there = truth_row(f, "x", TRUTH_D, x) && truth_row(f, "rank1_power", TRUTH_D, expected) && truth_row(f, "Q0", 3, q);
  if (!ok(there, "the rows are there") || lac_compressor_open(&c, "--up", "powersgd:rank=1,from=warm") != LAC_OK)
    exit(99);
  fclose(f);
  error_of(&c, &four_by_three, q, 0, x, image);
  for (int j = 0; j < TRUTH_D; j++)
    most = tap_worse(most, fabs(image[j] - expected[j]));
  is_near(most, 0, 1e-14, "powersgd:rank=1 from the Q0 given, as computed elsewhere");
  lac_compressor_close(&c);
}

int main(void)
{
  stream = lac_rng_new();
  shared = lac_rng_new();
  data = lac_rng_new();
  test_columns();
  test_parts();
  test_best(&wide);
  test_best(&tall);
  test_memory();
  test_guard();
  test_truth();
  gsl_rng_free(stream);
  gsl_rng_free(shared);
  gsl_rng_free(data);
  return done();
}
