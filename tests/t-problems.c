/* t-problems.c: every problem against what its formula says: values in long double, central differences, curvature
   that bounds the Hessian, constants and first rows of trajectories that were computed elsewhere. */
#include "laconic.h"
#include "problems/parts/rows.h"
#include "rows.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* |got - want| <= tolerance * max(1, |want|) */
static void is_near_rel(double got, double want, double tolerance, const char *name)
{
  is_near(got, want, tolerance * (want > 1 ? want : want < -1 ? -want : 1), "%s", name);
}

extern const lac_problem_type lac_problem_bilinear, lac_problem_logreg, lac_problem_lsq, lac_problem_polmatrix, lac_problem_quadratic,
  lac_problem_robust_logreg, lac_problem_robust_lsq;

enum { M = 37, D = 21 };      /* neither a multiple of a vector length */

static gsl_rng *rng;
static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };

/* ---- rows by hand ---- */

/* M rows, row r with r % 8 or D nonzeros, labels -1 and 1 or real. */
static lac_rows *make_rows(int dense, int real_labels)
{
  lac_rows *a = lac_alloc(sizeof *a);
  double v[2];
  a->m = M;
  a->d = D;
  a->y = lac_alloc(M * sizeof *a->y);
  a->ptr = lac_alloc((M + 1) * sizeof *a->ptr);
  a->col = lac_alloc(M * D * sizeof *a->col);
  a->val = lac_alloc(M * D * sizeof *a->val);
  a->ld = lac_stride(D);
  a->dense = lac_alloc(M * a->ld * sizeof *a->dense);
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, 7, 0, 0);
  for (size_t r = 0, k = 0; r < M; r++) {
    size_t step = r % 9 == 8 ? 1 : 3;
    lac_rng_normal(rng, v, 2, 1);
    a->y[r] = real_labels ? v[0] : v[0] > 0 ? 1 : -1;
    for (size_t j = r % 3; j < D && j < step * (r % 9); j += step) {
      lac_rng_normal(rng, v, 1, 2);
      a->col[k] = (uint32_t)j;
      a->dense[r * a->ld + j] = a->val[k++] = v[0];
    }
    a->ptr[r + 1] = k;
  }
  if (dense) {
    free(a->ptr);
    free(a->col);
    free(a->val);
    a->ptr = NULL;
    a->col = NULL;
    a->val = NULL;
  } else {
    free(a->dense);
    a->dense = NULL;
  }
  return a;
}

/* f_i in long double; `reg`: 1 is l2, 2 nonconvex; the loss counts `scale` times. */
static double reference(const lac_rows *a, int logistic, int reg, double lambda, double scale, const double *x)
{
  long double sum = 0, extra = 0;
  for (size_t r = 0; r < a->m; r++) {
    long double z = 0;
    for (size_t j = 0; j < a->d; j++)
      z += (long double)entry(a, r, j) * x[j];
    sum += logistic ? log1pl(expl(-a->y[r] * z)) : (z - a->y[r]) * (z - a->y[r]) / 2;
  }
  for (size_t j = 0; j < a->d; j++) {
    long double square = a->touched && !a->touched[j] ? 0 : (long double)x[j] * x[j];
    extra += reg == 1 ? square / 2 : reg == 2 ? square / (1 + square) : 0;
  }
  return (double)(scale * sum / a->m + lambda * extra);
}

/* ---- any problem ---- */

static double *point(const lac_problem *p, uint32_t which, double scale)
{
  double *x = lac_alloc(p->d * sizeof *x);
  lac_rng_point(rng, &seeds, LAC_SEED_X0, which, 0, 0);
  lac_rng_normal(rng, x, p->d, scale);
  return x;
}

/* Sets the problem up as a run does; with rows by hand there is nothing to open. */
static int setup(lac_problem *p, const lac_problem_type *type, const char *spec, uint32_t n)
{
  *p = (lac_problem){ .type = type, .n = n, .d = D, .seeds = seeds };
  LAC_TRY(lac_spec_parse(&p->spec, "--problem", spec, type->options, type->params_size));
  p->params = p->spec.params;
  return LAC_OK;
}

/* Of a saddle point F = (grad_u f, -grad_v f). */
static void check_gradient(const lac_problem *p, const void *shard, const char *label)
{
  double *x = point(p, 0, 0.5), *v = point(p, 1, 1), *g = point(p, 2, 1), *unused = point(p, 3, 1);
  double f, before, after, h = 1e-5;
  p->type->value_grad(p, shard, x, &f, g);
  for (size_t j = p->d / 2; p->type->saddle && j < p->d; j++)
    g[j] = -g[j];
  for (size_t j = 0; j < p->d; j++)
    x[j] += h * v[j];
  p->type->value_grad(p, shard, x, &after, unused);
  for (size_t j = 0; j < p->d; j++)
    x[j] -= 2 * h * v[j];
  p->type->value_grad(p, shard, x, &before, unused);
  double slope = dot(p->d, g, v), difference = (after - before) / (2 * h);
  if (!ok(fabs(slope - difference) < 1e-7 * (1 + fabs(slope)), "%s: gradient is the slope of the value", label))
    printf("#   slope %.17g, difference %.17g\n", slope, difference);
  free(x);
  free(v);
  free(g);
  free(unused);
}

/* u'Mv = v'Mu, and |v'Hv| <= v'Mv for Hessian quotients along a few directions (M is psd for these). */
static void check_curvature(const lac_problem *p, const void *shard, int exact, const char *label)
{
  double *x = point(p, 0, 0.5), *u = point(p, 1, 1), *v = point(p, 2, 1), *g = point(p, 3, 1), *h = point(p, 4, 1);
  double f, uv, bound, worst = 0, eps = 1e-6;
  p->type->curvature(p, shard, v, g);
  uv = dot(p->d, u, g);
  bound = dot(p->d, v, g);
  p->type->curvature(p, shard, u, h);
  ok(fabs(uv - dot(p->d, v, h)) < 1e-12 * (1 + fabs(uv)), "%s: curvature is symmetric", label);
  p->type->value_grad(p, shard, x, &f, g);
  for (size_t j = 0; j < p->d; j++)
    x[j] += eps * v[j];
  p->type->value_grad(p, shard, x, &f, h);
  double quotient = (dot(p->d, h, v) - dot(p->d, g, v)) / eps;
  worst = exact ? fabs(quotient - bound) : fabs(quotient) - bound;
  if (!ok(worst <= 1e-5 * (1 + fabs(bound)), "%s: curvature %s the Hessian", label, exact ? "is" : "bounds"))
    printf("#   quotient %.17g, curvature %.17g\n", quotient, bound);
  free(x);
  free(u);
  free(v);
  free(g);
  free(h);
}

