/* t-cnn.c: convolutional networks against their formulas in long double and central differences, f32 against f64; tiles and their
   zeros; what they refuse. */
#include "laconic.h"
#include "problems/parts/convolution.h"
#include "rows.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const lac_problem_type lac_problem_cnn;
static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
static gsl_rng *rng;

/* A network as the formulas see it. */
typedef struct { const char *spec; size_t side, pad; int activation, pool; } network;

static int open_cnn(lac_problem *p, const char *spec, const char *dataset)
{
  *p = (lac_problem){ .type = &lac_problem_cnn, .n = 2, .seeds = seeds };
  LAC_TRY(lac_spec_parse(&p->spec, "--problem", spec, p->type->options, p->type->params_size));
  p->params = p->spec.params;
  LAC_TRY(lac_data_open(&p->data, dataset, "contiguous", NULL, &seeds, p->n));
  return p->type->open(p);
}

static void close_cnn(lac_problem *p)
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

/* ---- the formulas ---- */

enum { WIDEST = 4096 };

static long double activate(int phi, long double z) { return phi == LAC_RELU ? (z > 0 ? z : 0) : tanhl(z); }

/* Z at one place, 0 outside of the image. */
static long double meet(const lac_layer *c, const double *x, size_t side, size_t pad, const long double *in, size_t o, size_t y, size_t col)
{
  long double z = x[c[1].offset + o];
  for (size_t k = 0; k < c[0].cols; k++) {
    size_t at_y = y + k / 5 % 5 - pad, at_x = col + k % 5 - pad;      /* wraps below 0 */
    if (at_y < side && at_x < side)
      z += x[c[0].offset + o * c[0].cols + k] * in[(k / 25 * side + at_y) * side + at_x];
  }
  return z;
}

/* A convolution, the activation, pooling; the side of what goes out. */
static size_t convolve(const lac_layer *c, const double *x, size_t side, size_t pad, const network *n, const long double *in,
                       long double *out)
{
  size_t pooled = (side + 2 * pad - 4) / 2;
  for (size_t o = 0; o < c[0].rows; o++)
    for (size_t y = 0; y < pooled; y++)
      for (size_t col = 0; col < pooled; col++) {
        long double most = -INFINITY, sum = 0;
        for (size_t k = 0; k < 4; k++) {
          long double a = activate(n->activation, meet(c, x, side, pad, in, o, 2 * y + k / 2, 2 * col + k % 2));
          most = a > most ? a : most;
          sum += a;
        }
        out[(o * pooled + y) * pooled + col] = n->pool == LAC_POOL_MAX ? most : sum / 4;
      }
  return pooled;
}

static size_t row_scores(const lac_problem *p, const network *n, const lac_rows *a, size_t r, const double *x, long double *out)
{
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer);
  long double *in = lac_alloc(WIDEST * sizeof *in);
  for (size_t j = 0; j < a->d; j++)
    in[j] = entry(a, r, j);
  size_t side = convolve(layer, x, n->side, 2, n, in, out);
  memcpy(in, out, WIDEST * sizeof *in);
  convolve(layer + 2, x, side, n->pad, n, in, out);
  memcpy(in, out, WIDEST * sizeof *in);
  for (size_t l = 4; l < layers; l += 2) {
    for (size_t i = 0; i < layer[l].rows; i++) {
      long double z = x[layer[l + 1].offset + i];
      for (size_t j = 0; j < layer[l].cols; j++)
        z += x[layer[l].offset + i * layer[l].cols + j] * in[j];
      out[i] = l + 2 == layers ? z : activate(n->activation, z);
    }
    memcpy(in, out, WIDEST * sizeof *in);
  }
  free(in);
  return layer[layers - 1].rows;
}

