/* Compute utilisation of two sites against the rate of the link between them: Douillard et al. 2025, Streaming DiLoCo with overlapping
   communication, arXiv:2501.18512, section 3.1, figure 4 and table 4.  parts/training.h has the three ways.

   table = curves: over a grid of rates, and the published thresholds as points.
   table = thresholds: the first rate of the grid at which a utilisation is reached, beside the published one; `steps` is how many
   rates of the grid it lies above the one that is nearest to the published, `distance` its absolute value.  What is
   never reached counts as one step behind the end of the grid. */
#include "network/models/model.h"
#include "network/models/parts/training.h"

#include <math.h>

typedef struct { int table; uint64_t buckets, steps; } params;

enum { CURVES, THRESHOLDS };
enum { HORIZON = 100, LAYERS_OF_FRAGMENT = 3 };

static const lac_option options[] = {
  { "table", LAC_CHOICE, offsetof(params, table), "curves", NULL, "curves|thresholds", "utilisation over rates, or rates that reach one" },
  { "buckets", LAC_UINT, offsetof(params, buckets), "128", "[1,10000]", NULL, "parts in which gradients come, of closed and buckets" },
  { "steps", LAC_UINT, offsetof(params, steps), "2000", "[1,1000000]", NULL, "steps that buckets takes" },
  { 0 }
};

/* Steps of 0.1, 0.8 and 4.9 seconds: the paper's table 4. */
static const struct { const char *name; unsigned layers; double step, parameters; } trained[] = {
  { "1B", 24, 0.1, 1e9 }, { "10B", 48, 0.8, 1e10 }, { "100B", 108, 4.9, 1e11 } };

static const struct { const char *name; int is_local, in_fragments; unsigned lag; double bits; } methods[] = {
  { "data parallel", 0, 0, 0, 16 }, { "DiLoCo", 1, 0, 0, 16 }, { "streaming", 1, 1, 0, 16 }, { "overlapped", 1, 1, 1, 16 },
  { "overlapped FP4", 1, 1, 1, 4 } };

static const char *const ways[] = { "closed", "buckets", "layers" };

enum { MODELS = LAC_COUNT(trained), METHODS = LAC_COUNT(methods), WAYS = LAC_COUNT(ways), LEVELS = 5 };

/* Per cent; the published rates are Gbit/s with one decimal: table 4. */
static const double level[LEVELS] = { 50, 80, 90, 95, 99 };
static const double published[MODELS][METHODS][LEVELS] = {
  { { 86.8, 152.6, 184.2, 222.3, 569.0 }, { 1.4, 6.2, 13.3, 23.3, 86.8 }, { 1.4, 5.2, 9.1, 16.0, 28.1 }, { 1.4, 4.3, 6.2, 9.1, 11.0 },
    { 0.4, 0.9, 1.7, 2.0, 3.0 } },
  { { 104.8, 222.3, 222.3, 268.3, 471.5 }, { 1.7, 7.5, 16.0, 33.9, 104.8 }, { 1.7, 5.2, 9.1, 13.3, 19.3 }, { 1.7, 3.6, 5.2, 6.2, 7.5 },
    { 0.4, 0.9, 1.4, 1.4, 1.7 } },
  { { 184.2, 323.8, 390.7, 390.7, 471.5 }, { 3.0, 11.0, 23.3, 49.4, 184.2 }, { 2.4, 6.2, 9.1, 11.0, 19.3 }, { 1.7, 3.6, 4.3, 5.2, 5.2 },
    { 0.5, 0.9, 1.1, 1.1, 1.4 } } };

/* Two sites: 2 (1 - 1/2) = 1 times the model goes over the link. */
static lac_training training_of(size_t model, size_t method, double rate)
{
  return (lac_training){ .layers = trained[model].layers, .every = methods[method].is_local ? HORIZON : 1, .lag = methods[method].lag,
                         .fragments = methods[method].in_fragments ? trained[model].layers / LAYERS_OF_FRAGMENT : 1,
                         .step = trained[model].step, .seconds = methods[method].bits * trained[model].parameters / (rate * 1e9) };
}

static double utilisation_of(const params *p, size_t way, const lac_training *w)
{
  switch (way) {
  case 0: return lac_training_closed(w, (unsigned)p->buckets);
  case 1: return lac_training_buckets(w, (unsigned)p->buckets, (unsigned)p->steps);
  default: return lac_training_layers(w);
  }
}

