/* What compositions promise: entropy coders, constants of a+b, layers, plans, names that stand for others; and the bytes that
   compressors/FORMATS.md shows. */
#include "compressors/parts/fragment.h"
#include "compressors/parts/plan.h"
#include "compressors/parts/symbols.h"
#include "registry/registry.h"
#include "tap.h"
#include "vec.h"

#include <ctype.h>
#include <stdlib.h>

static gsl_rng *stream, *shared, *data;
static const lac_seeds seeds = { .axis = { 11, 12, 13, 14, 15, 16, 17, 18 } };

static void point(uint32_t round)
{
  lac_rng_point(stream, &seeds, LAC_SEED_NOISE, 3, round, 0);
  lac_rng_point(shared, &seeds, LAC_SEED_NOISE, 0, round, 1);
}

/* Two layers, 5 x 8 and 10, of a vector of 50. */
enum { D = 50 };
static const lac_layer two_layers[] = { { "W", 5, 8 }, { "b", 10, 1, 40, .kind = LAC_BIAS } };

static lac_site site_of(const lac_compressor *c, size_t d, uint32_t round)
{
  lac_site s = lac_site_of(c, d);
  s.round = round;
  s.rng = stream;
  s.shared = shared;
  point(round);
  return s;
}

static lac_site layered(const lac_compressor *c, uint32_t round)
{
  lac_site s = site_of(c, D, round);
  s.layers = two_layers;
  s.layer_count = LAC_COUNT(two_layers);
  return s;
}

static void open_or_stop(lac_compressor *c, const char *spec)
{
  if (lac_compressor_open(c, "--up", spec) == LAC_OK)
    return;
  printf("Bail out! %s\n", lac_error());
  exit(99);
}

static void normal(size_t d, double *x, uint32_t which)
{
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, which, 0);
  lac_rng_normal(data, x, d, 1);
}

/* C(x) and its bits; -1: it failed. */
static int64_t image_of(lac_site s, const double *x, double *image)
{
  lac_msg m = { 0 };
  lac_zero(s.d, image);
  int status = lac_encode(&s, x, &m);
  s.state = NULL;
  point((uint32_t)s.round);
  if (status == LAC_OK)
    status = lac_decode_add(&s, 1, &m, image);
  int64_t bits = status == LAC_OK && m.rpos == m.nbits ? (int64_t)m.nbits : -1;
  if (bits < 0)
    diag("%s: %s", s.stage->spec.text, status ? lac_error() : "bits are left");
  lac_msg_free(&m);
  return bits;
}

static double distance_sq(size_t d, const double *x, const double *y)
{
  double sum = 0;
  for (size_t j = 0; j < d; j++)
    sum += (x[j] - y[j]) * (x[j] - y[j]);
  return sum;
}

/* ---- entropy coders ---- */

typedef enum { CONSTANT, UNIFORM, SKEWED, RARE, SHAPES } shape;

static void fill_symbols(uint8_t *symbol, size_t count, unsigned symbols, shape kind)
{
  for (size_t i = 0; i < count; i++) {
    unsigned u = (unsigned)lac_rng_below(data, symbols), v = (unsigned)lac_rng_below(data, symbols);
    symbol[i] = (uint8_t)(kind == CONSTANT ? symbols - 1 : kind == UNIFORM ? u : kind == SKEWED ? u * v / symbols : i == count / 2);
  }
}

static double entropy_bits(const uint8_t *symbol, size_t count)
{
  size_t number[256] = { 0 };
  double bits = 0;
  for (size_t i = 0; i < count; i++)
    number[symbol[i]]++;
  for (int v = 0; v < 256; v++)
    if (number[v])
      bits -= (double)number[v] * log2((double)number[v] / (double)count);
  return bits;
}

