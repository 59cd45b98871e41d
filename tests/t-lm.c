/* t-lm.c: the language model against its formulas in long double and central differences, what must hold of it whatever its numbers are,
   f32 against f64, its start, what it refuses. */
#include "laconic.h"
#include "problems/parts/transformer.h"
#include "rows.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const lac_problem_type lac_problem_lm;
static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
static gsl_rng *rng;
static char text_path[] = "/tmp/t-lm-XXXXXX";
enum { TEXT = 4000, SYMBOLS = 11 };

/* A network as the formulas see it. */
typedef struct { const char *spec; size_t width, depth, heads, context; int tied; } network;

static int write_text(void)
{
  int file = mkstemp(text_path);
  FILE *to = file < 0 ? NULL : fdopen(file, "w");
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, 0, 0, 0);
  for (int i = 0; to && i < TEXT; i++)
    fputc("acegikmoqsu"[lac_rng_below(rng, SYMBOLS)], to);
  return to && fclose(to) == 0;
}

/* alphabet: of a model that was trained before; NULL: none was. */
static int open_on(lac_problem *p, const char *spec, uint32_t n, const char *alphabet)
{
  lac_windows w;
  *p = (lac_problem){ .type = &lac_problem_lm, .n = n, .seeds = seeds };
  if (alphabet)
    memcpy(p->alphabet, alphabet, p->symbols = (unsigned)strlen(alphabet));
  LAC_TRY(lac_spec_parse(&p->spec, "--problem", spec, p->type->options, p->type->params_size));
  p->params = p->spec.params;
  p->type->windows(p->params, &w);
  LAC_TRY(lac_data_open_text(&p->data, NULL, NULL, &w, text_path, "contiguous", NULL, &seeds, n));
  return p->type->open(p);
}

static int open_lm(lac_problem *p, const char *spec, uint32_t n) { return open_on(p, spec, n, NULL); }

static void close_lm(lac_problem *p)
{
  p->type->close(p);
  lac_data_close(p->data);
  lac_spec_free(&p->spec);
}

/* Gains about 1, all else about 0. */
static double *point(const lac_problem *p, uint32_t which, double scale)
{
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer);
  double *x = lac_alloc(p->d * sizeof *x);
  lac_rng_point(rng, &seeds, LAC_SEED_X0, which, 0, 0);
  lac_rng_normal(rng, x, p->d, scale);
  for (size_t l = 0; l < layers; l++)
    for (size_t j = 0; layer[l].kind == LAC_GAIN && j < layer[l].rows; j++)
      x[layer[l].offset + j] += 1;
  return x;
}

/* ---- the formulas ---- */

enum { WIDEST = 64, LONGEST = 40, BLOCK_LAYERS = 12 };
typedef long double number;
typedef number line[4 * WIDEST];

static void normal(size_t D, const number *h, const double *g, const double *b, number *to)
{
  number mean = 0, variance = 0;
  for (size_t k = 0; k < D; k++)
    mean += h[k] / D;
  for (size_t k = 0; k < D; k++)
    variance += (h[k] - mean) * (h[k] - mean) / D;
  for (size_t k = 0; k < D; k++)
    to[k] = g[k] * (h[k] - mean) / sqrtl(variance + 1e-5L) + b[k];
}

static void multiply(size_t out, size_t in, const double *w, const double *b, const number *x, number *to)
{
  for (size_t i = 0; i < out; i++) {
    to[i] = b ? b[i] : 0;
    for (size_t j = 0; j < in; j++)
      to[i] += w[i * in + j] * x[j];
  }
}

/* Of one position and head, over the positions up to it. */
static void attend(size_t D, size_t dh, size_t at, size_t head, const line *z, number *to)
{
  number share[LONGEST], sum = 0;
  for (size_t j = 0; j <= at; j++) {
    number s = 0;
    for (size_t k = head * dh; k < (head + 1) * dh; k++)
      s += z[at][k] * z[j][D + k];
    sum += share[j] = expl(s / sqrtl(dh));
  }
  for (size_t k = head * dh; k < (head + 1) * dh; k++) {
    to[k] = 0;
    for (size_t j = 0; j <= at; j++)
      to[k] += share[j] / sum * z[j][2 * D + k];
  }
}

