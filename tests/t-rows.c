/* Sparse rows in every form in which lac_rows_arrange stores them: value, gradient and batches against plain loops.  Numbers are small
   integers, whose sums are exact in every order, so that all bits have to be equal; then real numbers, whose sums have the order that the
   headers state. */
#include "problem.h"
#include "problems/parts/columns.h"
#include "problems/parts/rows.h"
#include "tap.h"

#include <stdlib.h>

static gsl_rng *rng;
static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };

/* ---- rows ---- */

/* What the rows look like.  `least` and `most` entries a row, in a window of columns that ends at d; `full`: one column is in every row;
   `twins`: odd rows repeat the row before. */
typedef struct { size_t m, d, least, most, window; int full, twins, ones; } shape;

static size_t pick(size_t most) { return gsl_rng_uniform_int(rng, most + 1); }

/* Ascending columns of a row: each of the window with the same probability, until there are enough. */
static size_t add_row(const shape *s, lac_rows *a, size_t k)
{
  size_t window = s->window < s->d ? s->window : s->d, want = s->least + pick(s->most - s->least), first = s->d - window;
  size_t begin = k;
  if (s->full)
    a->col[k++] = (uint32_t)first;
  for (size_t j = s->full ? 1 : 0; j < window && k - begin < want; j++)
    if (pick(window - j - 1) < want - (k - begin))
      a->col[k++] = (uint32_t)(first + j);
  return k;
}

static double small_value(void) { return (double)pick(6) - 3 + (pick(1) ? 0.5 : 0); }

/* The label of a row is its number. */
static lac_rows *make_rows(const shape *s)
{
  lac_rows *a = calloc(1, sizeof *a);
  a->m = s->m;
  a->d = s->d;
  a->y = lac_alloc(s->m * sizeof *a->y);
  a->ptr = lac_alloc((s->m + 1) * sizeof *a->ptr);
  a->col = lac_alloc(s->m * (s->most + 1) * sizeof *a->col);
  a->val = lac_alloc(s->m * (s->most + 1) * sizeof *a->val);
  for (size_t r = 0; r < s->m; r++) {
    size_t begin = a->ptr[r], length = r ? begin - a->ptr[r - 1] : 0;
    if (s->twins && r % 2)
      memcpy(a->col + begin, a->col + begin - length, length * sizeof *a->col);
    a->ptr[r + 1] = s->twins && r % 2 ? begin + length : add_row(s, a, begin);
    for (size_t k = begin; k < a->ptr[r + 1]; k++)
      a->val[k] = s->ones ? 1 : small_value();
    a->y[r] = (double)r;
  }
  return a;
}

/* ---- plain loops ---- */

/* phi(z, y) = (y + 1) z, but its slope is said to be a whole number that depends on both. */
static double slope_of(double z, double y) { return fmod(4 * z + y, 7) - 3; }

static double plain_link(const double *y, double *z, size_t m)
{
  double sum = 0;
  for (size_t r = 0; r < m; r++) {
    sum += (y[r] + 1) * z[r];
    z[r] = slope_of(z[r], y[r]);
  }
  return sum;
}

static void plain_gradient(const lac_rows *a, const uint32_t *list, size_t count, const double *x, double *f, double *g)
{
  double share = count ? 1 / (double)count : 0;
  memset(g, 0, a->d * sizeof *g);
  *f = 0;
  for (size_t i = 0; i < count; i++) {
    size_t r = list ? list[i] : i;
    double z = 0;
    for (size_t k = a->ptr[r]; k < a->ptr[r + 1]; k++)
      z += a->val[k] * x[a->col[k]];
    *f += (a->y[r] + 1) * z;
    for (size_t k = a->ptr[r]; k < a->ptr[r + 1]; k++)
      g[a->col[k]] += slope_of(z, a->y[r]) * a->val[k];
  }
  *f *= share;
  for (size_t j = 0; j < a->d; j++)
    g[j] *= share;
}

/* ---- exact sums ---- */

enum { LIST = 1200 };
static size_t forms[2][2];      /* [by columns][values]: how many shards were so stored */