/* 0: the coder breaks its word on this run. */
static int coder_holds(const lac_coder *c, const uint8_t *symbol, size_t count, unsigned symbols, double *excess)
{
  size_t room = c->bound(count), size = 0, again = 0;
  uint8_t *out = malloc(room), *second = malloc(room), *back = malloc(count + 1), *exact;
  int fine = c->encode(symbol, count, symbols, out, &size) == LAC_OK && size <= room;
  fine = fine && c->encode(symbol, count, symbols, second, &again) == LAC_OK && again == size && memcmp(out, second, size) == 0;
  exact = malloc(size + 1);      /* so that a sanitizer sees a step beyond */
  memcpy(exact, out, size);
  int status = c->decode(exact, size, symbols, back, count);
  int coded = 32 + 8 * (uint64_t)size < 8 * (uint64_t)count;      /* else nobody sends it */
  fine = fine && (!coded || (status == LAC_OK && memcmp(back, symbol, count) == 0));
  if (coded) {
    status = c->decode(exact, size, symbols, back, count - 1);      /* runs of one symbol may be coded alike */
    fine = fine && (status == LAC_EFORMAT || (status == LAC_OK && c->encode(back, count - 1, symbols, second, &again) == LAC_OK &&
                                              again == size && memcmp(exact, second, size) == 0));
    fine = fine && c->decode(exact, size - 1, symbols, back, count) == LAC_EFORMAT;
    exact[size] = 0;
    fine = fine && c->decode(exact, size + 1, symbols, back, count) == LAC_EFORMAT;
    *excess = tap_worse(*excess, 8 * (double)size / (entropy_bits(symbol, count) + 1));
  }
  free(out);
  free(second);
  free(back);
  free(exact);
  return fine;
}

static void test_coders(void)
{
  static const size_t counts[] = { 1, 2, 3, 7, 8, 20, 21, 100, 1000, 4097, LAC_RUN - 1, LAC_RUN };
  unsigned coders = 0;
  for (const lac_compressor_type *const *t = lac_compressors; *t; t++) {
    const lac_coder *c = (*t)->coder;
    unsigned wrong = 0, cases = 0;
    double excess = 0, full = 0;
    if (!c)
      continue;
    coders++;
    lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 77, 0);
    for (size_t i = 0; i < LAC_COUNT(counts); i++)
      for (unsigned width = 1; width <= 8; width++)
        for (shape kind = 0; kind < SHAPES; kind++, cases++) {
          static uint8_t symbol[LAC_RUN];
          fill_symbols(symbol, counts[i], 1u << width, kind);
          wrong += !coder_holds(c, symbol, counts[i], 1u << width, kind == SKEWED && counts[i] == LAC_RUN && width > 1 ? &full : &excess);
        }
    is_u64(wrong, 0, "%s: %u runs come back; one symbol or byte more or less is EFORMAT", (*t)->name, cases);
    double allowed = strcmp((*t)->name, "ans") == 0 ? 1.03 : 1.3;      /* a Huffman code gives a symbol whole bits */
    ok(full > 0.999 && full < allowed, "%s: long skewed runs take %.4f times their entropy at most", (*t)->name, full);
  }
  ok(coders >= 2, "there are coders");
}

static void test_lossless(void)
{
  static const char *const specs[] = { "ans", "huffman" };
  enum { LONG = 40000 };
  double *x = lac_alloc(LONG * sizeof *x), *image = lac_alloc(LONG * sizeof *image);
  normal(LONG, x, 5);
  for (size_t i = 0; i < LAC_COUNT(specs); i++) {
    lac_compressor c;
    open_or_stop(&c, specs[i]);
    int64_t bits = image_of(site_of(&c, LONG, 0), x, image);
    ok(bits > 0 && bits < 58 * (int64_t)LONG, "%s: normal numbers take %.2f bits", specs[i], (double)bits / LONG);
    ok(memcmp(x, image, LONG * sizeof *x) == 0, "... and come back bit for bit");
    lac_compressor_close(&c);
  }
  free(x);
  free(image);
}

/* ---- constants of compositions ---- */