static void add_block(const network *n, const lac_layer *l, const double *x, size_t length, line *h)
{
  size_t D = n->width;
  static line z[LONGEST], o, norm, up, down;
  for (size_t t = 0; t < length; t++) {
    normal(D, h[t], x + l[0].offset, x + l[1].offset, norm);
    multiply(3 * D, D, x + l[2].offset, x + l[3].offset, norm, z[t]);
  }
  for (size_t t = 0; t < length; t++) {
    for (size_t e = 0; e < n->heads; e++)
      attend(D, D / n->heads, t, e, z, o);
    multiply(D, D, x + l[4].offset, x + l[5].offset, o, down);
    for (size_t k = 0; k < D; k++)
      h[t][k] += down[k];
    normal(D, h[t], x + l[6].offset, x + l[7].offset, norm);
    multiply(4 * D, D, x + l[8].offset, x + l[9].offset, norm, up);
    for (size_t k = 0; k < 4 * D; k++)
      up[k] = up[k] / 2 * (1 + tanhl(sqrtl(2 / acosl(-1)) * (up[k] + 0.044715L * up[k] * up[k] * up[k])));
    multiply(D, 4 * D, x + l[10].offset, x + l[11].offset, up, down);
    for (size_t k = 0; k < D; k++)
      h[t][k] += down[k];
  }
}

/* Logits of the last of `length` positions, or the sum of the losses of all. */
static number pass(const lac_problem *p, const network *n, const double *x, const uint8_t *s, size_t length, number *logits)
{
  static line h[LONGEST], norm;
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer), D = n->width, V = p->symbols, last = 2 + BLOCK_LAYERS * n->depth;
  number loss = 0;
  for (size_t t = 0; t < length; t++)
    for (size_t k = 0; k < D; k++)
      h[t][k] = (number)x[layer[0].offset + s[t] * D + k] + x[layer[1].offset + t * D + k];
  for (size_t l = 0; l < n->depth; l++)
    add_block(n, layer + 2 + BLOCK_LAYERS * l, x, length, h);
  for (size_t t = 0; t < length; t++) {
    normal(D, h[t], x + layer[last].offset, x + layer[last + 1].offset, norm);
    multiply(V, D, x + (n->tied ? 0 : layer[layers - 1].offset), NULL, norm, logits);
    number sum = 0;
    for (size_t k = 0; k < V; k++)
      sum += expl(logits[k]);
    loss += logl(sum) - logits[s[t + 1]];
  }
  return loss;
}

static number mean_loss(const lac_problem *p, const network *n, const lac_text *a, const uint32_t *list, size_t count, const double *x)
{
  static number logits[256];
  number sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += pass(p, n, x, a->bytes + lac_text_window(a, list ? list[i] : i), n->context, logits);
  return sum / (number)(count * n->context);
}

static double slope(const lac_problem *p, const network *n, const lac_text *a, const uint32_t *list, size_t count, const double *x,
                    const double *v)
{
  double h = 0x1p-20, *y = lac_alloc(p->d * sizeof *y);
  number value[2];
  for (int side = 0; side < 2; side++) {
    for (size_t j = 0; j < p->d; j++)
      y[j] = x[j] + (side ? -h : h) * v[j];
    value[side] = mean_loss(p, n, a, list, count, y);
  }
  free(y);
  return (double)((value[0] - value[1]) / (2 * h));
}