/* ---- problems of rows ---- */

static const struct {
  const lac_problem_type *type;
  const char *spec;
  int logistic, reg;
  double lambda, scale;
  int touched;
} row_problems[] = {
  { &lac_problem_logreg, "logreg", 1, 0, 0, 1, 0 },
  { &lac_problem_logreg, "logreg:reg=l2,lambda=0.3", 1, 1, 0.3, 1, 0 },
  { &lac_problem_logreg, "logreg:reg=nonconvex", 1, 2, 0.1, 1, 0 },
  { &lac_problem_logreg, "logreg:reg=nonconvex,over=touched", 1, 2, 0.1, 1, 1 },
  { &lac_problem_lsq, "lsq", 0, 1, 0, 1, 0 },
  { &lac_problem_lsq, "lsq:lambda=0.3", 0, 1, 0.3, 1, 0 },
  { &lac_problem_lsq, "lsq:lambda=0.3,scale=1/m,over=touched", 0, 1, 0.3, 2, 1 },
  { &lac_problem_lsq, "lsq:scale=1/2", 0, 1, 0, M, 0 },
  { &lac_problem_lsq, "lsq:reg=nonconvex,lambda=0.7,scale=1/m", 0, 2, 0.7, 2, 0 },
};

/* Every second column, whatever the rows say. */
static void touch(lac_rows *a, int i)
{
  a->touched = row_problems[i].touched ? lac_alloc(D) : NULL;
  for (size_t j = 0; a->touched && j < D; j += 2)
    a->touched[j] = 1;
}

static void check_values(lac_problem *p, const lac_rows *a, int i, const char *label)
{
  double f, *x = point(p, 5, 1), *g = point(p, 6, 1);
  p->type->value_grad(p, a, x, &f, g);
  double want = reference(a, row_problems[i].logistic, row_problems[i].reg, row_problems[i].lambda,
                          row_problems[i].scale, x);
  if (!ok(fabs(f - want) <= 1e-15 * fabs(want), "%s: value agrees with long double", label))
    printf("#   got %.17g, expected %.17g\n", f, want);
  x[3] = NAN;
  p->type->value_grad(p, a, x, &f, g);
  ok(isnan(f) && isnan(g[3]), "%s: not a number in, not a number out", label);
  lac_score s;
  uint64_t empty = 0;                                  /* their score is 0 */
  for (size_t r = 0; a->ptr && row_problems[i].logistic && r < a->m; r++)
    empty += a->ptr[r] == a->ptr[r + 1] && a->y[r] < 0;
  for (size_t j = 0; j < p->d; j++)
    x[j] = NAN;
  p->type->score(p, a, x, &s);
  ok(s.right == empty && s.rows == a->m, "%s: no row whose score is no number is right", label);
  free(x);
  free(g);
}

static void test_rows(int i, int dense)
{
  lac_problem p;
  char label[80];
  lac_rows *a = make_rows(dense, !row_problems[i].logistic);
  touch(a, i);
  snprintf(label, sizeof label, "%s, %s rows", row_problems[i].spec, dense ? "dense" : "sparse");
  ok(setup(&p, row_problems[i].type, row_problems[i].spec, 1) == LAC_OK, "%s: options", label);
  check_values(&p, a, i, label);
  check_gradient(&p, a, label);
  check_curvature(&p, a, !row_problems[i].logistic && row_problems[i].reg != 2, label);
  lac_spec_free(&p.spec);
  lac_rows_free(a);
}

/* The order of the rows means nothing; lengths ascend afterwards. */
static void test_arrange(void)
{
  lac_problem p;
  lac_rows *a = make_rows(0, 1);
  double before, after, gap = 0;
  int ascending = 1;
  setup(&p, &lac_problem_lsq, "lsq", 1);
  double *x = point(&p, 5, 1), *g = point(&p, 6, 1), *h = point(&p, 6, 1);
  p.type->value_grad(&p, a, x, &before, g);
  ok(lac_rows_arrange(a) == LAC_OK, "rows can be arranged");
  p.type->value_grad(&p, a, x, &after, h);
  for (size_t r = 0; r + 1 < a->m; r++)
    ascending &= a->ptr[r + 1] - a->ptr[r] <= a->ptr[r + 2] - a->ptr[r + 1];
  for (size_t j = 0; j < D; j++)
    gap = tap_worse(gap, fabs(g[j] - h[j]));
  ok(ascending, "arranged rows have ascending lengths");
  ok(fabs(before - after) < 1e-14 * before && gap < 1e-14, "arranged rows have the same value and gradient");
  free(x);
  free(g);
  free(h);
  lac_spec_free(&p.spec);
  lac_rows_free(a);
}

/* Values that are all 1 are dropped, and nothing else changes by a bit. */
static void test_ones(void)
{
  lac_problem p;
  lac_rows *a = make_rows(0, 1), *b = make_rows(0, 1);
  uint32_t list[] = { 3, M / 2, 3, M - 1 };
  uint8_t here[D] = { 0 }, there[D] = { 0 };
  size_t nnz = a->ptr[M];
  double f, e, g[D], h[D];
  for (size_t k = 0; k < nnz; k++)
    a->val[k] = b->val[k] = 1;
  b->val[nnz / 2] = 2;
  setup(&p, &lac_problem_lsq, "lsq", 1);
  double *x = point(&p, 5, 1);
  ok(lac_rows_arrange(a) == LAC_OK && lac_rows_arrange(b) == LAC_OK && !a->val && b->val, "ones are dropped, and only they");
  ok(lac_rows_bytes(b) - lac_rows_bytes(a) == nnz * sizeof *b->val, "... and are not counted");
  for (size_t k = 0; k < nnz; k++)
    b->val[k] = 1;
  p.type->value_grad(&p, a, x, &f, g);
  p.type->value_grad(&p, b, x, &e, h);
  ok(f == e && memcmp(g, h, sizeof g) == 0, "value and gradient of ones that are not there");
  p.type->batch_grad(&p, a, list, LAC_COUNT(list), x, &f, g);
  p.type->batch_grad(&p, b, list, LAC_COUNT(list), x, &e, h);
  ok(f == e && memcmp(g, h, sizeof g) == 0, "... of a batch");
  lac_rows_touched(a, here);
  lac_rows_touched(b, there);
  ok(memcmp(here, there, D) == 0 && lac_rows_longest_sq(a) == lac_rows_longest_sq(b), "... support and longest row");
  free(x);
  lac_spec_free(&p.spec);
  lac_rows_free(a);
  lac_rows_free(b);
}

