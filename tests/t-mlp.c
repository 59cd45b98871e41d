/* t-mlp.c: the network against its formula in long double and central differences, in f32 against f64; synthetic data of many classes. */
#include "laconic.h"
#include "problems/parts/network.h"
#include "rows.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const lac_problem_type lac_problem_mlp, lac_problem_softmax;
static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
static gsl_rng *rng;

static int open_problem(lac_problem *p, const lac_problem_type *type, const char *spec, const char *dataset, uint32_t n)
{
  *p = (lac_problem){ .type = type, .n = n, .seeds = seeds };
  LAC_TRY(lac_spec_parse(&p->spec, "--problem", spec, p->type->options, p->type->params_size));
  p->params = p->spec.params;
  LAC_TRY(lac_data_open(&p->data, dataset, "contiguous", NULL, &seeds, n));
  return p->type->open(p);
}

static int open_mlp(lac_problem *p, const char *spec, const char *dataset, uint32_t n)
{
  return open_problem(p, &lac_problem_mlp, spec, dataset, n);
}

static void close_mlp(lac_problem *p)
{
  p->type->close(p);
  lac_data_close(p->data);
  lac_spec_free(&p->spec);
}

static double *point(const lac_problem *p, uint32_t which, double scale)
{
  double *x = lac_alloc(p->d * sizeof *x);
  lac_rng_point(rng, &seeds, LAC_SEED_X0, which, 0, 0);
  lac_rng_normal(rng, x, p->d, scale);
  return x;
}

/* ---- the formula ---- */

enum { WIDEST = 64 };

static long double activate(int phi, long double z)
{
  if (phi == LAC_GELU)
    return z / 2 * (1 + tanhl(sqrtl(2 / acosl(-1)) * (z + 0.044715L * z * z * z)));
  return phi == LAC_RELU ? (z > 0 ? z : 0) : tanhl(z);
}

/* Scores of the classes into out; how many. */
static size_t row_scores(const lac_problem *p, const lac_rows *a, size_t r, int phi, const double *x, long double out[static WIDEST])
{
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer);
  long double in[WIDEST];
  for (size_t j = 0; j < a->d; j++)
    in[j] = entry(a, r, j);
  for (size_t l = 0; l < layers; l += 2) {
    for (size_t i = 0; i < layer[l].rows; i++) {
      long double z = x[layer[l + 1].offset + i];
      for (size_t j = 0; j < layer[l].cols; j++)
        z += x[layer[l].offset + i * layer[l].cols + j] * in[j];
      out[i] = l + 2 == layers ? z : activate(phi, z);
    }
    memcpy(in, out, sizeof in);
  }
  return layer[layers - 1].rows;
}

static long double row_loss(const lac_problem *p, const lac_rows *a, size_t r, int phi, const double *x)
{
  long double out[WIDEST], sum = 0, most = -INFINITY;
  size_t classes = row_scores(p, a, r, phi, x, out);
  for (size_t k = 0; k < classes; k++)
    most = out[k] > most ? out[k] : most;
  for (size_t k = 0; k < classes; k++)
    sum += expl(out[k] - most);
  return logl(sum) + most - out[(size_t)a->y[r]];
}

/* Rows whose class has a larger score than every other. */
static uint64_t clearly_right(const lac_problem *p, const lac_rows *a, int phi, const double *x)
{
  uint64_t right = 0;
  for (size_t r = 0; r < a->m; r++) {
    long double out[WIDEST];
    size_t own = (size_t)a->y[r], beaten = 0, classes = row_scores(p, a, r, phi, x, out);
    for (size_t k = 0; k < classes; k++)
      beaten += k != own && out[own] > out[k];
    right += beaten == classes - 1;
  }
  return right;
}

static int scores_right(const lac_problem *p, const void *shard, const lac_rows *a, int phi, double *x)
{
  uint64_t lowest = 0;
  lac_score s;
  int good = p->type->score(p, shard, x, &s) == LAC_OK && s.rows == a->m && s.right == clearly_right(p, a, phi, x);
  printf("#   %llu of %llu rows right\n", (unsigned long long)s.right, (unsigned long long)s.rows);
  lac_zero(p->d, x);                                   /* all classes alike: the lowest one it is */
  for (size_t r = 0; r < a->m; r++)
    lowest += a->y[r] == 0;
  good = good && p->type->score(p, shard, x, &s) == LAC_OK && s.right == lowest;
  for (size_t j = 0; j < p->d; j++)                    /* no class is the largest */
    x[j] = NAN;
  return good && lowest > 0 && p->type->score(p, shard, x, &s) == LAC_OK && s.right == 0;
}