/* Along a direction in every tensor alone. */
static int gradient_fits(const lac_problem *p, const network *n, const lac_text *a, const uint32_t *list, size_t count, const double *x,
                         const double *g)
{
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer);
  int good = 1;
  for (size_t l = 0; l < layers; l++) {
    double *v = lac_alloc(p->d * sizeof *v);
    lac_rng_point(rng, &seeds, LAC_SEED_X0, 10 + (uint32_t)l, 0, 0);
    lac_rng_normal(rng, v + layer[l].offset, layer[l].rows * layer[l].cols, 1);
    double got = dot(p->d, g, v), want = slope(p, n, a, list, count, x, v);
    if (fabs(got - want) > 1e-10 + 1e-8 * fabs(want)) {
      printf("#   %s: slope %.17g, difference %.17g\n", layer[l].name, got, want);
      good = 0;
    }
    free(v);
  }
  return good;
}

/* ---- what must hold ---- */

static double largest_in(const double *x, size_t count)
{
  double most = 0;
  for (size_t j = 0; j < count; j++)
    most = tap_worse(most, fabs(x[j]));
  return most;
}

static void test_gradient_laws(const lac_problem *p, const network *n, const double *g)
{
  const lac_layer *layer;
  size_t layers = p->type->layers(p, &layer), D = n->width;
  double keys = 0, columns = 0;
  for (size_t l = 0; l < n->depth; l++)
    keys = tap_worse(keys, largest_in(g + layer[2 + BLOCK_LAYERS * l + 3].offset + D, D));
  ok(keys == 0, "  the biases of the keys have gradient 0");
  for (size_t k = 0; !n->tied && k < D; k++) {
    double sum = 0;
    for (size_t v = 0; v < p->symbols; v++)
      sum += g[layer[layers - 1].offset + v * D + k];
    columns = tap_worse(columns, fabs(sum));
  }
  ok(columns < 1e-15, "  the columns of the head's gradient sum to 0");
}

/* Of all positions of a window. */
static double *logits_of(const lac_transformer *t, const double *x, const uint8_t *s)
{
  double *copy = lac_alloc(t->context * t->vocab * sizeof *copy);
  memcpy(t->symbols, s, t->context + 1);
  lac_transformer_forward_f64(t, 1, t->context, x);
  lac_transformer_logits_f64(t, 0, t->context, x);
  memcpy(copy, t->logits.f64, t->context * t->vocab * sizeof *copy);
  return copy;
}

static void test_causality(const lac_problem *p, const network *n, const lac_text *a, const double *x)
{
  lac_transformer t = { .vocab = p->symbols, .width = n->width, .depth = n->depth, .heads = n->heads, .context = n->context,
                        .tied = n->tied, .precision = LAC_IN_F64 };
  size_t row = p->symbols;
  int before = 1, behind = 1, exact = 1;
  if (!ok(lac_transformer_open(&t) == LAC_OK && lac_transformer_scratch(&t) == LAC_OK, "  a transformer of its own"))
    return;
  uint8_t s[LONGEST + 1];
  memcpy(s, a->bytes, n->context + 1);
  double *logits = logits_of(&t, x, s), *next = lac_alloc(row * sizeof *next);
  for (size_t at = 0; at < n->context; at++) {
    uint8_t was = s[at];
    s[at] = (uint8_t)((was + 1) % p->symbols);
    double *other = logits_of(&t, x, s);
    before &= memcmp(logits, other, at * row * sizeof *logits) == 0;
    behind &= memcmp(logits + at * row, other + at * row, row * sizeof *logits) != 0;
    s[at] = was;
    free(other);
    exact &= p->type->next(p, x, s, at + 1, next) == LAC_OK;
    for (size_t k = 0; k < row; k++)
      exact &= fabs(next[k] - logits[at * row + k]) <= 1e-13;
  }
  ok(before && behind, "  a symbol changes the logits of its position, and none before it to the last bit");
  ok(exact, "  what is predicted behind the first symbols is what the window predicts there");
  free(logits);
  free(next);
  lac_transformer_close(&t);
}

