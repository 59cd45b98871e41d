/* t-softmax.c: multinomial logistic regression against its formula in long double, differences, logreg for two classes, and the bound of
   its Hessian. */
#include "laconic.h"
#include "problems/parts/rows.h"
#include "rows.h"
#include "tap.h"

#include <stdlib.h>

extern const lac_problem_type lac_problem_logreg, lac_problem_softmax;

static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
static gsl_rng *rng;

static double *point(size_t d, uint32_t which, double scale)
{
  double *x = lac_alloc(d * sizeof *x);
  lac_rng_point(rng, &seeds, LAC_SEED_X0, which, 0, 0);
  lac_rng_normal(rng, x, d, scale);
  return x;
}

static int open_problem(lac_problem *p, const lac_problem_type *type, const char *spec, const char *dataset)
{
  *p = (lac_problem){ .type = type, .n = 2, .seeds = seeds };
  LAC_TRY(lac_spec_parse(&p->spec, "--problem", spec, type->options, type->params_size));
  p->params = p->spec.params;
  LAC_TRY(lac_data_open(&p->data, dataset, "contiguous", NULL, &seeds, p->n));
  return type->open(p);
}

static void close_problem(lac_problem *p)
{
  if (p->type->close)
    p->type->close(p);
  lac_data_close(p->data);
  lac_spec_free(&p->spec);
}

/* lambda sum x^2/(1+x^2) over the touched features. */
static double reference(const lac_rows *a, const uint32_t *list, size_t count, size_t classes, double lambda, const double *x)
{
  long double sum = 0, extra = 0;
  for (size_t i = 0; i < count; i++) {
    size_t r = list ? list[i] : i;
    long double s[8] = { 0 }, of_all = 0;
    for (size_t j = 0; j < a->d; j++)
      for (size_t k = 0; k < classes; k++)
        s[k] += (long double)entry(a, r, j) * x[j * classes + k];
    for (size_t k = 0; k < classes; k++)
      of_all += expl(s[k]);
    sum += logl(of_all) - s[(size_t)a->y[r]];
  }
  for (size_t j = 0; j < a->d * classes; j++)
    if (!a->touched || a->touched[j / classes])
      extra += (long double)x[j] * x[j] / (1 + (long double)x[j] * x[j]);
  return (double)(sum / count + lambda * extra);
}

/* Along v: the slope, and the second difference of the value against the bound. */
static void check_derivatives(const lac_problem *p, const void *shard, const double *x)
{
  double h = 1e-4, f[3], worst = 0, exceeds = -INFINITY;
  for (uint32_t which = 0; which < 10; which++) {
    double *v = point(p->d, 20 + which, which % 2 ? 1 : 0), *g = point(p->d, 1, 0), *y = point(p->d, 1, 0), *m = point(p->d, 1, 0);
    if (which % 2 == 0)
      v[which] = 1;
    for (int k = -1; k <= 1; k += 2) {
      for (size_t j = 0; j < p->d; j++)
        y[j] = x[j] + k * h * v[j];
      p->type->value_grad(p, shard, y, &f[k + 1], g);
    }
    p->type->value_grad(p, shard, x, &f[1], g);
    p->type->curvature(p, shard, v, m);
    worst = tap_worse(worst, fabs((f[2] - f[0]) / (2 * h) - dot(p->d, g, v)) / (1 + dot(p->d, v, v)));
    exceeds = tap_worse(exceeds, fabs(f[2] - 2 * f[1] + f[0]) / (h * h) - dot(p->d, v, m));
    free(v);
    free(g);
    free(y);
    free(m);
  }
  ok(worst < 1e-6, "  gradient is the slope of the value (%.1e)", worst);
  ok(exceeds < 1e-5, "  curvature bounds the Hessian (by %.1e at least)", -exceeds);
}

static void check_batches(const lac_problem *p, const void *shard, const lac_rows *a, size_t classes, double lambda, const double *x)
{
  uint32_t list[9];
  double f, full, *g = point(p->d, 1, 0), *h = point(p->d, 1, 0), gap = 0;
  uint32_t *all = lac_alloc(a->m * sizeof *all);
  for (uint32_t r = 0; r < a->m; r++)
    all[r] = r;
  p->type->value_grad(p, shard, x, &full, g);
  p->type->batch_grad(p, shard, all, a->m, x, &f, h);
  for (size_t j = 0; j < p->d; j++)
    gap = tap_worse(gap, fabs(g[j] - h[j]));
  ok(near_rel(f, full, 1e-14) && gap < 1e-14, "  a batch of all rows");
  for (uint32_t r = 0; r < 9; r++)
    list[r] = 7 * r * r % (uint32_t)a->m;
  p->type->batch_grad(p, shard, list, 9, x, &f, h);
  ok(near_rel(f, reference(a, list, 9, classes, lambda, x), 1e-14), "  a batch of a few");
  free(all);
  free(g);
  free(h);
}