static long double mean_loss(const lac_problem *p, const lac_rows *a, const uint32_t *list, size_t count, int phi, double lambda,
                             const double *x)
{
  long double sum = 0, square = 0;
  for (size_t i = 0; i < count; i++)
    sum += row_loss(p, a, list ? list[i] : i, phi, x);
  for (size_t j = 0; j < p->d; j++)
    square += (long double)x[j] * x[j];
  return sum / count + lambda / 2 * square;
}

/* Along v, in long double: the error is that of the difference alone. */
static double slope(const lac_problem *p, const lac_rows *a, const uint32_t *list, size_t count, int phi, double lambda, const double *x,
                    const double *v)
{
  double h = 0x1p-16, *y = lac_alloc(p->d * sizeof *y);
  for (size_t j = 0; j < p->d; j++)
    y[j] = x[j] + h * v[j];
  long double after = mean_loss(p, a, list, count, phi, lambda, y);
  for (size_t j = 0; j < p->d; j++)
    y[j] = x[j] - h * v[j];
  long double before = mean_loss(p, a, list, count, phi, lambda, y);
  free(y);
  return (double)((after - before) / (2 * h));
}

/* With random directions, and with one for every layer alone. */
static int gradient_fits(const lac_problem *p, const lac_rows *a, const uint32_t *list, size_t count, int phi, double lambda,
                         const double *x, const double *g)
{
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer);
  int good = 1;
  for (size_t l = 0; l <= layers; l++) {
    double *v = point(p, 10 + (uint32_t)l, 1);
    for (size_t j = 0; l < layers && j < p->d; j++)
      if (j < layer[l].offset || j >= layer[l].offset + layer[l].rows * layer[l].cols)
        v[j] = 0;
    double got = dot(p->d, g, v), want = slope(p, a, list, count, phi, lambda, x, v);
    if (!near_rel(got, want, phi == LAC_RELU ? 1e-4 : 1e-7)) {      /* a kink in between makes the difference rougher */
      printf("#   layer %zu: slope %.17g, difference %.17g\n", l, got, want);
      good = 0;
    }
    free(v);
  }
  return good;
}

static void test_network(const char *spec, const char *dataset, int sparse, int phi, double lambda)
{
  lac_problem p;
  void *shard = NULL;
  double f, full;
  if (!ok(open_mlp(&p, spec, dataset, 2) == LAC_OK && p.type->load(&p, 1, &shard) == LAC_OK, "%s, %s", spec, dataset)) {
    printf("#   %s\n", lac_error());
    return;
  }
  lac_rows *a = class_rows(p.data, 1);
  double *x = point(&p, 0, 0.4), *g = point(&p, 1, 1), *h = point(&p, 2, 1), gap = 0;
  uint32_t *list = lac_alloc(a->m * sizeof *list);
  for (uint32_t r = 0; r < a->m; r++)
    list[r] = r;
  ok((a->dense == NULL) == sparse && p.type->shard_rows(shard) == a->m, "  %zu %s rows", a->m, sparse ? "sparse" : "dense");
  p.type->value_grad(&p, shard, x, &full, g);
  ok(near_rel(full, (double)mean_loss(&p, a, NULL, a->m, phi, lambda, x), 1e-14), "  value agrees with long double");
  ok(gradient_fits(&p, a, NULL, a->m, phi, lambda, x, g), "  gradient is the slope of the value");
  p.type->batch_grad(&p, shard, list, a->m, x, &f, h);
  for (size_t j = 0; j < p.d; j++)
    gap = tap_worse(gap, fabs(g[j] - h[j]));
  ok(near_rel(f, full, 1e-14) && gap < 1e-14, "  a batch of all rows");
  for (uint32_t r = 0; r < 7; r++)
    list[r] = 5 * r * r % (uint32_t)a->m;
  p.type->batch_grad(&p, shard, list, 7, x, &f, h);
  ok(near_rel(f, (double)mean_loss(&p, a, list, 7, phi, lambda, x), 1e-14) && gradient_fits(&p, a, list, 7, phi, lambda, x, h),
     "  a batch of a few");
  double *y = point(&p, 0, 0.4);
  ok(scores_right(&p, shard, a, phi, y), "  rows classified right");
  free(y);
  x[p.d / 2] = NAN;
  p.type->value_grad(&p, shard, x, &f, g);
  ok(isnan(f), "  not a number in, not a number out");
  free(list);
  free(x);
  free(g);
  free(h);
  lac_rows_free(a);
  p.type->unload(shard);
  close_mlp(&p);
}