/* ---- batches ---- */

static double largest_gap(size_t d, const double *x, const double *y)
{
  double gap = 0;
  for (size_t j = 0; j < d; j++)
    gap = tap_worse(gap, fabs(x[j] - y[j]));
  return gap;
}

/* The listed rows as dense rows of their own. */
static lac_rows *listed(const lac_rows *a, const uint32_t *list, size_t count)
{
  lac_rows *b = lac_alloc(sizeof *b);
  b->m = count;
  b->d = b->ld = a->d;
  b->y = lac_alloc(count * sizeof *b->y);
  b->dense = lac_alloc(count * a->d * sizeof *b->dense);
  for (size_t i = 0; i < count; i++) {
    b->y[i] = a->y[list[i]];
    for (size_t j = 0; j < a->d; j++)
      b->dense[i * a->d + j] = entry(a, list[i], j);
  }
  return b;
}

/* Between g and the gradient of f_i over all of b's rows, whose factor is not that of a batch with scale=1/2. */
static double slope_gap(const lac_problem *p, const lac_rows *b, int i, const double *x, const double *g)
{
  double f, h[D], times = strstr(row_problems[i].spec, "1/2") ? M / (double)b->m : 1;
  p->type->value_grad(p, b, x, &f, h);
  for (size_t j = 0; j < D; j++)
    h[j] = (h[j] * times - g[j]) / row_problems[i].scale;
  double zero[D] = { 0 };
  return largest_gap(D, h, zero);
}

/* Row numbers are those of the data, whatever lac_rows_arrange made of the rows; all rows: the full gradient. */
static void test_batches(int i, int dense)
{
  enum { MANY = 700 };
  lac_problem p;
  char label[80];
  lac_rows *data = make_rows(dense, !row_problems[i].logistic), *a = make_rows(dense, !row_problems[i].logistic);
  uint32_t list[MANY];
  double f, want;
  touch(a, i);
  snprintf(label, sizeof label, "%s, %s batches", row_problems[i].spec, dense ? "dense" : "sparse");
  setup(&p, row_problems[i].type, row_problems[i].spec, 1);
  double *x = point(&p, 5, 1), *g = point(&p, 6, 1), *h = point(&p, 7, 1), gap = 0;
  ok(lac_rows_arrange(a) == LAC_OK && (a->place == NULL) == dense && p.type->shard_rows(a) == M, "%s: rows", label);
  for (uint32_t r = 0; r < M; r++)
    list[r] = r;
  p.type->value_grad(&p, a, x, &want, g);
  p.type->batch_grad(&p, a, list, M, x, &f, h);
  ok(fabs(f - want) <= 1e-14 * fabs(want) && largest_gap(D, g, h) <= 1e-14, "%s: all rows", label);
  for (size_t count = 1; count <= MANY; count = 3 * count + 1) {
    for (size_t r = 0; r < count; r++)
      list[r] = (uint32_t)(11 * r * r + 5 * count) % M;
    lac_rows *b = listed(data, list, count);
    touch(b, i);
    want = reference(b, row_problems[i].logistic, row_problems[i].reg, row_problems[i].lambda, row_problems[i].scale, x);
    p.type->batch_grad(&p, a, list, count, x, &f, g);
    gap = tap_worse(gap, fabs(f - want) / fabs(want));
    gap = tap_worse(gap, slope_gap(&p, b, i, x, g));
    lac_rows_free(b);
  }
  ok(gap <= 2e-14, "%s: listed rows against long double, largest difference %.1e", label, gap);
  free(x);
  free(g);
  free(h);
  lac_spec_free(&p.spec);
  lac_rows_free(a);
  lac_rows_free(data);
}

/* Many blocks, the same row again and again: f does not change; no rows: f = 0. */
static void test_blocks(int dense)
{
  enum { MANY = 1021 };
  double y[MANY], val[2 * MANY], x[2] = { 0.3, -2 }, g[2], f, one;
  uint32_t col[2 * MANY];
  size_t ptr[MANY + 1];
  lac_rows a = { .m = MANY, .d = 2, .y = y, .ld = 2 };
  lac_problem p;
  for (size_t r = 0; r <= MANY; r++)
    ptr[r] = 2 * r;
  for (size_t k = 0; k < 2 * MANY; k++) {
    col[k] = k % 2;
    val[k] = 1.5 - (double)(k % 2);
    y[k / 2] = -1;
  }
  a.dense = dense ? val : NULL;
  a.ptr = dense ? NULL : ptr;
  a.col = dense ? NULL : col;
  a.val = dense ? NULL : val;
  setup(&p, &lac_problem_logreg, "logreg", 1);
  p.d = 2;
  p.type->value_grad(&p, &a, x, &f, g);
  a.m = 1;
  p.type->value_grad(&p, &a, x, &one, g);
  is_near_rel(f, one, 1e-15, dense ? "many dense blocks" : "many sparse blocks");
  a.m = 0;
  p.type->value_grad(&p, &a, x, &f, g);
  ok(f == 0 && g[0] == 0 && g[1] == 0, "no %s rows: f = 0", dense ? "dense" : "sparse");
  lac_spec_free(&p.spec);
}

/* One row, one feature: f(t) = log(1 + exp(-t)) wherever t may be. */
static void test_softplus(void)
{
  static const double at[] = { 0, 5e-324, 1e-300, 1e-17, 1e-8, 0.1, 0.34657, 0.35, 1, 2.5, 9, 20, 36.7, 37.5, 100, 500,
                               708.3, 709.9, 740, 745.1, 745.2, 746, 1e3, 1e18, 1e300, INFINITY };
  double y = 1, val = 1, f, g[8], x[8] = { 0 };
  lac_rows a = { .m = 1, .d = 1, .y = &y, .dense = &val, .ld = 1 };
  lac_problem p;
  int good_value = 1, good_slope = 1;
  setup(&p, &lac_problem_logreg, "logreg", 1);
  p.d = 1;
  for (size_t i = 0; i < 2 * LAC_COUNT(at); i++) {
    x[0] = i % 2 ? -at[i / 2] : at[i / 2];
    long double e = expl(-fabsl((long double)x[0])), want = (x[0] < 0 ? -(long double)x[0] : 0) + log1pl(e);
    long double slope = -(x[0] < 0 ? 1 : e) / (1 + e);
    p.type->value_grad(&p, &a, x, &f, g);
    good_value &= f == (double)want || fabsl(f - want) <= 6e-16L * want + 5e-324L;
    good_slope &= fabsl(g[0] - slope) <= 6e-16L * fabsl(slope) + 5e-324L;
  }
  ok(good_value, "log(1 + exp(-t)) for t from 5e-324 to infinity, both signs");
  ok(good_slope, "its slope likewise");
  lac_spec_free(&p.spec);
}