enum { NONE = -1 };
static const struct { const char *spec; int layered; double alpha, omega; } constants[] = {
  { "topk:k=10", 0, 0.2, NONE },
  { "topk:k=10+codebook:levels=6", 0, 10 / 50.0 * 5 / 10, NONE },
  { "topk:k=10+codebook:levels=6+ans", 0, 10 / 50.0 * 5 / 10, NONE },
  { "fedzip:z=10,levels=6", 0, 5 / 50.0, NONE },
  { "topk:k=10+randk:k=9", 0, 10 / 50.0 * 8 / 9, NONE },      /* omega = 1/9 < 1 */
  { "topk:k=10+randk:k=50%", 0, NONE, NONE },                 /* omega = 1: nothing is known */
  { "randk:k=50%+randk:k=20%", 0, NONE, 9 },                  /* (1 + 1)(1 + 4) - 1 */
  { "randk:k=40+randk:k=39", 0, 1 - (50 / 39.0 - 1), 50 / 39.0 - 1 },
  { "randk:k=50%+topk:k=3", 0, NONE, NONE },                  /* unbiased, then biased */
  { "randk:k=50%,scale=no+topk:k=5", 0, 0.1, NONE },
  { "contract+randk:k=10", 0, 0.2, NONE },
  { "ans", 0, 1, 0 },
  { "codebook:levels=11+huffman", 0, 0.2, NONE },
  { "layerwise", 1, 1, 0 },
  { "layerwise+topk:k=2", 1, 2 / 40.0, NONE },                /* of the layers 2/40 and 2/10 */
  { "layerwise+randk:k=2", 1, NONE, 19 },
  { "layerwise+randk:k=50%", 1, NONE, 1 },
  { "layerwise+randk:k=50%+topk:k=1", 1, NONE, NONE },
  { "layerwise+powersgd:rank=1", 1, 0.2, NONE },
  { "powersgd:rank=1", 1, 0.2, NONE },
  { "powersgd:rank=1,from=warm", 1, NONE, NONE },
  { "powersgd:rank=5", 1, 1, 0 },                             /* in full */
  { "powersgd:rank=2", 0, 2 / 7.0, NONE },                    /* 7 x 7 and one */
  { "lgreco:every=1,grid=1%/50%+topk:k=10%", 1, 0.1, NONE },  /* never worse than uniform */
  { "lgreco:every=2,grid=5%/50%+topk:k=10%", 1, 2 / 40.0, NONE },
  { "lgreco:every=1+randk:k=50%", 1, NONE, NONE },            /* chosen by what was drawn */
  { "layerwise+contract+randk:k=1", 1, 1 / 40.0, NONE },
  { "schedule", 1, 1, 0 },
  { "schedule:values=20%/50%+topk:k=10%", 1, 0.1, NONE },     /* the least of all values */
  { "schedule:values=1+randk:k=50%", 1, NONE, 49 },           /* the largest */
  { "layerwise+schedule:values=50%+topk:k=1", 1, 1 / 40.0, NONE },
};

static void test_constants(void)
{
  for (size_t i = 0; i < LAC_COUNT(constants); i++) {
    lac_compressor c;
    double alpha, omega;
    open_or_stop(&c, constants[i].spec);
    lac_site s = constants[i].layered ? layered(&c, 0) : site_of(&c, D, 0);
    const char *why = lac_refuse(&s);
    if (lac_alpha(&s, &alpha))
      alpha = NONE;
    if (lac_omega(&s, &omega))
      omega = NONE;
    ok(!why && fabs(alpha - constants[i].alpha) < 1e-12 && fabs(omega - constants[i].omega) < 1e-12, "%s: alpha %g, omega %g (-1: none)%s",
       constants[i].spec, alpha, omega, why ? why : "");
    lac_compressor_close(&c);
  }
}

