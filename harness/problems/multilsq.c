/* multilsq.c: least squares with several responses a row.  The last `responses` features of a row are y_r, those before them a_r, and the
   label means nothing; x is W (responses x inputs, row-major):

     f_i(x) = (1/2m) sum_r |W a_r - y_r|^2

   A row's own gradient is (W a_r - y_r) a_r', whose length is the product of two. */
#include "problem.h"
#include "parts/rows.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>

typedef struct { uint64_t responses; } params;
static const lac_option options[] = {
  { "responses", LAC_UINT, offsetof(params, responses), "2", "[1,65536]", .help = "features at the end of a row that the others predict",
    .model = 1 },
  { 0 }
};

typedef struct { size_t inputs, responses; double *residual; lac_layer layer; } model;

/* Rows with all of their entries, one every `features`. */
typedef struct { size_t m, features; double *at; } shard_t;

static int open_multilsq(lac_problem *p)
{
  size_t responses = ((const params *)p->params)->responses, features = lac_data_about(p->data)->d;
  if (responses >= features)
    return lac_fail(LAC_EUSER, "--problem=multilsq: responses=%zu leaves no input of the %zu features of %s; take fewer, or name all "
                    "features by d=N behind the file", responses, features, lac_data_about(p->data)->name);
  model *k = p->self = lac_alloc(sizeof *k);
  if (!k || !(k->residual = lac_alloc(responses * sizeof *k->residual)))
    return LAC_ENOMEM;
  k->inputs = features - responses;
  k->responses = responses;
  k->layer = (lac_layer){ "W", responses, k->inputs, .kind = LAC_WEIGHT, .group = 1 };
  p->d = responses * k->inputs;
  return LAC_OK;
}

static void close_multilsq(lac_problem *p)
{
  model *k = p->self;
  if (k)
    free(k->residual);
  free(k);
  p->self = NULL;
}

static size_t layers(const lac_problem *p, const lac_layer **layer)
{
  *layer = &((const model *)p->self)->layer;
  return 1;
}

/* ---- rows ---- */

static int copy_rows(const lac_rows *rows, shard_t *s)
{
  s->m = rows->m;
  s->features = rows->d;
  if (!(s->at = lac_alloc(rows->m * rows->d * sizeof *s->at)))
    return LAC_ENOMEM;
  for (size_t r = 0; r < rows->m; r++) {
    if (rows->dense)
      lac_copy(rows->d, rows->dense + r * rows->ld, s->at + r * rows->d);
    for (size_t e = rows->ptr ? rows->ptr[r] : 0; rows->ptr && e < rows->ptr[r + 1]; e++)
      s->at[r * rows->d + rows->col[e]] = rows->val[e];
  }
  return LAC_OK;
}

static int load(const lac_problem *p, uint32_t client, void **shard)
{
  lac_rows *rows;
  shard_t *s = *shard = lac_alloc(sizeof *s);
  if (!s)
    return LAC_ENOMEM;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  int status = copy_rows(rows, s);
  lac_rows_free(rows);
  return status;
}

static void unload(void *shard)
{
  shard_t *s = shard;
  if (s)
    free(s->at);
  free(s);
}

static size_t shard_rows(const void *shard) { return ((const shard_t *)shard)->m; }
static size_t shard_bytes(const void *shard)
{
  const shard_t *s = shard;
  return s->m * s->features * sizeof *s->at;
}

/* Dense, where the data may be sparse. */
static lac_footprint footprint(const lac_problem *p, double rows)
{
  double most = 0, features = (double)lac_data_about(p->data)->d;
  for (uint32_t i = 0; i < p->n; i++)
    most = fmax(most, (double)lac_data_shard_rows(p->data, i));
  return (lac_footprint){ .shard = 8 * most * features + sizeof(shard_t), .loading = rows };
}

/* ---- the oracle ---- */

/* k->residual = W a_r - y_r. */
static const double *find_residual(const model *k, const double *row, const double *x)
{
  for (size_t i = 0; i < k->responses; i++)
    k->residual[i] = lac_dot(k->inputs, x + i * k->inputs, row) - row[k->inputs + i];
  return k->residual;
}

static double factor_of(const model *k, const double *row, double most)
{
  double norm = isinf(most) ? 0 : sqrt(lac_norm_sq(k->responses, k->residual) * lac_norm_sq(k->inputs, row));
  return norm > most ? most / norm : 1;
}

LAC_VECTORISED
static void add_row(const model *k, const double *row, double factor, double *g)
{
  for (size_t i = 0; i < k->responses; i++)
    lac_axpy(k->inputs, factor * k->residual[i], row, g + i * k->inputs);
}

static int clipped_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double most,
                        double *f, double *g)
{
  const model *k = p->self;
  const shard_t *s = shard;
  double sum = 0, share = count ? 1 / (double)count : 0;
  lac_zero(p->d, g);
  for (size_t i = 0; i < count; i++) {
    const double *row = s->at + (list ? list[i] : i) * s->features;
    sum += lac_norm_sq(k->responses, find_residual(k, row, x)) / 2;
    add_row(k, row, share * factor_of(k, row, most), g);
  }
  *f = share * sum;
  return LAC_OK;
}

static int batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f, double *g)
{
  return clipped_grad(p, shard, rows, count, x, INFINITY, f, g);
}

static int value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  return clipped_grad(p, shard, NULL, shard_rows(shard), x, INFINITY, f, g);
}

static int score(const lac_problem *p, const void *shard, const double *x, lac_score *total)
{
  const model *k = p->self;
  const shard_t *s = shard;
  *total = (lac_score){ .rows = s->m };
  for (size_t r = 0; r < s->m; r++)
    total->loss += lac_norm_sq(k->responses, find_residual(k, s->at + r * s->features, x)) / 2;
  return LAC_OK;
}

/* The Hessian, (1/m) sum a_r a_r' for each response. */
static int curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  const model *k = p->self;
  const shard_t *s = shard;
  lac_zero(p->d, out);
  for (size_t r = 0; r < s->m; r++)
    for (size_t i = 0; i < k->responses; i++) {
      const double *row = s->at + r * s->features;
      lac_axpy(k->inputs, lac_dot(k->inputs, v + i * k->inputs, row) / (double)s->m, row, out + i * k->inputs);
    }
  return LAC_OK;
}

static int row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  const model *k = p->self;
  const shard_t *s = shard;
  *L = 0;
  for (size_t r = 0; r < s->m; r++)
    *L = fmax(*L, lac_norm_sq(k->inputs, s->at + r * s->features));
  return LAC_OK;
}

const lac_problem_type lac_problem_multilsq = {
  .name = "multilsq",
  .summary = "least squares with several responses: the last features of a row are predicted by the others",
  .options = options,
  .params_size = sizeof(params),
  .labels = LAC_REAL_LABELS,
  .affine = 1,
  .open = open_multilsq,
  .close = close_multilsq,
  .load = load,
  .unload = unload,
  .value_grad = value_grad,
  .batch_grad = batch_grad,
  .clipped_grad = clipped_grad,
  .shard_rows = shard_rows,
  .curvature = curvature,
  .row_smoothness = row_smoothness,
  .layers = layers,
  .score = score,
  .shard_bytes = shard_bytes,
  .footprint = footprint,
};