/* Without what writes into the residual stream, a position knows its symbol and its place alone. */
static void test_silent_blocks(const lac_problem *p, const network *n, const lac_text *a, double *x)
{
  const lac_layer *layer;
  double *one = lac_alloc(p->symbols * sizeof *one), *other = lac_alloc(p->symbols * sizeof *other);
  uint8_t s[LONGEST];
  p->type->layers(p, &layer);
  for (size_t l = 0; l < n->depth; l++)
    for (size_t k = 4; k <= 10; k += 6) {
      const lac_layer *w = &layer[2 + BLOCK_LAYERS * l + k];
      memset(x + w->offset, 0, w->rows * w->cols * sizeof *x);
    }
  memcpy(s, a->bytes, n->context);
  p->type->next(p, x, s, n->context, one);
  for (size_t t = 0; t + 1 < n->context; t++)
    s[t] = (uint8_t)((s[t] + 1) % p->symbols);
  p->type->next(p, x, s, n->context, other);
  ok(memcmp(one, other, p->symbols * sizeof *one) == 0, "  with Wo = Wdown = 0 only the last symbol and its place count");
  free(one);
  free(other);
}

/* With a head of zeros all logits are equal, and the loss is ln V. */
static void test_ties(const lac_problem *p, const network *n, const void *shard, double *x)
{
  const lac_layer *layer;
  const lac_text *a = shard;
  size_t layers = p->type->layers(p, &layer), lowest = 0;
  lac_score score;
  memset(x + layer[layers - 1].offset, 0, p->symbols * n->width * sizeof *x);
  for (size_t r = 0; r < a->rows; r++)
    for (size_t t = 1; t <= n->context; t++)
      lowest += a->bytes[lac_text_window(a, r) + t] == 0;
  p->type->score(p, shard, x, &score);
  ok(score.right == lowest && near_rel(score.loss / (double)score.rows, log(p->symbols), 1e-13),
     "  of equal logits the lowest counts: %zu of %" PRIu64, lowest, score.rows);
  x[layer[layers - 1].offset] = NAN;
  p->type->score(p, shard, x, &score);
  ok(lowest > 0 && score.right == 0, "  where the first logit is no number, no symbol is right, and not %" PRIu64, score.right);
}

/* ---- a network ---- */

static void test_lists(const lac_problem *p, const network *n, const void *shard, const lac_text *a, const double *x)
{
  double f, full, gap = 0, *g = point(p, 1, 1), *h = point(p, 2, 1);
  uint32_t *list = lac_alloc((a->rows + 7) * sizeof *list), few[] = { 3, 1, 3 };
  for (uint32_t r = 0; r < a->rows; r++)
    list[r] = r;
  p->type->value_grad(p, shard, x, &full, g);
  ok(near_rel(full, (double)mean_loss(p, n, a, NULL, a->rows, x), 1e-13), "  value of %zu windows agrees with long double", a->rows);
  test_gradient_laws(p, n, g);
  p->type->batch_grad(p, shard, list, a->rows, x, &f, h);
  for (size_t j = 0; j < p->d; j++)
    gap = tap_worse(gap, fabs(g[j] - h[j]));
  ok(f == full && gap == 0, "  a batch of all rows");
  p->type->batch_grad(p, shard, few, 3, x, &f, h);
  ok(near_rel(f, (double)mean_loss(p, n, a, few, 3, x), 1e-13), "  a batch with a window twice");
  ok(gradient_fits(p, n, a, few, 3, x, h), "  its gradient is the slope of the value");
  free(list);
  free(g);
  free(h);
}