/* Losses of many rows share a logarithm: rows that are certain by `margin`, every `wrong`-th on the wrong side. */
static double loss_error(size_t m, double margin, size_t wrong)
{
  double *y = lac_alloc(m * sizeof *y), *val = lac_alloc(m * sizeof *val), f, g[8], x[8] = { 1 };
  lac_rows a = { .m = m, .d = 1, .y = y, .dense = val, .ld = 1 };
  lac_problem p;
  long double want = 0;
  setup(&p, &lac_problem_logreg, "logreg", 1);
  p.d = 1;
  for (size_t r = 0; r < m; r++) {
    y[r] = r % 3 ? 1 : -1;
    val[r] = y[r] * margin * (1 + (double)(r % 7) / 8) * (wrong && r % wrong == 0 ? -1 : 1);
    want += log1pl(expl(-(long double)y[r] * val[r]));
  }
  p.type->value_grad(&p, &a, x, &f, g);
  lac_spec_free(&p.spec);
  free(y);
  free(val);
  return (double)fabsl(f * m / want - 1);
}

static void test_many_losses(void)
{
  static const double margin[] = { 0, 1e-9, 0.3, 1, 5, 30, 300, 700 };
  double worst = 0, y[600], val[600], f, g[8], x[8] = { NAN };
  for (size_t m = 1; m < 1300; m += m < 40 ? 1 : 61)
    for (size_t i = 0; i < LAC_COUNT(margin); i++)
      for (size_t wrong = 0; wrong < 4; wrong++)
        worst = tap_worse(worst, loss_error(m, margin[i], wrong));
  ok(worst < 2e-15, "losses of 1 to 1300 rows, from exp(-1300) to 1300: within %.1e of their sum in long double", worst);
  lac_rows a = { .m = LAC_COUNT(y), .d = 1, .y = y, .dense = val, .ld = 1 };
  lac_problem p;
  setup(&p, &lac_problem_logreg, "logreg", 1);
  p.d = 1;
  for (size_t r = 0; r < a.m; r++)
    y[r] = val[r] = 1;
  p.type->value_grad(&p, &a, x, &f, g);
  int not_a_number = isnan(f) && isnan(g[0]);
  x[0] = 1;
  val[77] = NAN;
  p.type->value_grad(&p, &a, x, &f, g);
  ok(not_a_number && isnan(f) && isnan(g[0]), "a loss that is no number makes none of the sum");
  lac_spec_free(&p.spec);
}

/* ---- files ---- */

static char folder[] = "t-problems.XXXXXX";

static char *write_file(const char *name, const char *text)
{
  char *path = lac_asprintf("%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  if (f) {
    fputs(text, f);
    fclose(f);
  }
  return path;
}

static void drop_file(char *path)
{
  unlink(path);
  free(path);
}

/* Labels 2 and 5 become -1 and 1; the value is that of the rows with -1 and 1. */
static void test_labels(void)
{
  lac_problem p;
  char *path = write_file("two", "5 1:1\n2 1:2 3:1\n5 2:1\n2 1:1\n");
  char *three = write_file("three", "1 1:1\n2 1:1\n3 1:1\n");
  double x[8] = { 1, 2, 3 }, g[8], f;
  void *shard = NULL;
  setup(&p, &lac_problem_logreg, "logreg", 1);
  if (ok(lac_data_open(&p.data, path, "contiguous", NULL, &seeds, 1) == LAC_OK && p.type->open(&p) == LAC_OK &&
         p.type->load(&p, 0, &shard) == LAC_OK, "two labels load")) {
    p.type->value_grad(&p, shard, x, &f, g);
    double want = (log1p(exp(-1)) + log1p(exp(5)) + log1p(exp(-2)) + log1p(exp(1))) / 4;
    is_near_rel(f, want, 1e-15, "the lower label is -1, the higher 1");
    ok(p.type->shard_bytes(shard) >= 5 * 12 + 4 * 8, "a shard has bytes");
    p.type->unload(shard);
  } else
    printf("#   %s\n", lac_error());
  lac_data_close(p.data);
  p.data = NULL;
  ok(lac_data_open(&p.data, three, "contiguous", NULL, &seeds, 1) == LAC_OK && p.type->open(&p) == LAC_EUSER &&
     strstr(lac_error(), "has 3"), "three labels: %s", lac_error());
  lac_data_close(p.data);
  lac_spec_free(&p.spec);
  int status = setup(&p, &lac_problem_logreg, "logreg:lambda=0.5", 1);
  ok(status == LAC_OK && p.type->open(&p) == LAC_EUSER, "refused: %s", lac_error());
  lac_spec_free(&p.spec);
  drop_file(path);
  drop_file(three);
}

/* Opens a quadratic and loads every client; what fails first is what counts. */
static int open_quadratic(const char *spec, uint32_t n)
{
  lac_problem p;
  void *shard;
  int status = setup(&p, &lac_problem_quadratic, spec, n);
  if (status == LAC_OK && (status = p.type->open(&p)) == LAC_OK) {
    for (uint32_t i = 0; i < n && status == LAC_OK; i++)
      if ((status = p.type->load(&p, i, &shard)) == LAC_OK)
        p.type->unload(shard);
    p.type->close(&p);
  }
  lac_spec_free(&p.spec);
  return status;
}

static void refuses(const char *matrix, const char *vector, const char *more, uint32_t n, const char *why)
{
  char *spec = lac_asprintf("quadratic:matrix=%s/%s,vector=%s/%s%s", folder, matrix, folder, vector, more);
  int status = open_quadratic(spec, n);
  ok(status == LAC_EUSER && strstr(lac_error(), why), "refused: %s", status ? lac_error() : "nothing");
  free(spec);
}