static void test_refusals(void)
{
  static const struct { const char *spec, *word; } bad[] = {
    { "ans+topk", "last" }, { "topk+ans+huffman", "last" }, { "codebook+topk", "behind codebook" }, { "fedzip+topk", "last" },
    { "topk:k=1+topk:k=0", "not '0'" }, { "fedzip:levels=1", "levels" }, { "topk+", "+" }, { "+topk", "" },
  };
  for (size_t i = 0; i < LAC_COUNT(bad); i++) {
    lac_compressor c;
    int status = lac_compressor_open(&c, "--up", bad[i].spec);
    ok(status == LAC_EUSER && strstr(lac_error(), bad[i].word), "'%s' is refused: %s", bad[i].spec, status ? lac_error() : "no");
    lac_compressor_close(&c);
  }
  static const struct { const char *spec, *word; } unfit[] = {
    { "topk:k=5+topk:k=6", "k=6" }, { "layerwise+topk:k=11", "k=11" }, { "lgreco", "behind" }, { "lgreco+codebook", "codebook has none" },
    { "lgreco:grid=1%/x+topk", "not 'x'" }, { "lgreco+topk:k=11", "k=11" },
    { "schedule:values=1", "behind it" }, { "schedule:values=1+sign", "sign has none" }, { "schedule:values=5/x+topk", "not 'x'" },
    { "schedule:values=5/51+topk:k=2", "k=51" },
    { "contract+topk:k=1", "unbiased" },
  };
  for (size_t i = 0; i < LAC_COUNT(unfit); i++) {
    lac_compressor c;
    open_or_stop(&c, unfit[i].spec);
    lac_site s = layered(&c, 0);
    const char *why = lac_refuse(&s);
    ok(why && strstr(why, unfit[i].word), "'%s' is refused: %s", unfit[i].spec, why ? why : "no");
    lac_compressor_close(&c);
  }
}

static void test_names(void)
{
  lac_compressor a, b;
  double x[D], y[D], z[D];
  normal(D, x, 1);
  open_or_stop(&a, "fedzip:z=12,levels=5");
  open_or_stop(&b, "topk:k=12+codebook:levels=5+huffman");
  is_str(a.spec.text, b.spec.text, "fedzip stands for its composition");
  ok(image_of(site_of(&a, D, 0), x, y) == image_of(site_of(&b, D, 0), x, z) && memcmp(y, z, sizeof y) == 0, "and does the same");
  lac_compressor_close(&a);
  lac_compressor_close(&b);
  open_or_stop(&a, "layerwise+fedzip:z=2");
  open_or_stop(&b, "layerwise+topk:k=2+codebook:levels=16+huffman");
  is_str(a.spec.text, b.spec.text, "also behind another stage");
  lac_compressor_close(&a);
  lac_compressor_close(&b);
}

/* ---- k-means ---- */

/* The least error of all ways to cut the sorted numbers. */
static double least_error(size_t d, const double *sorted, size_t cells)
{
  double best[32][32];
  for (size_t n = 0; n <= d; n++)
    best[0][n] = n ? INFINITY : 0;
  for (size_t c = 1; c <= cells; c++)
    for (size_t n = 0; n <= d; n++) {
      best[c][n] = best[c - 1][n];
      for (size_t from = 0; from < n; from++) {
        double sum = 0, squares = 0;
        for (size_t j = from; j < n; j++)
          sum += sorted[j], squares += sorted[j] * sorted[j];
        best[c][n] = fmin(best[c][n], best[c - 1][from] + squares - sum * sum / (double)(n - from));
      }
    }
  return best[cells][d];
}

/* The error of each of many copies of x times 2^exponent, in the size of x. */
static double error_of_copies(const lac_compressor *c, size_t copies, int exponent, size_t d, const double *x)
{
  double *many = lac_alloc(copies * d * sizeof *many), *image = lac_alloc(copies * d * sizeof *image), error = INFINITY;
  for (size_t j = 0; j < copies * d; j++)
    many[j] = ldexp(x[j % d], exponent);
  if (image_of(site_of(c, copies * d, 0), many, image) >= 0)
    error = 0;
  for (size_t j = 0; j < copies * d; j++) {
    double off = ldexp(image[j], -exponent) - x[j % d];
    error += off * off / (double)copies;
  }
  free(many);
  free(image);
  return error;
}