static void check_support(const lac_problem *p, const void *shard, const lac_rows *a, size_t classes, int everywhere)
{
  uint8_t *touched = lac_alloc(p->d);
  int good = 1;
  p->type->support(p, shard, touched);
  for (size_t j = 0; j < p->d; j++) {
    int has = everywhere;
    for (size_t r = 0; r < a->m; r++)
      has |= fabs(entry(a, r, j / classes)) > 1e-9;
    good &= touched[j] == has;
  }
  ok(good, "  support");
  free(touched);
}

static void test_case(const char *spec, const char *dataset, size_t classes, double lambda, int everywhere)
{
  lac_problem p;
  void *shard;
  double f;
  if (!ok(open_problem(&p, &lac_problem_softmax, spec, dataset) == LAC_OK && p.type->load(&p, 1, &shard) == LAC_OK, "%s, %s", spec,
          dataset)) {
    printf("#   %s\n", lac_error());
    return;
  }
  lac_rows *a = class_rows(p.data, 1);
  if (strstr(spec, "over=touched"))
    lac_rows_touch(a);
  double *x = point(p.d, 0, 0.7), *g = point(p.d, 1, 0);
  ok(p.d == a->d * classes && p.type->shard_rows(shard) == a->m, "  size");
  p.type->value_grad(&p, shard, x, &f, g);
  ok(near_rel(f, reference(a, NULL, a->m, classes, lambda, x), 1e-14), "  value agrees with long double");
  check_derivatives(&p, shard, x);
  check_batches(&p, shard, a, classes, lambda, x);
  check_support(&p, shard, a, classes, everywhere);
  for (size_t j = 0; j < p.d; j++)
    x[j] = NAN;
  p.type->value_grad(&p, shard, x, &f, g);
  ok(isnan(f), "  not a number in, not a number out");
  free(x);
  free(g);
  lac_rows_free(a);
  p.type->unload(shard);
  close_problem(&p);
}

/* With scores (-w/2).a and (w/2).a the loss is logreg's at w. */
static void test_two_classes(const char *dataset)
{
  lac_problem two, many;
  void *two_shard, *many_shard;
  double f, want;
  open_problem(&two, &lac_problem_logreg, "logreg", dataset);
  open_problem(&many, &lac_problem_softmax, "softmax", dataset);
  two.type->load(&two, 0, &two_shard);
  many.type->load(&many, 0, &many_shard);
  double *w = point(two.d, 0, 1), *x = point(many.d, 0, 0), *g = point(two.d, 0, 0), *h = point(many.d, 0, 0), gap = 0;
  for (size_t j = 0; j < two.d; j++) {
    x[2 * j] = -w[j] / 2;
    x[2 * j + 1] = w[j] / 2;
  }
  two.type->value_grad(&two, two_shard, w, &want, g);
  many.type->value_grad(&many, many_shard, x, &f, h);
  for (size_t j = 0; j < two.d; j++)
    gap = tap_worse(gap, fabs(h[2 * j + 1] - g[j]) + fabs(h[2 * j] + g[j]));
  ok(near_rel(f, want, 1e-14) && gap < 1e-14, "two classes are logreg, %s", dataset);
  two.type->unload(two_shard);
  many.type->unload(many_shard);
  close_problem(&two);
  close_problem(&many);
  free(w);
  free(x);
  free(g);
  free(h);
}

int main(void)
{
  lac_problem p;
  rng = lac_rng_new();
  if (!rng)
    return 1;
  test_case("softmax", "synthetic:rows=40,d=9,classes=5", 5, 0, 0);
  test_case("softmax:reg=nonconvex,lambda=0.2", "synthetic:rows=300,d=17,classes=3", 3, 0.2, 1);
  test_case("softmax:reg=nonconvex,lambda=0.2", "synthetic:rows=50,d=60,classes=4,density=0.05", 4, 0.2, 1);
  test_case("softmax:reg=nonconvex,lambda=0.2,over=touched", "synthetic:rows=6,d=60,classes=4,density=0.05", 4, 0.2, 0);
  test_two_classes("synthetic:rows=80,d=12");
  test_two_classes("synthetic:rows=80,d=50,density=0.1");
  ok(open_problem(&p, &lac_problem_softmax, "softmax", "synthetic:labels=real,rows=600") == LAC_EUSER, "refused: %s", lac_error());
  close_problem(&p);
  ok(open_problem(&p, &lac_problem_softmax, "softmax:lambda=1", "synthetic") == LAC_EUSER, "refused: %s", lac_error());
  close_problem(&p);
  gsl_rng_free(rng);
  return done();
}