/* Scores far apart, activations far in their tails and close to 0: nothing overflows or cancels. */
static void test_extremes(const char *spec, int phi)
{
  lac_problem p;
  void *shard;
  int good = 1;
  open_mlp(&p, spec, "synthetic:rows=20,d=4,classes=3", 1);
  p.type->load(&p, 0, &shard);
  lac_rows *a = class_rows(p.data, 0);
  double *g = point(&p, 1, 1), f;
  for (int e = -40; e <= 12; e += 4) {
    double *x = point(&p, 0, ldexp(1, e));
    p.type->value_grad(&p, shard, x, &f, g);
    double want = (double)mean_loss(&p, a, NULL, 20, phi, 0, x);
    if (!near_rel(f, want, 1e-14)) {
      printf("#   2^%d: %.17g, not %.17g\n", e, f, want);
      good = 0;
    }
    good &= e > 0 || gradient_fits(&p, a, NULL, 20, phi, 0, x, g);
    for (size_t j = 0; j < p.d; j++)
      good &= isfinite(g[j]) != 0;
    free(x);
  }
  ok(good, "%s: parameters from 2^-40 to 2^12", spec);
  free(g);
  lac_rows_free(a);
  p.type->unload(shard);
  close_mlp(&p);
}

/* However its hidden layers are written. */
static void test_layers(const char *spec)
{
  static const size_t rows[] = { 6, 6, 5, 5, 3, 3 }, cols[] = { 8, 1, 6, 1, 5, 1 };
  const lac_layer *layer;
  lac_problem p;
  size_t at = 0;
  int good = open_mlp(&p, spec, "synthetic:d=8,classes=3", 1) == LAC_OK && p.type->layers(&p, &layer) == 6;
  for (size_t l = 0; good && l < 6; l++) {
    good = layer[l].offset == at && layer[l].rows == rows[l] && layer[l].cols == cols[l];
    good &= layer[l].kind == (l % 2 ? LAC_BIAS : LAC_WEIGHT) && layer[l].group == l / 2 + 1 && layer[l].taps == 1;
    at += rows[l] * cols[l];
  }
  ok(good && at == p.d, "%s: layers cover x", spec);
  close_mlp(&p);
}

/* softmax: x is features x classes. */
static void test_softmax_score(const char *dataset)
{
  lac_problem p;
  void *shard;
  open_problem(&p, &lac_problem_softmax, "softmax", dataset, 2);
  p.type->load(&p, 1, &shard);
  lac_rows *a = class_rows(p.data, 1);
  double *x = point(&p, 0, 1);
  size_t classes = p.d / a->d;
  uint64_t clear = 0;
  for (size_t r = 0; r < a->m; r++) {
    long double s[WIDEST] = { 0 };
    size_t own = (size_t)a->y[r], beaten = 0;
    for (size_t k = 0; k < classes; k++)
      for (size_t j = 0; j < a->d; j++)
        s[k] += (long double)entry(a, r, j) * x[j * classes + k];
    for (size_t k = 0; k < classes; k++)
      beaten += k != own && s[own] > s[k];
    clear += beaten == classes - 1;
  }
  lac_score score;
  int status = p.type->score(&p, shard, x, &score);
  ok(status == LAC_OK && score.right == clear && score.rows == a->m, "softmax, %s: %llu of %llu rows right", dataset,
     (unsigned long long)score.right, (unsigned long long)score.rows);
  free(x);
  lac_rows_free(a);
  p.type->unload(shard);
  close_mlp(&p);
}

static void refuses(const char *dataset)
{
  lac_problem p;
  ok(open_mlp(&p, "mlp", dataset, 2) == LAC_EUSER, "refused: %s", lac_error());
  close_mlp(&p);
}

/* ---- f32 ---- */