static long double mean_loss(const lac_problem *p, const network *n, const lac_rows *a, const uint32_t *list, size_t count, const double *x)
{
  long double *out = lac_alloc(WIDEST * sizeof *out), sum = 0;
  for (size_t i = 0; i < count; i++) {
    size_t r = list ? list[i] : i, classes = row_scores(p, n, a, r, x, out);
    long double total = 0;
    for (size_t k = 0; k < classes; k++)
      total += expl(out[k]);
    sum += logl(total) - out[(size_t)a->y[r]];
  }
  free(out);
  return sum / count;
}

/* Rows whose class has the largest score; of equal ones the first. */
static uint64_t rows_right(const lac_problem *p, const network *n, const lac_rows *a, const double *x)
{
  long double *out = lac_alloc(WIDEST * sizeof *out);
  uint64_t right = 0;
  for (size_t r = 0; r < a->m; r++) {
    size_t best = 0;
    for (size_t k = 1, classes = row_scores(p, n, a, r, x, out); k < classes; k++)
      best = out[k] > out[best] ? k : best;
    right += best == (size_t)a->y[r];
  }
  free(out);
  return right;
}

static double slope(const lac_problem *p, const network *n, const lac_rows *a, const uint32_t *list, size_t count, const double *x,
                    const double *v)
{
  double h = 0x1p-20, *y = lac_alloc(p->d * sizeof *y);
  long double value[2];
  for (int side = 0; side < 2; side++) {
    for (size_t j = 0; j < p->d; j++)
      y[j] = x[j] + (side ? -h : h) * v[j];
    value[side] = mean_loss(p, n, a, list, count, y);
  }
  free(y);
  return (double)((value[0] - value[1]) / (2 * h));
}

/* Along a random direction, and along one for every tensor alone. */
static int gradient_fits(const lac_problem *p, const network *n, const lac_rows *a, const uint32_t *list, size_t count, const double *x,
                         const double *g)
{
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer);
  int good = 1, kinks = n->activation == LAC_RELU || n->pool == LAC_POOL_MAX;
  for (size_t l = 0; l <= layers; l++) {
    double *v = point(p, 10 + (uint32_t)l, 1);
    for (size_t j = 0; l < layers && j < p->d; j++)
      if (j < layer[l].offset || j >= layer[l].offset + layer[l].rows * layer[l].cols)
        v[j] = 0;
    double got = dot(p->d, g, v), want = slope(p, n, a, list, count, x, v);
    if (!near_rel(got, want, kinks ? 1e-4 : 1e-9)) {      /* a kink in between makes the difference rougher */
      printf("#   tensor %zu: slope %.17g, difference %.17g\n", l, got, want);
      good = 0;
    }
    free(v);
  }
  return good;
}

static void test_lists(const lac_problem *p, const network *n, const void *shard, const lac_rows *a, const double *x)
{
  double f, full, gap = 0, *g = point(p, 1, 1), *h = point(p, 2, 1);
  uint32_t *list = lac_alloc((a->m + 7) * sizeof *list);
  for (uint32_t r = 0; r < a->m; r++)
    list[r] = (uint32_t)a->m - 1 - r;
  p->type->value_grad(p, shard, x, &full, g);
  ok(near_rel(full, (double)mean_loss(p, n, a, NULL, a->m, x), 1e-13), "  value agrees with long double");
  ok(gradient_fits(p, n, a, NULL, a->m, x, g), "  gradient is the slope of the value");
  p->type->batch_grad(p, shard, list, a->m, x, &f, h);
  for (size_t j = 0; j < p->d; j++)
    gap = tap_worse(gap, fabs(g[j] - h[j]));
  ok(near_rel(f, full, 1e-13) && gap < 1e-13, "  a batch of all rows, from the last to the first");
  for (uint32_t r = 0; r < 7; r++)
    list[r] = 5 * r * r % (uint32_t)a->m;      /* some twice */
  p->type->batch_grad(p, shard, list, 7, x, &f, h);
  ok(near_rel(f, (double)mean_loss(p, n, a, list, 7, x), 1e-13) && gradient_fits(p, n, a, list, 7, x, h), "  a batch of a few");
  free(list);
  free(g);
  free(h);
}