static void test_k_means(void)
{
  enum { MOST = 30, LONG = 2000 };
  static const int exponents[] = { 0, 1000, -1030 };
  unsigned below = 0, far = 0, cases = 0;
  double x[MOST], sorted[MOST], ratio = 0;
  for (uint32_t trial = 0; trial < 600; trial++) {
    lac_compressor c;
    char spec[64];
    size_t d = 2 + trial % (MOST - 1), levels = 2 + trial % 7;
    normal(d, x, 1000 + trial);
    for (size_t j = 0; j < d; j++)
      x[j] = trial % 3 == 0 ? x[j] : trial % 3 == 1 ? round(4 * x[j]) : exp(2 * x[j]);
    lac_copy(d, x, sorted);
    for (size_t i = 1; i < d; i++)
      for (size_t j = i; j > 0 && sorted[j - 1] > sorted[j]; j--) {
        double swap = sorted[j];
        sorted[j] = sorted[j - 1];
        sorted[j - 1] = swap;
      }
    snprintf(spec, sizeof spec, "codebook:levels=%zu", levels);
    open_or_stop(&c, spec);
    double least = fmax(0, least_error(d, sorted, levels)), scale = lac_norm_sq(d, x);
    for (unsigned many = 0; many < 2; many++) {      /* entries of one value, then with the same first bits */
      double error = error_of_copies(&c, many ? LONG / d : 1, exponents[trial / 3 % 3], d, x), tolerance = (many ? 1e-5 : 1e-9) * scale;
      below += error < least - 1e-9 * scale;
      ratio = tap_worse(ratio, least > tolerance ? error / least : error > tolerance ? INFINITY : 1);
      far += !(error <= 4 * least + tolerance);
      cases++;
    }
    lac_compressor_close(&c);
  }
  is_u64(below, 0, "codebook: never better than the best cells, %u cases", cases);
  is_u64(far, 0, "codebook: and never far from them: %.3f times their error at most", ratio);
}

/* ---- layers ---- */

static void test_layerwise(void)
{
  lac_compressor whole, alone;
  double x[D], image[D], part[D] = { 0 };
  normal(D, x, 2);
  open_or_stop(&whole, "layerwise+topk:k=3+codebook:levels=2");
  open_or_stop(&alone, "topk:k=3+codebook:levels=2");
  int64_t bits = image_of(layered(&whole, 4), x, image), sum = 0;
  for (size_t i = 0; i < LAC_COUNT(two_layers); i++) {
    const lac_layer *l = &two_layers[i];
    sum += image_of(site_of(&alone, l->rows * l->cols, 4), x + l->offset, part + l->offset);
  }
  ok(bits == sum && memcmp(image, part, sizeof image) == 0, "layerwise: the images and the bits of the layers, %lld", (long long)bits);
  lac_compressor_close(&whole);
  lac_compressor_close(&alone);
}

/* The encoder of powersgd draws and its decoder does not; behind randk both must still agree on the coordinates of every layer. */
static void test_layer_streams(void)
{
  lac_compressor plain, drawing;
  double ones[D], x[D], image[D];
  for (size_t j = 0; j < D; j++)
    ones[j] = 1;
  open_or_stop(&plain, "layerwise+randk:k=9");
  open_or_stop(&drawing, "layerwise+randk:k=9+powersgd:rank=1,from=warm");
  unsigned wrong = 0;
  for (uint32_t round = 0; round < 50; round++) {
    image_of(layered(&plain, round), ones, x);      /* the coordinates of the round, times d/k */
    wrong += image_of(layered(&drawing, round), x, image) < 0;
    for (size_t j = 0; j < D; j++)
      wrong += fabs(image[j] - x[j] * x[j]) > 1e-12 * x[j] * x[j];
  }
  is_u64(wrong, 0, "layerwise: both ends draw the same coordinates in every layer");
  lac_compressor_close(&plain);
  lac_compressor_close(&drawing);
}

static void test_layer_memory(void)
{
  lac_compressor apart, together;
  open_or_stop(&apart, "layerwise+powersgd:rank=1");
  open_or_stop(&together, "powersgd:rank=1");
  lac_site a = layered(&apart, 0), b = layered(&together, 0);
  is_u64(lac_state_size(&b), 8, "powersgd keeps one column of 8 for the layer of 5 x 8");
  is_u64(lac_state_size(&a), 8 + 3, "layerwise: and one of 3 for the 10, which alone are 3 x 3 and one");
  lac_compressor_close(&apart);
  lac_compressor_close(&together);
}