/* All rows, and a few with repetitions. */
static void test_precision(const lac_problem_type *type, const char *spec, const char *dataset, double size)
{
  lac_problem f64, f32;
  char text[100];
  snprintf(text, sizeof text, "%s%creal=f32", spec, strchr(spec, ':') ? ',' : ':');
  if (!ok(open_problem(&f64, type, spec, dataset, 2) == LAC_OK && open_problem(&f32, type, text, dataset, 2) == LAC_OK, "%s, %s", text,
          dataset))
    return;
  size_t m = lac_data_shard_rows(f64.data, 1), features = lac_data_about(f64.data)->d;
  uint32_t *list = lac_alloc(m * sizeof *list);
  double *x = point(&f64, 0, 0.4);
  for (int few = 0; few < 2; few++) {
    size_t count = few ? 7 : m;
    for (size_t r = 0; r < count; r++)
      list[r] = (uint32_t)(few ? 5 * r * r % m : r);
    precision_gap gap = compare_precisions(&f64, &f32, 1, x, list, count, sqrt((double)(features + count)), size);
    ok(gap.error > 0 && gap.error <= gap.bound, "  %s: error of the gradient %.2e, rounding allows %.2e", few ? "a few" : "all rows",
       gap.error, gap.bound);
    ok(gap.value_error <= 1, "  %s: the value, %.3f of what rounding allows", few ? "a few" : "all rows", gap.value_error);
  }
  void *shard;
  double f, full, *g = point(&f32, 1, 0), *h = point(&f32, 2, 0), gap = 0;
  for (uint32_t r = 0; r < m; r++)
    list[r] = r;
  f32.type->load(&f32, 1, &shard);
  f32.type->value_grad(&f32, shard, x, &full, g);
  f32.type->batch_grad(&f32, shard, list, m, x, &f, h);
  int as_floats = 1;
  for (size_t j = 0; j < f32.d; j++) {
    gap = tap_worse(gap, fabs(g[j] - h[j]));
    as_floats &= g[j] == (double)(float)g[j];
  }
  ok(near_rel(f, full, 1e-6) && gap < 1e-6, "  a batch of all rows");
  ok(as_floats, "  the gradient was summed in f32");
  lac_score score;
  f32.type->score(&f32, shard, x, &score);
  ok(score.rows == m && score.right > 0 && score.right < m, "  %llu of %llu rows right", (unsigned long long)score.right,
     (unsigned long long)score.rows);
  x[f32.d - 1] = NAN;
  f32.type->value_grad(&f32, shard, x, &f, g);
  ok(isnan(f), "  not a number in, not a number out");
  f32.type->unload(shard);
  free(list);
  free(x);
  free(g);
  free(h);
  close_mlp(&f64);
  close_mlp(&f32);
}

/* ---- data ---- */

static lac_rows *synthetic(const char *spec, uint32_t client, lac_data **data)
{
  lac_rows *rows = NULL;
  if (lac_data_open(data, spec, "contiguous", NULL, &seeds, 2) == LAC_OK)
    lac_data_shard(*data, client, &rows);
  return rows;
}

static void test_classes(void)
{
  enum { ROWS = 4000, CLASSES = 4 };
  lac_data *data, *noisy_data, *two_data;
  lac_rows *a = synthetic("synthetic:rows=4000,d=6,noise=0,classes=4,hetero=0.5", 1, &data);
  lac_rows *noisy = synthetic("synthetic:rows=4000,d=6,noise=0.3,classes=4,hetero=0.5", 1, &noisy_data);
  lac_rows *two = synthetic("synthetic:rows=4000,d=6,noise=0,hetero=0.5", 1, &two_data);
  const lac_data_info *info = lac_data_about(data);
  size_t count[CLASSES] = { 0 }, changed[CLASSES] = { 0 };
  int known = 1;
  ok(info->classes == CLASSES && info->distinct[0] == 0 && info->distinct[3] == 3, "what it says of its classes");
  ok(lac_data_about(two_data)->distinct[0] == -1 && lac_data_about(two_data)->distinct[1] == 1, "and of two classes");
  for (size_t r = 0; r < ROWS; r++) {
    known &= a->y[r] >= 0 && a->y[r] < CLASSES && a->y[r] == floor(a->y[r]);
    count[(size_t)a->y[r] % CLASSES]++;
    changed[((size_t)noisy->y[r] + CLASSES - (size_t)a->y[r]) % CLASSES]++;
  }
  ok(known && count[0] > 200 && count[1] > 200 && count[2] > 200 && count[3] > 200, "all classes come: %zu %zu %zu %zu", count[0], count[1],
     count[2], count[3]);
  ok(fabs((double)changed[0] / ROWS - 0.7) < 0.03 && fabs((double)changed[1] / ROWS - 0.1) < 0.02 &&
     fabs((double)changed[2] / ROWS - 0.1) < 0.02, "noise changes a label into any other: %zu %zu %zu %zu", changed[0], changed[1],
     changed[2], changed[3]);
  ok(memcmp(a->dense, noisy->dense, ROWS * a->ld * sizeof *a->dense) == 0, "and no feature");
  ok(memcmp(a->dense, two->dense, ROWS * a->ld * sizeof *a->dense) == 0, "classes change no feature");
  lac_rows_free(a);
  lac_rows_free(noisy);
  lac_rows_free(two);
  lac_data_close(data);
  lac_data_close(noisy_data);
  lac_data_close(two_data);
  ok(lac_data_open(&data, "synthetic:labels=real,classes=3", "contiguous", NULL, &seeds, 2) == LAC_EUSER, "refused: %s", lac_error());
  ok(lac_data_open(&data, "synthetic:classes=1", "contiguous", NULL, &seeds, 2) == LAC_EUSER, "refused: %s", lac_error());
}