static void test_network(const network *n, const char *dataset, int sparse)
{
  lac_problem p;
  void *shard = NULL;
  if (!ok(open_cnn(&p, n->spec, dataset) == LAC_OK && p.type->load(&p, 1, &shard) == LAC_OK, "%s, %s", n->spec, dataset)) {
    printf("#   %s\n", lac_error());
    return;
  }
  lac_rows *a = class_rows(p.data, 1);
  double *x = point(&p, 0, 0.3), *g = point(&p, 1, 1), f;
  lac_score score;
  ok((a->dense == NULL) == sparse && p.type->shard_rows(shard) == a->m, "  %zu %s rows", a->m, sparse ? "sparse" : "dense");
  test_lists(&p, n, shard, a, x);
  ok(p.type->score(&p, shard, x, &score) == LAC_OK && score.rows == a->m && score.right == rows_right(&p, n, a, x),
     "  %llu of %llu rows right", (unsigned long long)score.right, (unsigned long long)score.rows);
  p.type->value_grad(&p, shard, x, &f, g);
  ok(fabs(score.loss / (double)score.rows - f) <= 1e-6 * f, "  the mean of their losses is f");
  for (size_t j = 0; j < p.d; j += p.d / 5) {
    double was = x[j];
    x[j] = NAN;
    p.type->value_grad(&p, shard, x, &f, g);
    ok(isnan(f), "  not a number at %zu, not a number out", j);
    x[j] = was;
  }
  free(x);
  free(g);
  lac_rows_free(a);
  p.type->unload(shard);
  close_cnn(&p);
}

/* ---- sizes ---- */

typedef struct { const char *name; size_t rows, cols; unsigned group, taps; } tensor;

static void test_layers(const char *spec, const char *dataset, const tensor *want, size_t count, size_t d)
{
  const lac_layer *layer;
  lac_problem p;
  size_t at = 0;
  int good = open_cnn(&p, spec, dataset) == LAC_OK && p.type->layers(&p, &layer) == count && p.d == d;
  for (size_t l = 0; good && l < count; l++) {
    good = strcmp(layer[l].name, want[l].name) == 0 && layer[l].offset == at && layer[l].rows == want[l].rows;
    good &= layer[l].cols == want[l].cols && layer[l].group == want[l].group && layer[l].taps == want[l].taps;
    good &= layer[l].kind == (l % 2 ? LAC_BIAS : LAC_WEIGHT);
    at += want[l].rows * want[l].cols;
  }
  ok(good && at == d, "%s: %zu parameters, in %zu tensors", spec, d, count);
  close_cnn(&p);
}

static void test_paper_sizes(void)
{
  static const tensor fedavg[] = { { "C1", 32, 25, 1, 25 }, { "c1", 32, 1, 1, 1 }, { "C2", 64, 800, 2, 25 }, { "c2", 64, 1, 2, 1 },
    { "W1", 512, 3136, 3, 1 }, { "b1", 512, 1, 3, 1 }, { "W2", 10, 512, 4, 1 }, { "b2", 10, 1, 4, 1 } };
  static const tensor lenet5[] = { { "C1", 6, 25, 1, 25 }, { "c1", 6, 1, 1, 1 }, { "C2", 16, 150, 2, 25 }, { "c2", 16, 1, 2, 1 },
    { "W1", 120, 400, 3, 1 }, { "b1", 120, 1, 3, 1 }, { "W2", 84, 120, 4, 1 }, { "b2", 84, 1, 4, 1 }, { "W3", 10, 84, 5, 1 },
    { "b3", 10, 1, 5, 1 } };
  test_layers("cnn", "synthetic:d=784,classes=10,rows=60", fedavg, LAC_COUNT(fedavg), 1663370);
  test_layers("cnn:kind=lenet5", "synthetic:d=784,classes=10,rows=60", lenet5, LAC_COUNT(lenet5), 61706);
}