/* ---- plans ---- */

static double brute(size_t layers, size_t ways, const double *error, const double *cost, double budget)
{
  double least = INFINITY;
  size_t total = 1;
  for (size_t i = 0; i < layers; i++)
    total *= ways;
  for (size_t code = 0; code < total; code++) {
    double e = 0, c = 0;
    size_t rest = code;
    for (size_t i = 0; i < layers; i++, rest /= ways) {
      e += error[i * ways + rest % ways];
      c += cost[i * ways + rest % ways];
    }
    if (e <= budget && c < least)
      least = c;
  }
  return least;
}

/* Within the budget and no dearer than way 0; no better than the best, no dearer than the best with a unit a layer less. */
static void test_plan(void)
{
  enum { LAYERS = 5, WAYS = 5 };
  void *room = malloc(lac_plan_room(LAYERS));
  unsigned over = 0, better = 0, worse = 0, cheaper = 0, optimal = 0, cases = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 99, 0);
  for (; cases < 3000; cases++) {
    size_t layers = 1 + cases % LAYERS, ways = 1 + cases / LAYERS % WAYS;
    double error[LAYERS * WAYS], cost[LAYERS * WAYS], budget = 0, uniform = 0, e = 0, c = 0;
    uint8_t way[LAYERS];
    for (size_t i = 0; i < layers * ways; i++) {
      error[i] = gsl_rng_uniform(data) < 0.1 ? 0 : gsl_rng_uniform(data) < 0.1 && i % ways ? INFINITY : pow(gsl_rng_uniform(data), 3);
      cost[i] = floor(100 * gsl_rng_uniform(data));
    }
    lac_plan_layers(layers, ways, error, cost, room, way);
    for (size_t i = 0; i < layers; i++) {
      budget += error[i * ways];
      uniform += cost[i * ways];
      e += error[i * ways + way[i]];
      c += cost[i * ways + way[i]];
    }
    double best = brute(layers, ways, error, cost, budget);
    over += !(e <= budget);
    better += c < best;
    worse += c > fmin(uniform, brute(layers, ways, error, cost, budget * (1 - (double)layers / LAC_PLAN_UNITS)));
    cheaper += c < uniform;
    optimal += c == best;
  }
  free(room);
  is_u64(over, 0, "plan: the budget holds, %u cases", cases);
  is_u64(better + worse, 0, "plan: as cheap as the best of all plans, but for a unit a layer");
  ok(cheaper > cases / 2 && optimal > cases * 99 / 100, "plan: %u are cheaper than uniform, %u the best", cheaper, optimal);
}

/* Layers of different kinds: one heavy-tailed, one flat. */
static void uneven(double *x, uint32_t which)
{
  normal(D, x, 500 + which);
  for (size_t j = 0; j < D; j++)
    x[j] = j < 40 ? 0.01 * exp(3 * x[j]) : 1 + 0.1 * x[j];
}

static void test_lgreco(void)
{
  static const char *const tails[] = { "+topk:k=30%", "+topk:k=30%+codebook:levels=4+ans", "+randk:k=40%,scale=no" };
  for (size_t t = 0; t < LAC_COUNT(tails); t++) {
    char spec[128];
    lac_compressor planned, uniform;
    double x[D], image[D], plain[D];
    unsigned worse = 0, dearer = 0, less = 0;
    snprintf(spec, sizeof spec, "lgreco:every=1,grid=3%%/10%%/20%%/60%%/100%%%s", tails[t]);
    open_or_stop(&planned, spec);
    snprintf(spec, sizeof spec, "layerwise%s", tails[t]);
    open_or_stop(&uniform, spec);
    for (uint32_t round = 0; round < 40; round++) {
      uneven(x, round);
      int64_t a = image_of(layered(&planned, round), x, image), b = image_of(layered(&uniform, round), x, plain);
      worse += a < 0 || !(distance_sq(D, x, image) <= distance_sq(D, x, plain) * (1 + 1e-12));
      dearer += a > b + 2 * 3;
      less += a < b;
    }
    is_u64(worse + dearer, 0, "%s: no more error and, but for the plan, no more bits than uniform", planned.spec.text);
    ok(less > 10, "... and fewer bits in %u of 40 rounds", less);
    lac_compressor_close(&planned);
    lac_compressor_close(&uniform);
  }
}