static int compute_curve(const params *p, size_t model, size_t method, size_t way, double curve[LAC_RATES])
{
  for (size_t i = 0; i < LAC_RATES; i++) {
    lac_training w = training_of(model, method, lac_rate_at(i));
    curve[i] = utilisation_of(p, way, &w);
    if (curve[i] < 0)
      return LAC_ENOMEM;
  }
  return LAC_OK;
}

static int put_keys(lac_table *t, size_t row, size_t model, size_t method, const char *way)
{
  LAC_TRY(lac_model_text(t, 0, row, trained[model].name));
  LAC_TRY(lac_model_text(t, 1, row, methods[method].name));
  return lac_model_text(t, 2, row, way);
}

static int put_curve(lac_table *t, size_t *row, size_t model, size_t method, size_t way, const double *curve)
{
  for (size_t i = 0; i < LAC_RATES; i++, ++*row) {
    LAC_TRY(put_keys(t, *row, model, method, ways[way]));
    lac_model_real(t, 3, *row, lac_rate_at(i));
    lac_model_real(t, 4, *row, curve[i]);
  }
  return LAC_OK;
}

static int put_published(lac_table *t, size_t *row, size_t model, size_t method)
{
  for (size_t k = 0; k < LEVELS; k++, ++*row) {
    LAC_TRY(put_keys(t, *row, model, method, "published"));
    lac_model_real(t, 3, *row, published[model][method][k]);
    lac_model_real(t, 4, *row, level[k] / 100);
  }
  return LAC_OK;
}

static size_t nearest_rate(double rate)
{
  size_t best = 0;
  for (size_t i = 1; i < LAC_RATES; i++)
    if (fabs(log(lac_rate_at(i) / rate)) < fabs(log(lac_rate_at(best) / rate)))
      best = i;
  return best;
}

static int put_thresholds(lac_table *t, size_t *row, size_t model, size_t method, size_t way, const double *curve)
{
  for (size_t k = 0; k < LEVELS; k++, ++*row) {
    double rate = published[model][method][k];
    size_t first = 0;
    while (first < LAC_RATES && curve[first] < level[k] / 100)
      first++;
    LAC_TRY(put_keys(t, *row, model, method, ways[way]));
    lac_model_real(t, 3, *row, level[k]);
    lac_model_real(t, 4, *row, first < LAC_RATES ? lac_rate_at(first) : INFINITY);
    lac_model_real(t, 5, *row, rate);
    lac_model_real(t, 6, *row, (double)first - (double)nearest_rate(rate));
    lac_model_real(t, 7, *row, fabs((double)first - (double)nearest_rate(rate)));
  }
  return LAC_OK;
}

static int fill(const void *self, lac_table *t)
{
  static const lac_model_column curves[] = { { "model", NULL }, { "method", NULL }, { "way", NULL }, { "rate", "Gbit/s" },
                                             { "utilisation", "1" } };
  static const lac_model_column thresholds[] = { { "model", NULL }, { "method", NULL }, { "way", NULL }, { "level", "%" },
                                                 { "rate", "Gbit/s" }, { "published", "Gbit/s" }, { "steps", "grid steps" },
                                                 { "distance", "grid steps" } };
  const params *p = self;
  double curve[LAC_RATES];
  size_t row = 0;
  int is_curves = p->table == CURVES;
  t->rows = MODELS * METHODS * (is_curves ? WAYS * LAC_RATES + LEVELS : WAYS * LEVELS);
  LAC_TRY(is_curves ? lac_model_columns(t, curves, LAC_COUNT(curves)) : lac_model_columns(t, thresholds, LAC_COUNT(thresholds)));
  for (size_t model = 0; model < MODELS; model++)
    for (size_t method = 0; method < METHODS; method++) {
      for (size_t way = 0; way < WAYS; way++) {
        LAC_TRY(compute_curve(p, model, method, way, curve));
        LAC_TRY((is_curves ? put_curve : put_thresholds)(t, &row, model, method, way, curve));
      }
      LAC_TRY(is_curves ? put_published(t, &row, model, method) : LAC_OK);
    }
  return LAC_OK;
}

const lac_model lac_model_utilisation = { .name = "utilisation", .summary = "compute utilisation against bandwidth (Streaming DiLoCo)",
  .reference = "arXiv:2501.18512", .options = options, .params_size = sizeof(params), .fill = fill };