static void test_quadratic_files(void)
{
  char *files[] = {
    write_file("A0", "2 1\n1 2\n"), write_file("A1", "3,0\n0,3\n"), write_file("stack", "2 1\n1 2\n3 0\n0 3\n"),
    write_file("b0", "1\n2\n"), write_file("b1", "1 2\n"), write_file("bstack", "1 2\n1 2\n"),
    write_file("skew0", "2 1\n1.1 2\n"), write_file("flat0", "1 2\n"), write_file("three0", "1 0 0\n0 1 0\n0 0 1\n"),
  };
  char *each = lac_asprintf("quadratic:matrix=%s/A%%d,vector=%s/b%%d", folder, folder);
  char *stack = lac_asprintf("quadratic:matrix=%s/stack,vector=%s/bstack", folder, folder);
  ok(open_quadratic(each, 2) == LAC_OK, "one matrix a client");
  ok(open_quadratic(stack, 2) == LAC_OK, "stacked matrices");
  refuses("skew%d", "b%d", "", 1, "symmetric");
  refuses("flat%d", "b%d", "", 1, "2 numbers, not 4");
  refuses("three%d", "b%d", "", 1, "9 numbers, not 4");
  refuses("stack", "bstack", "", 3, "4 numbers, not 6");
  refuses("A0", "bstack", "", 1, "4 numbers, not 16");
  refuses("A%d", "b%d", "", 3, "b2");
  refuses("A%d", "b0", "", 2, "4 numbers, not 1");
  refuses("A%d", "b%d", ",mu=1", 2, "mu");
  int status = open_quadratic("quadratic:matrix=A%d", 1);
  ok(status == LAC_EUSER && strstr(lac_error(), "together"), "refused: %s", lac_error());
  for (size_t i = 0; i < LAC_COUNT(files); i++)
    drop_file(files[i]);
  free(each);
  free(stack);
}

/* ---- generated quadratics ---- */

/* The mean matrix takes the sine to mu times the sine; gradient and curvature as for every problem. */
static void test_generated(size_t d, double mu, double hetero)
{
  enum { CLIENTS = 5 };
  lac_problem p;
  char *spec = lac_asprintf("quadratic:d=%zu,mu=%g,hetero=%g", d, mu, hetero);
  void *shard;
  ok(setup(&p, &lac_problem_quadratic, spec, CLIENTS) == LAC_OK && p.type->open(&p) == LAC_OK && p.d == d, "%s", spec);
  double *v = point(&p, 0, 1), *out = point(&p, 0, 1), *sum = point(&p, 0, 0), gap = 0;
  for (size_t j = 0; j < d; j++)
    v[j] = sin(M_PI * (double)(j + 1) / (double)(d + 1));
  for (uint32_t i = 0; i < CLIENTS; i++) {
    p.type->load(&p, i, &shard);
    p.type->curvature(&p, shard, v, out);
    for (size_t j = 0; j < d; j++)
      sum[j] += out[j] / CLIENTS;
    if (i == 2) {
      check_gradient(&p, shard, spec);
      check_curvature(&p, shard, 1, spec);
    }
    p.type->unload(shard);
  }
  for (size_t j = 0; j < d; j++)
    gap = tap_worse(gap, fabs(sum[j] - mu * v[j]));
  ok(gap < 1e-14, "%s: mu is the smallest eigenvalue of the mean", spec);
  p.type->close(&p);
  lac_spec_free(&p.spec);
  free(v);
  free(out);
  free(sum);
  free(spec);
}

/* f_i = |c x - e|^2 / 2: 0 at x = e/c, where the gradient is 0, too; c^2 = i^2/n and |e|^2 about d zeta^2/i^2. */
static void test_isotropic(void)
{
  enum { CLIENTS = 5, MANY = 4000 };
  lac_problem p;
  void *shard;
  double f, worst = 0, spread = 0, value = 0;
  int status = setup(&p, &lac_problem_quadratic, "quadratic:kind=isotropic,zeta=3,d=4000", CLIENTS);
  ok(status == LAC_OK && p.type->open(&p) == LAC_OK && p.d == MANY, "isotropic quadratics open");
  double *zero = point(&p, 0, 0), *g = point(&p, 0, 0), *x = point(&p, 0, 0);
  for (uint32_t i = 0; i < CLIENTS; i++) {
    double c_sq = (i + 1.0) * (i + 1.0) / CLIENTS, e_sq;
    p.type->load(&p, i, &shard);
    p.type->value_grad(&p, shard, zero, &f, g);
    e_sq = 2 * f;
    spread = tap_worse(spread, fabs(e_sq * (i + 1.0) * (i + 1.0) / (MANY * 9.0) - 1));
    for (size_t j = 0; j < MANY; j++)
      x[j] = -g[j] / c_sq;
    p.type->value_grad(&p, shard, x, &f, g);
    value = tap_worse(value, fabs(f) / e_sq);
    worst = tap_worse(worst, sqrt(dot(p.d, g, g)));
    if (i == 2) {
      check_gradient(&p, shard, "isotropic");
      check_curvature(&p, shard, 1, "isotropic");
      p.type->curvature(&p, shard, x, g);
      ok(fabs(sqrt(dot(p.d, g, g) / dot(p.d, x, x)) - 9.0 / CLIENTS) < 1e-14, "isotropic: L_i = i^2/n");
    }
    p.type->unload(shard);
  }
  ok(value < 1e-14 && worst < 1e-12, "isotropic: f_i and its gradient are 0 at e_i/c_i (%.1e, %.1e)", value, worst);
  ok(spread < 5 * sqrt(2.0 / MANY), "isotropic: |e_i|^2 is about d zeta^2/i^2 (off by %.3f)", spread);
  p.type->close(&p);
  lac_spec_free(&p.spec);
  free(zero);
  free(g);
  free(x);
  ok(open_quadratic("quadratic:kind=isotropic,mu=1", 2) == LAC_EUSER && strstr(lac_error(), "zeta"), "refused: %s", lac_error());
  ok(open_quadratic("quadratic:zeta=2", 2) == LAC_EUSER && strstr(lac_error(), "isotropic"), "refused: %s", lac_error());
}

/* ---- saddle points ---- */

/* The rows as an adversary moves them, dense. */
static lac_rows *moved(const lac_rows *data, const uint32_t *list, size_t count, const double *r)
{
  lac_rows *b = listed(data, list, count);
  for (size_t k = 0; k < count * D; k++)
    b->dense[k] += r[k % D];
  return b;
}