static void refuses(const char *spec, const char *dataset, const char *word)
{
  lac_problem p;
  ok(open_cnn(&p, spec, dataset) == LAC_EUSER && strstr(lac_error(), word) && !strchr(lac_error(), '\n'), "refused: %s", lac_error());
  close_cnn(&p);
}

/* ---- f32 ---- */

static void test_f32(const char *spec, const char *dataset)
{
  lac_problem f64, f32;
  char exact[100];
  snprintf(exact, sizeof exact, "%s,real=f64", spec);
  if (!ok(open_cnn(&f64, exact, dataset) == LAC_OK && open_cnn(&f32, spec, dataset) == LAC_OK, "%s, %s: f32 by default", spec, dataset))
    return;
  size_t m = lac_data_shard_rows(f64.data, 1), d = f64.d;
  void *shard[2];
  double *x = point(&f64, 0, 0.3), *g = point(&f64, 1, 0), *h = point(&f64, 2, 0), f[2], error = 0;
  f64.type->load(&f64, 1, &shard[0]);
  f32.type->load(&f32, 1, &shard[1]);
  for (int again = 0; again < 2; again++) {      /* nothing is left over from call to call */
    f64.type->value_grad(&f64, shard[0], x, &f[0], g);
    f32.type->value_grad(&f32, shard[1], x, &f[1], h);
  }
  for (size_t j = 0; j < d; j++)
    error += (g[j] - h[j]) * (g[j] - h[j]);
  error = sqrt(error / dot(d, g, g));
  ok(f[0] != f[1] && near_rel(f[1], f[0], 1e-6), "  value of %zu rows: relative error %.1e", m, fabs(f[1] - f[0]) / f[0]);
  ok(error > 0 && error < 2e-6, "  gradient: relative error %.1e", error);
  f64.type->unload(shard[0]);
  f32.type->unload(shard[1]);
  free(x);
  free(g);
  free(h);
  close_cnn(&f64);
  close_cnn(&f32);
}

/* ---- tiles: sums that have no product but of zeros are zeros ---- */

enum { IN = 3, OUT = 10, TILES = 3, HALF = TILES + 2, IMAGES = 5, CALLS = 2, PIXELS = 4 * HALF * HALF, PLACES = 4 * TILES * TILES };

static size_t in_planes(size_t half, size_t y, size_t x) { return ((y % 2 * 2 + x % 2) * half + y / 2) * half + x / 2; }

typedef struct { long double sum, size; } meeting;

static void meet_product(meeting *at, double a, double b)
{
  at->sum += (long double)a * b;
  at->size += (long double)a * b * a * b;
}

typedef struct {
  double images[IMAGES * IN * PIXELS + LAC_ROOM], z[IMAGES * OUT * PLACES + LAC_ROOM], taps[OUT * IN * LAC_TAPS];
  double forward[IMAGES * OUT * PLACES + LAC_ROOM], back[IMAGES * IN * PIXELS + LAC_ROOM], g[OUT * IN * LAC_TAPS];
  meeting want_forward[IMAGES * OUT * PLACES], want_back[IMAGES * IN * PIXELS], want_g[OUT * IN * LAC_TAPS];
} passes;

/* What the formulas say; the gradient by the taps grows from call to call. */
static void expect(passes *s)
{
  memset(s->want_forward, 0, sizeof s->want_forward);
  memset(s->want_back, 0, sizeof s->want_back);
  for (size_t k = 0; k < IMAGES * OUT * PLACES * IN * LAC_TAPS; k++) {
    size_t tap = k % LAC_TAPS, in = k / LAC_TAPS % IN, at = k / (LAC_TAPS * IN) % PLACES, x = at % (2 * TILES), y = at / (2 * TILES);
    size_t out = k / (LAC_TAPS * IN * PLACES) % OUT, image = k / (LAC_TAPS * IN * PLACES * OUT);
    size_t pixel = (image * IN + in) * PIXELS + in_planes(HALF, y + tap / 5, x + tap % 5);
    size_t place = (image * OUT + out) * PLACES + in_planes(TILES, y, x), filter = (out * IN + in) * LAC_TAPS + tap;
    meet_product(&s->want_forward[place], s->taps[filter], s->images[pixel]);
    meet_product(&s->want_back[pixel], s->taps[filter], s->z[place]);
    meet_product(&s->want_g[filter], s->z[place], s->images[pixel]);
  }
}