static void test_network(const network *n)
{
  lac_problem p;
  void *shard = NULL;
  if (!ok(open_lm(&p, n->spec, 2) == LAC_OK && p.type->load(&p, 1, &shard) == LAC_OK, "%s", n->spec)) {
    printf("#   %s\n", lac_error());
    return;
  }
  const lac_text *a = shard;
  double *x = point(&p, 0, 0.3), *g = point(&p, 1, 1), f, D = (double)n->width;
  lac_score score;
  double d = (double)p.symbols * D * (n->tied ? 1 : 2) + (double)n->context * D + (double)n->depth * (12 * D * D + 13 * D) + 2 * D;
  ok((double)p.d == d, "  %zu parameters", p.d);
  test_lists(&p, n, shard, a, x);
  p.type->value_grad(&p, shard, x, &f, g);
  ok(p.type->score(&p, shard, x, &score) == LAC_OK && score.rows == a->rows * n->context && score.right <= score.rows &&
     near_rel(score.loss / (double)score.rows, f, 1e-13), "  the mean loss of its %" PRIu64 " positions is f", score.rows);
  for (size_t j = 0; j < p.d; j += p.d / 5) {
    double was = x[j];
    x[j] = NAN;
    p.type->value_grad(&p, shard, x, &f, g);
    p.type->score(&p, shard, x, &score);
    ok(isnan(f) == isnan(score.loss) && (isnan(f) || j < p.symbols * n->width), "  not a number at %zu, not a number out", j);
    x[j] = was;
  }
  test_causality(&p, n, a, x);
  test_silent_blocks(&p, n, a, x);
  if (!n->tied)
    test_ties(&p, n, shard, x);
  free(x);
  free(g);
  p.type->unload(shard);
  close_lm(&p);
}

/* ---- the start ---- */

/* most: what its loss may be above ln V; with a tied head a symbol looks like itself. */
static void test_start(const char *spec, double init, size_t depth, double most)
{
  lac_problem p;
  const lac_layer *layer;
  void *shard = NULL;
  int good = open_lm(&p, spec, 1) == LAC_OK && p.type->load(&p, 0, &shard) == LAC_OK;
  double *x = good ? lac_alloc(p.d * sizeof *x) : NULL, *g = good ? lac_alloc(p.d * sizeof *g) : NULL, f;
  if (!ok(good, "%s starts", spec))
    return;
  lac_rng_point(rng, &seeds, LAC_SEED_X0, 0, 0, 0);
  good = p.type->start(&p, rng, x) == LAC_OK;
  for (size_t l = 0, layers = p.type->layers(&p, &layer); l < layers; l++) {
    size_t count = layer[l].rows * layer[l].cols;
    int residual = strncmp(layer[l].name, "Wo", 2) == 0 || strncmp(layer[l].name, "Wdown", 5) == 0;
    double square = dot(count, x + layer[l].offset, x + layer[l].offset) / (double)count;
    double scale = residual ? init / sqrt(2.0 * (double)depth) : init;
    double want = layer[l].kind == LAC_GAIN ? 1 : layer[l].kind == LAC_BIAS ? 0 : scale * scale;
    good &= lac_layer_drawn(&layer[l]) ? fabs(square / want - 1) < 6 * sqrt(2.0 / (double)count) : square == want;
  }
  ok(good, "  weights and tables N(0, init^2), Wo and Wdown N(0, init^2/2L), biases 0, gains 1");
  p.type->value_grad(&p, shard, x, &f, g);
  ok(f > log(p.symbols) - 0.02 && f < log(p.symbols) + most, "  its loss is %.4f, about ln %u = %.4f", f, p.symbols, log(p.symbols));
  free(x);
  free(g);
  p.type->unload(shard);
  close_lm(&p);
}

/* ---- f32 ---- */

static void test_f32(const char *spec)
{
  lac_problem f64, f32;
  char exact[100];
  snprintf(exact, sizeof exact, "%s,real=f64", spec);
  if (!ok(open_lm(&f64, exact, 1) == LAC_OK && open_lm(&f32, spec, 1) == LAC_OK, "%s: f32 by default", spec))
    return;
  size_t d = f64.d;
  void *shard[2];
  double *x = point(&f64, 0, 0.1), *g = point(&f64, 1, 0), *h = point(&f64, 2, 0), f[2], error = 0;
  f64.type->load(&f64, 0, &shard[0]);
  f32.type->load(&f32, 0, &shard[1]);
  for (int again = 0; again < 2; again++) {      /* nothing is left over from call to call */
    f64.type->value_grad(&f64, shard[0], x, &f[0], g);
    f32.type->value_grad(&f32, shard[1], x, &f[1], h);
  }
  for (size_t j = 0; j < d; j++)
    error += (g[j] - h[j]) * (g[j] - h[j]);
  error = sqrt(error / dot(d, g, g));
  ok(f[0] != f[1] && near_rel(f[1], f[0], 1e-6), "  value: relative error %.1e", fabs(f[1] - f[0]) / f[0]);
  ok(error > 0 && error < 2e-6, "  gradient: relative error %.1e", error);
  f64.type->unload(shard[0]);
  f32.type->unload(shard[1]);
  free(x);
  free(g);
  free(h);
  close_lm(&f64);
  close_lm(&f32);
}