/* Value and F_w of listed rows against those of a linear model on rows that are moved by hand. */
static double robust_error(const lac_problem *p, const lac_rows *a, const lac_rows *data, const uint32_t *list, size_t count)
{
  enum { LAMBDA = 3, BETA = 2 };      /* tenths */
  int logistic = p->type == &lac_problem_robust_logreg;
  double *x = point(p, 5, 0.4), *g = point(p, 6, 1), f, error = 0, value, plain[D];
  lac_rows *b = moved(data, list, count, x + D);
  lac_problem linear;
  setup(&linear, logistic ? &lac_problem_logreg : &lac_problem_lsq, logistic ? "logreg:reg=l2,lambda=0.3" : "lsq:lambda=0.3", 1);
  double want = reference(b, logistic, 1, LAMBDA / 10.0, 1, x) - BETA / 20.0 * dot(D, x + D, x + D);
  linear.type->value_grad(&linear, b, x, &value, plain);
  p->type->batch_grad(p, a, list, count, x, &f, g);
  error = tap_worse(error, fabs(f - want) / (1 + fabs(want)));
  for (size_t j = 0; j < D; j++)
    error = tap_worse(error, fabs(g[j] - plain[j]));
  lac_spec_free(&linear.spec);
  lac_rows_free(b);
  free(x);
  free(g);
  return error;
}

static void test_robust(const lac_problem_type *type, const char *name, int dense)
{
  enum { MANY = 700 };
  lac_problem p;
  char label[80], *spec = lac_asprintf("%s:lambda=0.3,beta=0.2", name);
  int real = type == &lac_problem_robust_lsq;
  lac_rows *data = make_rows(dense, real), *a = make_rows(dense, real);
  uint32_t list[MANY];
  double f, want, error = 0;
  setup(&p, type, spec, 1);
  p.d = 2 * D;
  snprintf(label, sizeof label, "%s, %s rows", spec, dense ? "dense" : "sparse");
  ok(lac_rows_arrange(a) == LAC_OK, "%s: arranged", label);
  double *x = point(&p, 5, 1), *g = point(&p, 6, 1), *h = point(&p, 7, 1);
  for (uint32_t r = 0; r < M; r++)
    list[r] = r;
  p.type->value_grad(&p, a, x, &want, g);
  p.type->batch_grad(&p, a, list, M, x, &f, h);
  ok(fabs(f - want) <= 1e-14 * (1 + fabs(want)) && largest_gap(p.d, g, h) <= 1e-13, "%s: a batch of all rows", label);
  for (size_t count = 1; count <= MANY; count = 3 * count + 1) {
    for (size_t r = 0; r < count; r++)
      list[r] = (uint32_t)(11 * r * r + 5 * count) % M;
    error = tap_worse(error, robust_error(&p, a, data, list, count));
  }
  ok(error <= 3e-14, "%s: listed rows against rows that are moved, largest difference %.1e", label, error);
  check_gradient(&p, a, label);
  x[3] = NAN;
  p.type->value_grad(&p, a, x, &f, g);
  ok(isnan(f) && isnan(g[3]), "%s: not a number in, not a number out", label);
  free(x);
  free(g);
  free(h);
  lac_spec_free(&p.spec);
  lac_rows_free(a);
  lac_rows_free(data);
  free(spec);
}

/* Gradients; and F is affine, with a matrix that is as long on every vector as the curvature is when lambda = 0. */
static void test_game(const lac_problem_type *type, const char *spec)
{
  enum { CLIENTS = 3 };
  lac_problem p;
  void *shard;
  double f;
  ok(setup(&p, type, spec, CLIENTS) == LAC_OK && p.type->open(&p) == LAC_OK && p.type->load(&p, 1, &shard) == LAC_OK, "%s opens", spec);
  double *x = point(&p, 0, 0), *v = point(&p, 1, 1), *F = point(&p, 2, 1), *at_zero = point(&p, 3, 1), *out = point(&p, 4, 1);
  p.type->value_grad(&p, shard, v, &f, F);
  p.type->value_grad(&p, shard, x, &f, at_zero);
  p.type->curvature(&p, shard, v, out);
  for (size_t j = 0; j < p.d; j++)
    F[j] -= at_zero[j];
  is_near_rel(dot(p.d, out, out), dot(p.d, F, F), 1e-13, "|curvature v| = |F(v) - F(0)|");
  check_gradient(&p, shard, spec);
  p.type->unload(shard);
  if (p.type->close)
    p.type->close(&p);
  lac_spec_free(&p.spec);
  free(x);
  free(v);
  free(F);
  free(at_zero);
  free(out);
}

static void test_saddles(void)
{
  for (int dense = 0; dense < 2; dense++) {
    test_robust(&lac_problem_robust_lsq, "robust_lsq", dense);
    test_robust(&lac_problem_robust_logreg, "robust_logreg", dense);
  }
  test_game(&lac_problem_polmatrix, "polmatrix:houses=1");
  test_game(&lac_problem_polmatrix, "polmatrix:houses=7,hetero=0.5");
  test_game(&lac_problem_bilinear, "bilinear:half=7,lambda=0");
}

/* Operators of bilinear at x: F_i of client i in row i. */
static void bilinear_operators(const char *spec, uint32_t clients, size_t d, const double *x, double *rows)
{
  lac_problem p;
  void *shard;
  double f;
  int status = setup(&p, &lac_problem_bilinear, spec, clients);
  ok(status == LAC_OK && p.type->open(&p) == LAC_OK && p.d == d, "%s opens", spec);
  for (uint32_t i = 0; i < clients; i++) {
    p.type->load(&p, i, &shard);
    p.type->value_grad(&p, shard, x, &f, rows + i * d);
    p.type->unload(shard);
  }
  p.type->close(&p);
  lac_spec_free(&p.spec);
}