static void random_sparse(double *x, size_t count, double density)
{
  lac_rng_normal(rng, x, count, 1);
  for (size_t j = 0; j < count; j++)
    x[j] = gsl_rng_uniform(rng) < density ? (float)x[j] : 0;
}

static int fits(size_t count, const double *got, const meeting *want, double epsilon, double *zeros)
{
  double gap = 0, size = 0;
  int exact = 1;
  for (size_t j = 0; j < count; j++) {
    gap += pow(got[j] - (double)want[j].sum, 2);
    size += (double)want[j].size;
    exact &= want[j].size != 0 || got[j] == 0;
    *zeros += want[j].size == 0;
  }
  return exact && sqrt(gap) <= 8 * epsilon * sqrt(size);
}

/* The same numbers in f32, there and back. */
static float *narrow(const double *x, size_t count)
{
  float *to = lac_alloc(count * sizeof *to);
  for (size_t j = 0; j < count; j++)
    to[j] = (float)x[j];
  return to;
}

static void widen(float *from, size_t count, double *x)
{
  for (size_t j = 0; j < count; j++)
    x[j] = from[j];
  free(from);
}

static void run_passes(const lac_winograd *w, passes *s, int last)
{
  if (w->precision == LAC_IN_F64) {
    lac_winograd_taps_f64(w, s->taps);
    lac_winograd_forward_f64(w, IMAGES, s->images, s->forward);
    lac_winograd_backward_f64(w, IMAGES, s->images, s->z, s->back);
    if (last)
      lac_winograd_collect_f64(w, s->g);
    return;
  }
  float *images = narrow(s->images, LAC_COUNT(s->images)), *z = narrow(s->z, LAC_COUNT(s->z)), *taps = narrow(s->taps, LAC_COUNT(s->taps));
  float *forward = narrow(s->forward, LAC_COUNT(s->forward)), *back = narrow(s->back, LAC_COUNT(s->back));
  float *g = narrow(s->g, LAC_COUNT(s->g));
  lac_winograd_taps_f32(w, taps);
  lac_winograd_forward_f32(w, IMAGES, images, forward);
  lac_winograd_backward_f32(w, IMAGES, images, z, back);
  if (last)
    lac_winograd_collect_f32(w, g);
  widen(forward, LAC_COUNT(s->forward), s->forward);
  widen(back, LAC_COUNT(s->back), s->back);
  widen(g, LAC_COUNT(s->g), s->g);
  free(images);
  free(z);
  free(taps);
}

static void test_tiles(int precision, double density)
{
  double zeros = 0, epsilon = precision == LAC_IN_F64 ? 0x1p-52 : 0x1p-23;
  lac_winograd w = { .precision = precision, .in = IN, .out = OUT, .half = HALF, .tiles = TILES, .most = IMAGES };
  passes *s = lac_alloc(sizeof *s);
  int good = lac_winograd_scratch(&w) == LAC_OK;
  lac_rng_point(rng, &seeds, LAC_SEED_X0, 77, 0, 0);
  for (int repeat = 0; repeat < 40; repeat++) {
    random_sparse(s->taps, LAC_COUNT(s->taps), 1);
    memset(s->want_g, 0, sizeof s->want_g);
    memset(s->g, 0, sizeof s->g);
    for (int call = 0; call < CALLS; call++) {
      random_sparse(s->images, IMAGES * IN * PIXELS, density);
      random_sparse(s->z, IMAGES * OUT * PLACES, density);
      expect(s);
      run_passes(&w, s, call == CALLS - 1);
      good &= fits(LAC_COUNT(s->want_forward), s->forward, s->want_forward, epsilon, &zeros);
      good &= fits(LAC_COUNT(s->want_back), s->back, s->want_back, epsilon, &zeros);
    }
    good &= fits(LAC_COUNT(s->want_g), s->g, s->want_g, epsilon, &zeros);
  }
  ok(good, "tiles, f%d, %g of pixels not 0: the formulas, and %.0f exact zeros where they have them", precision == LAC_IN_F64 ? 64 : 32,
     density, zeros);
  lac_winograd_close(&w);
  free(s);
}