/* A model that was trained before rules: its symbols keep their numbers, and it knows no others. */
static void test_alphabet(void)
{
  lac_problem own, more, fewer;
  void *one = NULL, *other = NULL;
  int good = open_lm(&own, "lm", 1) == LAC_OK && open_on(&more, "lm", 1, "Xabceghikmoqsuz") == LAC_OK && own.symbols == 11 &&
             more.symbols == 15 && more.d == own.d + 8 * 64 && own.type->load(&own, 0, &one) == LAC_OK &&
             more.type->load(&more, 0, &other) == LAC_OK;
  for (size_t i = 0; good && i < TEXT / 2; i++)
    good = own.alphabet[((lac_text *)one)->bytes[i]] == more.alphabet[((lac_text *)other)->bytes[i]];
  ok(good, "with the symbols of another model, bytes have the numbers that they have there");
  ok(open_on(&fewer, "lm", 1, "abceghikmosu") == LAC_EUSER && strstr(lac_error(), "0x71"), "refused: %s", lac_error());
  own.type->unload(one);
  own.type->unload(other);
  close_lm(&own);
  close_lm(&more);
  close_lm(&fewer);
}

static void refuses(const char *spec, uint32_t n, const char *word)
{
  lac_problem p;
  ok(open_lm(&p, spec, n) == LAC_EUSER && strstr(lac_error(), word) && !strchr(lac_error(), '\n'), "refused: %s", lac_error());
  close_lm(&p);
}

int main(void)
{
  static const network plain = { "lm:width=16,depth=2,heads=2,context=8,block=150,real=f64", 16, 2, 2, 8, 0 };
  static const network odd = { "lm:width=21,depth=1,heads=3,context=7,block=100,stride=3,real=f64", 21, 1, 3, 7, 0 };
  static const network tied = { "lm:width=12,depth=3,heads=4,context=16,block=200,head=tied,vocab=bytes,real=f64", 12, 3, 4, 16, 1 };
  static const network longer = { "lm:width=34,depth=1,heads=2,context=37,block=300,real=f64", 34, 1, 2, 37, 0 };
  static const network least = { "lm:width=2,depth=1,heads=2,context=1,block=90,real=f64", 2, 1, 2, 1, 0 };
  if (!(rng = lac_rng_new()) || !write_text())
    return 1;
  test_network(&plain);
  test_network(&odd);
  test_network(&tied);
  test_network(&longer);
  test_network(&least);
  test_start("lm", 0.02, 4, 0.06);
  test_start("lm:width=96,depth=2,heads=6,context=32,init=0.05,head=tied", 0.05, 2, 0.5);
  test_f32("lm:width=32,depth=3,context=32");
  test_f32("lm:width=24,depth=1,heads=1,context=48,head=tied");
  test_alphabet();
  refuses("lm:width=30,heads=4", 1, "heads=4");
  refuses("lm:context=5000,block=100000", 1, "5001");
  refuses("lm:context=64,block=64", 1, "block=64");
  refuses("lm:holdout=1", 1, "holdout");
  refuses("lm:block=400", 10, "training blocks");
  refuses("lm:width=65536,depth=1000", 1, "too many");
  unlink(text_path);
  gsl_rng_free(rng);
  return done();
}