/* In every round what the next stage does with the option of that round, drawn numbers and layers included. */
static void test_schedule(void)
{
  static const struct { const char *spec, *at[4]; } cases[] = {      /* in rounds 0, 3, 6 and 100 */
    { "schedule:values=50%/10%,every=3+topk:k=2", { "topk:k=50%", "topk:k=10%", "topk:k=2", "topk:k=2" } },
    { "schedule:values=30/20/10,every=3+randk:k=5", { "randk:k=30", "randk:k=20", "randk:k=10", "randk:k=5" } },
    { "layerwise+schedule:values=50%,every=6+topk:k=1+natural",
      { "layerwise+topk:k=50%+natural", "layerwise+topk:k=50%+natural", "layerwise+topk:k=1+natural", "layerwise+topk:k=1+natural" } },
    { "schedule:param=rank,values=3,every=1+powersgd:rank=1",
      { "powersgd:rank=3", "powersgd:rank=1", "powersgd:rank=1", "powersgd:rank=1" } },
  };
  static const uint32_t rounds[] = { 0, 3, 6, 100 };
  double x[D], image[D], plain[D];
  for (size_t i = 0; i < LAC_COUNT(cases); i++) {
    lac_compressor c, own;
    unsigned unlike = 0, off = 0;
    open_or_stop(&c, cases[i].spec);
    for (size_t k = 0; k < LAC_COUNT(rounds); k++) {
      int exact;
      open_or_stop(&own, cases[i].at[k]);
      normal(D, x, 700 + rounds[k]);
      lac_site s = layered(&c, rounds[k]);
      int64_t bits = image_of(s, x, image);
      unlike += bits < 0 || bits != image_of(layered(&own, rounds[k]), x, plain) || memcmp(image, plain, sizeof image) != 0;
      uint64_t said = lac_bits(&s, &exact);
      off += exact ? bits != (int64_t)said : bits > (int64_t)said;
      lac_compressor_close(&own);
    }
    is_u64(unlike, 0, "%s does in each round what its next stage does with the value of that round", cases[i].spec);
    is_u64(off, 0, "... in the bits that it declares");
    lac_compressor_close(&c);
  }
}

static void test_replanning(void)
{
  lac_compressor c;
  double x[D], image[D], state[16] = { 0 }, first[16];
  open_or_stop(&c, "lgreco:every=10,grid=3%/10%/60%/100%+topk:k=30%");
  lac_site s = layered(&c, 4);
  is_u64(lac_state_size(&s), 3, "lgreco remembers a round and a way a layer");
  unsigned changed = 0, wrong = 0;
  for (uint32_t round = 4; round < 64; round++) {
    uneven(x, round * 7);
    s = layered(&c, round);
    s.state = state;
    lac_copy(3, state, first);
    wrong += image_of(s, x, image) < 0;
    if ((round - 4) % 10)
      wrong += memcmp(first, state, 3 * sizeof *state) != 0;
    else
      wrong += state[0] != 1 + round;
    changed += first[1] != state[1] || first[2] != state[2];
  }
  is_u64(wrong, 0, "and plans again in every tenth round, not between");
  ok(changed > 1, "plans differ (%u times)", changed);
  lac_compressor_close(&c);
}

/* ---- the bytes of FORMATS.md ---- */