/* 1: every bit is that of the plain loops, of all rows and of batches. */
static int same_bits(const lac_rows *plain, const lac_rows *a, const double *x, double *g, double *h)
{
  uint32_t list[LIST];
  double f, want;
  plain_gradient(plain, NULL, plain->m, x, &want, g);
  lac_rows_value_grad(a, x, NULL, plain_link, &f, h);
  int same = f == want && memcmp(g, h, a->d * sizeof *g) == 0;
  for (size_t count = 1; a->m > 0 && count <= LIST; count = 5 * count + 1) {
    for (size_t i = 0; i < count; i++)
      list[i] = (uint32_t)pick(a->m - 1);
    plain_gradient(plain, list, count, x, &want, g);
    lac_rows_batch_grad(a, list, count, x, NULL, plain_link, &f, h);
    same &= f == want && memcmp(g, h, a->d * sizeof *g) == 0;
  }
  return same;
}

static int check_shape(const shape *s)
{
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, (uint32_t)s->m, (uint32_t)s->d, (uint32_t)(s->most + 1000 * s->ones));
  lac_rows *plain = make_rows(s), *a;
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, (uint32_t)s->m, (uint32_t)s->d, (uint32_t)(s->most + 1000 * s->ones));
  a = make_rows(s);
  double *x = lac_alloc(s->d * sizeof *x), *g = lac_alloc(s->d * sizeof *g), *h = lac_alloc(s->d * sizeof *h);
  for (size_t j = 0; j < s->d; j++)
    x[j] = (double)pick(20) - 10;
  int good = same_bits(plain, a, x, g, h);                /* as they came */
  good &= lac_rows_arrange(a) == LAC_OK && same_bits(plain, a, x, g, h);
  good &= (a->columns != NULL) == (a->col == NULL) && (!a->columns || s->d <= 65536) && (!s->ones || !a->val);
  forms[a->columns != NULL][a->val != NULL]++;
  free(x);
  free(g);
  free(h);
  lac_rows_free(plain);
  lac_rows_free(a);
  return good;
}

/* Every number of rows up to 70, and some beyond a block and a chunk; so many entries that columns are long and that they are not. */
static void test_shapes(size_t d, size_t most)
{
  static const size_t beyond[] = { 511, 512, 513, 1000, 4095, 4096, 4097, 9001 };
  unsigned cases = 0, bad = 0;
  for (size_t m = 0; m <= 70 + LAC_COUNT(beyond); m++)
    for (int kind = 0; kind < 8; kind++) {
      shape s = { .m = m <= 70 ? m : beyond[m - 71], .d = d, .least = kind % 2 ? most : 0, .most = most, .window = most + 9,
                  .full = kind / 4 && most > 0, .twins = kind % 4 == 1, .ones = kind / 2 % 2 };
      if (s.m * d > 100000000 || (s.m > 70 && s.m != 513 && d > 1000))
        continue;
      cases++;
      bad += !check_shape(&s);
    }
  ok(bad == 0, "%zu features, up to %zu entries a row: %u of %u shards differ from plain loops", d, most, bad, cases);
}

/* ---- the order of sums ---- */

static double seen[10000];      /* z of each row, by its label */

static double remember(const double *y, double *z, size_t m)
{
  for (size_t r = 0; r < m; r++) {
    seen[(size_t)y[r]] = z[r];
    z[r] = 1 / (1 + y[r]);
  }
  return 0;
}

/* The sum of a row that is stored by eights goes from its first entry to its last.  Others have four lanes, which become two for the last
   three entries. */
static double sum_in_order(const lac_rows *a, size_t r, const double *x, int by_eights)
{
  double lane[4] = { 0 };
  size_t k = a->ptr[r], end = a->ptr[r + 1];
  if (by_eights) {
    for (; k < end; k++)
      lane[0] += a->val[k] * x[a->col[k]];
    return lane[0];
  }
  for (; k + 4 <= end; k += 4)
    for (size_t l = 0; l < 4; l++)
      lane[l] += a->val[k + l] * x[a->col[k + l]];
  lane[0] += lane[2];
  lane[1] += lane[3];
  for (size_t l = 0; k < end; k++, l++)
    lane[l % 2] += a->val[k] * x[a->col[k]];
  return lane[0] + lane[1];
}