int main(void)
{
  static const network fedavg = { "cnn:channels=3x4,fc=9,real=f64", 8, 2, LAC_RELU, LAC_POOL_MAX };
  static const network small = { "cnn:channels=1x1,fc=1,real=f64", 4, 2, LAC_RELU, LAC_POOL_MAX };
  static const network smooth = { "cnn:channels=2x5,fc=6x5x4,activation=tanh,pool=mean,real=f64", 8, 2, LAC_TANH, LAC_POOL_MEAN };
  static const network mixed = { "cnn:channels=4x2,fc=7,activation=tanh,real=f64", 8, 2, LAC_TANH, LAC_POOL_MAX };
  static const network relu_mean = { "cnn:channels=2x3,fc=5,pool=mean,real=f64", 12, 2, LAC_RELU, LAC_POOL_MEAN };
  static const network lenet = { "cnn:kind=lenet5,channels=2x3,fc=7x6,real=f64", 12, 0, LAC_TANH, LAC_POOL_MEAN };
  static const network lenet_relu = { "cnn:kind=lenet5,channels=3x2,fc=5,activation=relu,pool=max,precision=f64", 16, 0, LAC_RELU,
                                      LAC_POOL_MAX };
  if (!(rng = lac_rng_new()))
    return 1;
  test_network(&fedavg, "synthetic:rows=20,d=64,classes=5", 0);
  test_network(&fedavg, "synthetic:rows=330,d=64,density=0.15,classes=3", 1);      /* several blocks */
  test_network(&small, "synthetic:rows=9,d=16,classes=2", 0);
  test_network(&smooth, "synthetic:rows=90,d=64,classes=4", 0);
  test_network(&mixed, "synthetic:rows=12,d=64,density=0.2,classes=3", 1);
  test_network(&relu_mean, "synthetic:rows=9,d=144,classes=3", 0);
  test_network(&lenet, "synthetic:rows=9,d=144,density=0.1,classes=4", 1);
  test_network(&lenet_relu, "synthetic:rows=8,d=256,classes=3", 0);
  test_paper_sizes();
  test_f32("cnn:channels=3x4,fc=9", "synthetic:rows=2000,d=64,density=0.15,classes=5");
  test_f32("cnn:kind=lenet5,channels=4x9,fc=20", "synthetic:rows=700,d=784,classes=10");
  test_f32("cnn:channels=9x17,fc=33,activation=tanh", "synthetic:rows=20,d=400,classes=10");
  for (int precision = LAC_IN_F64; precision <= LAC_IN_F32; precision++) {
    test_tiles(precision, 1);
    test_tiles(precision, 0.1);
    test_tiles(precision, 0.01);
  }
  refuses("cnn", "synthetic:d=780,classes=3", "d=784");
  refuses("cnn", "synthetic:d=100,classes=3", "multiple of 4");
  refuses("cnn:kind=lenet5", "synthetic:d=64,classes=3", "at least 12");
  refuses("cnn:channels=3", "synthetic:d=64,classes=3", "channels");
  refuses("cnn:channels=3x4x5", "synthetic:d=64,classes=3", "channels");
  refuses("cnn:fc=65536x65536", "synthetic:d=64,classes=3", "too many");
  refuses("cnn", "synthetic:labels=real,d=64,rows=1000", "labels");
  gsl_rng_free(rng);
  return done();
}