/* "x = (16, -1, 0), ...: `00 00 80 3f b7 00`" below "### section": the bytes that follow the last colon of that line. */
static size_t shown_bytes(const char *section, uint8_t *bytes, size_t most)
{
  char path[1024], line[1024], want[64];
  const char *folder = getenv("srcdir");
  snprintf(path, sizeof path, "%s/compressors/FORMATS.md", folder ? folder : ".");
  FILE *f = fopen(path, "r");
  int inside = 0;
  size_t count = 0;
  snprintf(want, sizeof want, "### %s\n", section);
  while (f && fgets(line, sizeof line, f)) {
    if (strncmp(line, "### ", 4) == 0)
      inside = strcmp(line, want) == 0;
    char *at = inside && strncmp(line, "x = ", 4) == 0 ? strstr(line, ": `") : NULL;
    if (!at)
      continue;
    for (at += 3; isxdigit((unsigned char)*at) && count < most; at += *at == ' ')
      bytes[count++] = (uint8_t)strtoul(at, &at, 16);
  }
  if (f)
    fclose(f);
  return count;
}

static void check_example(const char *section, const char *spec, size_t d, const double *x, const lac_layer *layers, size_t layer_count,
                          double *memory)
{
  uint8_t shown[256];
  lac_compressor c;
  lac_msg m = { 0 };
  open_or_stop(&c, spec);
  lac_site s = site_of(&c, d, 0);
  s.layers = layers;
  s.layer_count = layer_count;
  s.state = memory;
  size_t count = shown_bytes(section, shown, sizeof shown);
  int status = lac_encode(&s, x, &m);
  int same = status == LAC_OK && count && count == lac_msg_bytes(&m) && memcmp(shown, m.buf, count) == 0;
  if (!ok(same, "FORMATS.md, %s: %s", section, spec)) {
    printf("#  ");
    for (size_t i = 0; i < lac_msg_bytes(&m); i++)
      printf(" %02x", m.buf[i]);
    printf("\n");
  }
  lac_msg_free(&m);
  lac_compressor_close(&c);
}

static void test_examples(void)
{
  static const lac_layer matrix[] = { { "W", 3, 3 }, { "b", 1, 1, 9, .kind = LAC_BIAS } }, parts[] = { { "a", 2, 1 }, { "b", 3, 1, 2 } };
  static const double rank_one[] = { 3, 3, 0, 4, 4, 0, 0, 0, 0, 7 }, few[] = { 1, -2, 0.5, 1, 8 };
  double many[600] = { 3 }, memory[] = { 1, 1, 0 };
  for (int j = 1; j < 600; j++)
    many[j] = 1;
  check_example("ans", "codebook:levels=2,value=f32+ans", 600, many, NULL, 0, NULL);
  check_example("huffman", "codebook:levels=4,value=f32+huffman", 200, many + 1, NULL, 0, NULL);
  check_example("planes", "ans", 2, few, NULL, 0, NULL);
  check_example("planes", "huffman", 2, few, NULL, 0, NULL);
  check_example("codebook", "codebook:levels=3,value=f32", 5, few, NULL, 0, NULL);
  check_example("powersgd", "powersgd:rank=1,value=f32", 10, rank_one, matrix, LAC_COUNT(matrix), memory);
  check_example("layerwise", "layerwise+codebook:levels=2,value=f32", 5, few, parts, LAC_COUNT(parts), NULL);
  check_example("schedule", "schedule:param=levels,values=3,every=1+codebook:levels=2,value=f32", 5, few, NULL, 0, NULL);
  check_example("lgreco", "lgreco:param=levels,grid=3/4,every=1+codebook:levels=2,value=f32", 5, few, parts, LAC_COUNT(parts), NULL);
}

int main(void)
{
  stream = lac_rng_new();
  shared = lac_rng_new();
  data = lac_rng_new();
  test_coders();
  test_lossless();
  test_constants();
  test_refusals();
  test_names();
  test_k_means();
  test_layerwise();
  test_layer_streams();
  test_layer_memory();
  test_plan();
  test_lgreco();
  test_schedule();
  test_replanning();
  test_examples();
  gsl_rng_free(stream);
  gsl_rng_free(shared);
  gsl_rng_free(data);
  return done();
}