int main(void)
{
  char text[100];
  rng = lac_rng_new();
  if (!rng)
    return 1;
  test_network("mlp:hidden=7", "synthetic:rows=23,d=11", 0, 0, 0);
  test_network("mlp:hidden=7,lambda=0.1", "synthetic:rows=23,d=40,density=0.15", 1, 0, 0.1);
  test_network("mlp:hidden=5,hidden2=6", "synthetic:rows=600,d=9,classes=5", 0, 0, 0);
  test_network("mlp:hidden=5,hidden2=6,lambda=0.01", "synthetic:rows=600,d=40,density=0.1,classes=5", 1, 0, 0.01);
  test_network("mlp:hidden=8,activation=relu", "synthetic:rows=40,d=20,classes=3", 0, LAC_RELU, 0);
  test_network("mlp:hidden=8,hidden2=1,activation=relu", "synthetic:rows=40,d=50,density=0.1", 1, LAC_RELU, 0);
  test_network("mlp:hidden=5x7x3x4", "synthetic:rows=60,d=9,classes=5", 0, LAC_TANH, 0);
  test_network("mlp:hidden=5x3,hidden2=6,activation=relu", "synthetic:rows=60,d=40,density=0.1,classes=3", 1, LAC_RELU, 0);
  test_network("mlp:hidden=6,activation=gelu", "synthetic:rows=600,d=9,classes=5", 0, LAC_GELU, 0);
  test_network("mlp:hidden=6x5x4,activation=gelu,lambda=0.01", "synthetic:rows=60,d=40,density=0.1,classes=3", 1, LAC_GELU, 0.01);
  test_network("mlp:hidden=1", "synthetic:rows=5,d=1", 0, 0, 0);
  test_extremes("mlp:hidden=3", LAC_TANH);
  test_extremes("mlp:hidden=3,activation=gelu", LAC_GELU);
  test_layers("mlp:hidden=6,hidden2=5");
  test_layers("mlp:hidden=6x5");
  test_softmax_score("synthetic:rows=600,d=9,classes=5");
  test_softmax_score("synthetic:rows=90,d=40,density=0.1,classes=3");
  test_precision(&lac_problem_mlp, "mlp:hidden=7", "synthetic:rows=23,d=11", 2);
  test_precision(&lac_problem_mlp, "mlp:hidden=77,hidden2=6", "synthetic:rows=600,d=9,classes=5", 2);
  test_precision(&lac_problem_mlp, "mlp:hidden=67", "synthetic:rows=600,d=40,density=0.1,classes=5", 2);
  test_precision(&lac_problem_mlp, "mlp:hidden=8,activation=relu", "synthetic:rows=90,d=50,density=0.1", 2);
  test_precision(&lac_problem_mlp, "mlp:hidden=8x7x6,activation=gelu", "synthetic:rows=90,d=50,density=0.1", 2);
  test_precision(&lac_problem_softmax, "softmax", "synthetic:rows=300,d=17,classes=3", 2);
  for (int classes = 2; classes < 36; classes++) {      /* every width of a panel */
    snprintf(text, sizeof text, "synthetic:rows=400,d=60,density=0.1,classes=%d", classes);
    test_precision(&lac_problem_softmax, "softmax", text, 2);
  }
  refuses("synthetic:labels=real,rows=10");
  refuses("synthetic:labels=real,rows=1000");
  test_classes();
  gsl_rng_free(rng);
  return done();
}