/* Centred differences leave the mean of the operators as it is; E|spread E_i v|^2 = spread^2 half |v|^2, times 1 - 1/n. */
static void test_centred(void)
{
  enum { CLIENTS = 6, D = 80 };
  static double equal[CLIENTS * D], apart[CLIENTS * D], plain[CLIENTS * D];
  double mean = 0, common = 0, square = 0;
  lac_problem p = { .d = D };
  double *x = point(&p, 1, 3), norm = dot(D, x, x);
  bilinear_operators("bilinear:half=40,matrices=common", CLIENTS, D, x, equal);
  bilinear_operators("bilinear:half=40,matrices=centred,spread=0.3", CLIENTS, D, x, apart);
  bilinear_operators("bilinear:half=40,matrices=common,spread=0.3", CLIENTS, D, x, plain);
  free(x);
  for (size_t j = 0; j < D; j++) {
    double sum = 0, sum_plain = 0;
    for (uint32_t i = 0; i < CLIENTS; i++) {
      double by = apart[i * D + j] - equal[i * D + j];
      sum += by / CLIENTS;
      sum_plain += (plain[i * D + j] - equal[i * D + j]) / CLIENTS;
      square += by * by / CLIENTS;
    }
    mean = tap_worse(mean, fabs(sum));
    common = tap_worse(common, fabs(sum_plain));
  }
  double expected = 0.3 * 0.3 * D / 2 * norm * (1 - 1.0 / CLIENTS);
  ok(mean < 1e-13 && common > 0.1, "bilinear: the differences of centred have mean 0 (%.1e), those of common do not (%.1e)", mean, common);
  ok(fabs(square / expected - 1) < 0.3, "bilinear: they are as large as spread says (%.3f of it)", square / expected);
  ok(setup(&p, &lac_problem_bilinear, "bilinear:spread=1", 2) == LAC_OK && p.type->open(&p) == LAC_EUSER && strstr(lac_error(), "centred"),
     "refused: %s", lac_error());
  lac_spec_free(&p.spec);
}

/* ---- ground truth ---- */

enum { TRUTH_CLIENTS = 10, TRUTH_D = 20 };

/* Column `column` of line `line` (from 0) of a CSV file. */
static double cell(const char *path, unsigned line, unsigned column)
{
  char text[512] = "";
  FILE *f = fopen(path, "r");
  for (unsigned i = 0; f && i <= line; i++)
    if (!fgets(text, sizeof text, f))
      *text = 0;
  if (f)
    fclose(f);
  char *at = text;
  for (unsigned i = 0; i < column && at; i++)
    at = (at = strchr(at, ',')) ? at + 1 : NULL;
  return at && *at ? strtod(at, NULL) : NAN;
}

/* constants.csv: problem,key,value */
static double constant(const char *truth, const char *problem, const char *key)
{
  char *path = lac_asprintf("%s/constants.csv", truth), *want = lac_asprintf("%s,%s,", problem, key), line[512];
  double value = NAN;
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, want, strlen(want)) == 0)
      value = strtod(line + strlen(want), NULL);
  if (f)
    fclose(f);
  free(path);
  free(want);
  return value;
}

/* |lambda|_max of the curvature by power iteration. */
static double spectral_norm(const lac_problem *p, const void *shard)
{
  double *v = point(p, 9, 1), *w = point(p, 9, 1), norm = 0;
  for (int i = 0; i < 20000; i++) {
    p->type->curvature(p, shard, v, w);
    norm = sqrt(dot(p->d, w, w));
    for (size_t j = 0; j < p->d; j++)
      v[j] = w[j] / norm;
  }
  free(v);
  free(w);
  return norm;
}

/* One client of B: rows by hand from "label, features". */
static int load_b(const char *truth, uint32_t client, void **shard)
{
  char *path = lac_asprintf("%s/data/B_client%u.csv", truth, client);
  double *v = NULL;
  size_t rows, cols;
  int status = lac_read_matrix(path, &v, &rows, &cols);
  free(path);
  LAC_TRY(status);
  lac_rows *a = lac_alloc(sizeof *a);
  a->m = rows;
  a->d = cols - 1;
  a->ld = lac_stride(a->d);
  a->y = lac_alloc(rows * sizeof *a->y);
  a->dense = lac_alloc(rows * a->ld * sizeof *a->dense);
  for (size_t r = 0; r < rows; r++) {
    a->y[r] = v[r * cols];
    memcpy(a->dense + r * a->ld, v + r * cols + 1, a->d * sizeof *v);
  }
  free(v);
  *shard = a;
  return LAC_OK;
}

static int load_truth(const lac_problem *p, const char *truth, uint32_t client, void **shard)
{
  return p->type == &lac_problem_lsq ? load_b(truth, client, shard) : p->type->load(p, client, shard);
}

/* f and |grad f|^2 at x0, and every L_i. */
static void check_truth(const lac_problem *p, const char *truth, const char *name)
{
  char *x_path = lac_asprintf("%s/data/%.1s_x0.csv", truth, name);
  char *traj = lac_asprintf("%s/traj/%s__GD_1x.csv", truth, name);
  double *values = NULL, *x = lac_alloc(TRUTH_D * sizeof *x), *g = lac_alloc(TRUTH_D * sizeof *g);
  double *mean = lac_alloc(TRUTH_D * sizeof *mean), f = 0, f_i, worst = 0;
  size_t rows = 0, cols;
  if (lac_read_matrix(x_path, &values, &rows, &cols) == LAC_OK && rows == TRUTH_D)
    memcpy(x, values, TRUTH_D * sizeof *x);
  for (uint32_t i = 0; i < TRUTH_CLIENTS; i++) {
    void *shard;
    char key[16];
    if (!ok(load_truth(p, truth, i, &shard) == LAC_OK, "%s: client %u", name, i)) {
      printf("#   %s\n", lac_error());
      continue;
    }
    p->type->value_grad(p, shard, x, &f_i, g);
    f += f_i / TRUTH_CLIENTS;
    for (size_t j = 0; j < TRUTH_D; j++)
      mean[j] += g[j] / TRUTH_CLIENTS;
    snprintf(key, sizeof key, "L_%u", i);
    double L_i = constant(truth, name, key);
    worst = tap_worse(worst, isnan(L_i) ? INFINITY : fabs(spectral_norm(p, shard) - L_i) / L_i);
    p->type->unload(shard);
  }
  is_near_rel(f, cell(traj, 1, 1), 1e-12, "f(x0) of the truth");
  is_near_rel(dot(p->d, mean, mean), cell(traj, 1, 2), 1e-12, "|grad f(x0)|^2 of the truth");
  ok(worst < 1e-9, "%s: L_i of the truth, largest relative difference %.1e", name, worst);
  free(x_path);
  free(traj);
  free(values);
  free(x);
  free(g);
  free(mean);
}

static void test_truth(const char *truth, const lac_problem_type *type, const char *name, const char *spec,
                       const char *data)
{
  lac_problem p;
  int status = setup(&p, type, spec, TRUTH_CLIENTS);
  p.d = TRUTH_D;
  if (status == LAC_OK && data)
    status = lac_data_open(&p.data, data, "contiguous", NULL, &seeds, TRUTH_CLIENTS);
  if (status == LAC_OK && type != &lac_problem_lsq)
    status = type->open(&p);
  if (ok(status == LAC_OK && p.d == TRUTH_D, "%s opens", name))
    check_truth(&p, truth, name);
  else
    printf("#   %s\n", lac_error());
  if (type->close)
    type->close(&p);
  lac_data_close(p.data);
  lac_spec_free(&p.spec);
}