/* Of all rows and of a batch. */
static void test_order_of_rows(const shape *s, const char *form)
{
  lac_rows *plain, *a;
  size_t bad = 0;
  uint32_t list[] = { 0, 5, 17, 29, 11 };
  double *x = lac_alloc(s->d * sizeof *x), *g = lac_alloc(s->d * sizeof *g), f;
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, 1, 1, 1);
  plain = make_rows(s);
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, 1, 1, 1);
  a = make_rows(s);
  lac_rng_normal(rng, x, s->d, 1);
  int status = lac_rows_arrange(a);
  for (int batch = 0; batch < 2; batch++) {
    memset(seen, 0, sizeof seen);
    if (batch)
      lac_rows_batch_grad(a, list, LAC_COUNT(list), x, NULL, remember, &f, g);
    else
      lac_rows_value_grad(a, x, NULL, remember, &f, g);
    for (size_t i = 0; i < (batch ? LAC_COUNT(list) : a->m); i++) {
      size_t r = batch ? list[i] : i;
      bad += seen[r] != sum_in_order(plain, r, x, a->columns != NULL);
    }
  }
  ok(status == LAC_OK && bad == 0, "%s: %zu of %zu sums of a row are not in the order that is stated", form, bad, a->m);
  free(x);
  free(g);
  lac_rows_free(plain);
  lac_rows_free(a);
}

/* By columns: four lanes a chunk, in the order of the arranged rows. */
static void test_order_of_columns(void)
{
  shape s = { .m = 9001, .d = 37, .least = 3, .most = 30, .window = 37, .ones = 1 };
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, 2, 1, 1);
  lac_rows *a = make_rows(&s);
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, 2, 1, 1);
  lac_rows *plain = make_rows(&s);
  double x[37] = { 0 }, g[37], lane[37][4], want[37] = { 0 }, f;
  size_t count[37], *row_of = lac_alloc(s.m * sizeof *row_of);
  int status = lac_rows_arrange(a);
  for (size_t r = 0; r < s.m; r++)
    row_of[a->place ? a->place[r] : r] = r;
  for (size_t first = 0; first < s.m; first += LAC_CHUNK) {
    memset(lane, 0, sizeof lane);
    memset(count, 0, sizeof count);
    for (size_t i = first; i < s.m && i < first + LAC_CHUNK; i++)
      for (size_t k = plain->ptr[row_of[i]]; k < plain->ptr[row_of[i] + 1]; k++)
        lane[plain->col[k]][count[plain->col[k]]++ % 4] += 1 / (1 + plain->y[row_of[i]]);
    for (size_t j = 0; j < s.d; j++)
      want[j] += (lane[j][0] + lane[j][2]) + (lane[j][1] + lane[j][3]);
  }
  for (size_t j = 0; j < s.d; j++)
    want[j] *= 1 / (double)s.m;
  lac_rows_value_grad(a, x, NULL, remember, &f, g);
  ok(status == LAC_OK && a->columns && memcmp(g, want, sizeof g) == 0, "sums of a column have four lanes in each chunk of rows");
  free(row_of);
  lac_rows_free(a);
  lac_rows_free(plain);
}

int main(void)
{
  static const size_t features[][2] = { { 1, 1 }, { 2, 2 }, { 40, 5 }, { 40, 40 }, { 300, 12 }, { 65536, 20 }, { 65537, 20 } };
  if (!(rng = lac_rng_new()))
    return 1;
  for (size_t i = 0; i < LAC_COUNT(features); i++)
    test_shapes(features[i][0], features[i][1]);
  size_t by_columns = forms[1][0];
  for (size_t d = 65536; d <= 65537; d++) {      /* the last column that has a number of 16 bits, and the first that has none */
    shape s = { .m = 4000, .d = d, .least = 800, .most = 800, .window = 810, .ones = 1 };
    ok(check_shape(&s), "%zu features, long columns at the end: the bits of plain loops", d);
  }
  ok(forms[1][0] == by_columns + 1, "... which are stored by columns up to 65536 features");
  ok(forms[0][0] && forms[0][1] && forms[1][0] && !forms[1][1],
     "these were all forms: %zu of ones and %zu of values by rows, %zu by columns", forms[0][0], forms[0][1], forms[1][0]);
  test_order_of_rows(&(shape){ .m = 3001, .d = 100, .least = 0, .most = 60, .window = 100, .ones = 1 }, "ones by columns");
  test_order_of_rows(&(shape){ .m = 101, .d = 100, .least = 0, .most = 30, .window = 100, .ones = 1 }, "ones");
  test_order_of_rows(&(shape){ .m = 3001, .d = 100, .least = 0, .most = 60, .window = 100 }, "values");
  test_order_of_rows(&(shape){ .m = 3001, .d = 70000, .least = 0, .most = 60, .window = 300 }, "values, many features");
  test_order_of_columns();
  gsl_rng_free(rng);
  return done();
}