/* Line `line` of iter,client,row,... as row numbers. */
static void read_batch(FILE *f, uint32_t *list)
{
  if (fscanf(f, "%*u,%*u,%u,%u,%u,%u,%u", &list[0], &list[1], &list[2], &list[3], &list[4]) != 5)
    list[0] = UINT32_MAX;
}

/* g_i += Top-2(grad of the batch - g_i) */
static void estimate(const lac_problem *p, const lac_compressor *top, const void *shard, const uint32_t *list, const double *x, double *gi)
{
  lac_msg m = { 0 };
  lac_site at = lac_site_of(top, p->d);
  double f, *g = point(p, 0, 0);
  p->type->batch_grad(p, shard, list, 5, x, &f, g);
  for (size_t j = 0; j < p->d; j++)
    g[j] -= gi[j];
  lac_encode(&at, g, &m);
  lac_decode_add(&at, 1, &m, gi);
  lac_msg_free(&m);
  free(g);
}

/* EF21 with batches of 5 rows, by hand: the trajectory starts from full gradients, which --batch does not. */
static void follow_batches(const lac_problem *p, const char *truth, double gamma, FILE *batches, const lac_compressor *top)
{
  enum { ROUNDS = 100 };      /* then the file has every tenth round only */
  char *traj = lac_asprintf("%s/traj/A_logreg__EF21SGD_tau5_8x.csv", truth), *x_path = lac_asprintf("%s/data/A_x0.csv", truth);
  double gi[TRUTH_CLIENTS][TRUTH_D], *x = NULL, *g = point(p, 0, 0), f_i, worst = 0;
  size_t rows, cols;
  void *shard[TRUTH_CLIENTS];
  uint32_t list[5];
  lac_read_matrix(x_path, &x, &rows, &cols);
  for (uint32_t i = 0; i < TRUTH_CLIENTS; i++) {
    p->type->load(p, i, &shard[i]);
    p->type->value_grad(p, shard[i], x, &f_i, gi[i]);
  }
  for (unsigned t = 0; t < ROUNDS; t++) {
    double f = 0;
    for (uint32_t i = 0; i < TRUTH_CLIENTS; i++) {
      p->type->value_grad(p, shard[i], x, &f_i, g);
      f += f_i / TRUTH_CLIENTS;
    }
    worst = tap_worse(worst, fabs(f / cell(traj, t + 1, 1) - 1));
    for (size_t j = 0; j < p->d; j++)
      for (uint32_t i = 0; i < TRUTH_CLIENTS; i++)
        x[j] -= gamma / TRUTH_CLIENTS * gi[i][j];
    for (uint32_t i = 0; i < TRUTH_CLIENTS; i++) {
      read_batch(batches, list);
      estimate(p, top, shard[i], list, x, gi[i]);
    }
  }
  ok(worst < 1e-9, "EF21 with batches, %d rounds of the truth, largest relative difference %.1e", ROUNDS, worst);
  for (uint32_t i = 0; i < TRUTH_CLIENTS; i++)
    p->type->unload(shard[i]);
  free(traj);
  free(x_path);
  free(x);
  free(g);
}

static void test_batches_of_truth(const char *truth, const char *data)
{
  lac_problem p;
  lac_compressor top;
  char *path = lac_asprintf("%s/manifest.csv", truth), *batches = lac_asprintf("%s/data/sched_minibatch.csv", truth), line[512];
  double gamma = NAN;
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, "A_logreg,EF21SGD_tau5_8x,", 25) == 0)
      gamma = strtod(line + 25, NULL);
  if (f)
    fclose(f);
  f = fopen(batches, "r");
  if (setup(&p, &lac_problem_logreg, "logreg:reg=nonconvex", TRUTH_CLIENTS) == LAC_OK && f && fgets(line, sizeof line, f) &&
      lac_data_open(&p.data, data, "contiguous", NULL, &seeds, TRUTH_CLIENTS) == LAC_OK && p.type->open(&p) == LAC_OK &&
      lac_compressor_open(&top, "--up", "topk:k=2") == LAC_OK) {
    follow_batches(&p, truth, gamma, f, &top);
    lac_compressor_close(&top);
  } else
    ok(0, "batches of the truth: %s", lac_error());
  if (f)
    fclose(f);
  lac_data_close(p.data);
  lac_spec_free(&p.spec);
  free(path);
  free(batches);
}

static void test_truths(void)
{
  const char *home = getenv("LACONIC_TRUTH");
  char *truth = lac_asprintf("%s/error-feedback", home ? home : "");
  char *data = lac_asprintf("%s/data/A_all.libsvm:d=20", truth);
  char *c = lac_asprintf("quadratic:matrix=%s/data/C_A%%d.csv,vector=%s/data/C_b%%d.csv", truth, truth);
  if (!home || access(truth, R_OK) != 0)
    skip(home ? "LACONIC_TRUTH has no folder error-feedback" : "LACONIC_TRUTH is not set", "ground truth");
  else {
    test_truth(truth, &lac_problem_logreg, "A_logreg", "logreg:reg=nonconvex,lambda=0.1", data);
    test_truth(truth, &lac_problem_lsq, "B_lstsq", "lsq", NULL);
    test_truth(truth, &lac_problem_quadratic, "C_tridiag", c, NULL);
    test_batches_of_truth(truth, data);
  }
  free(truth);
  free(data);
  free(c);
}

int main(void)
{
  rng = lac_rng_new();
  if (!rng || !mkdtemp(folder))
    return 1;
  for (int i = 0; i < (int)LAC_COUNT(row_problems); i++) {
    test_rows(i, 0);
    test_rows(i, 1);
    test_batches(i, 0);
    test_batches(i, 1);
  }
  test_arrange();
  test_ones();
  test_blocks(0);
  test_blocks(1);
  test_softplus();
  test_many_losses();
  test_labels();
  test_quadratic_files();
  test_generated(1, 0.01, 0.5);
  test_generated(2, 1, 0);
  test_generated(20, 0.01, 0.5);
  test_generated(1000, 1e-6, 0.1);
  test_isotropic();
  test_saddles();
  test_centred();
  test_truths();
  rmdir(folder);
  gsl_rng_free(rng);
  return done();
}
