/* synthetic.c: labelled rows drawn from a model, client by client.

   Client i of n has m = `rows` rows (a, y) with k = max(1, round(density d)) non-zero features each.  h = `hetero`.

     true model   x_i = x + h e_i             x, e_i ~ N(0, I/k); x is common to all clients
     size         c_i = scale exp(h t_i)      t_i ~ U(-1/2, 1/2)
     columns      k distinct ones a row.  One after the other, redrawn while taken: with probability h/(1+h) uniform in
                  the client's home, the min(d, 2q) columns (cyclic) from a uniform o_i on, q = min(k, d-k); else
                  uniform in all d.  When k > d/2 it is the d-k absent columns that are drawn so.
     features     normal: a_j = c_i (z + h m_ij), z ~ N(0,1) per entry, m_i ~ N(0, I/k) per client; binary: a_j = c_i
     labels       class: y = sign(a.x_i), +1 for 0, flipped with probability `noise`;  real: y = a.x_i + noise N(0,1)
                  class with N > 2 classes: a model x_i for each, y = 0..N-1 the one of largest a.x_i (the first of equals),
                  with probability `noise` one of the others, uniformly

   With h = 0 all clients draw from one distribution; as h grows the smoothness constants L_i ~ c_i^2 (1 + h^2 |m_i|^2)
   spread (by up to a factor exp(2h) from c_i alone) and the minimisers move apart.  All draws are on the data axis, in
   streams of (client, row, use): h, noise and scale change no draw but those that they name, and more rows keep the
   first ones.  n plays no part.  Of N > 2 models the first is the one of N = 2, the others have streams of row 1 to N-1. */
#include "generator.h"

#include "elementary.h"
#include "rows.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS, REAL };
enum { NORMAL, BINARY };
enum { USE_MODEL = 0x100, USE_CLIENT, USE_MODEL_SHIFT, USE_FEATURE_SHIFT, USE_COLUMNS, USE_FEATURES, USE_NOISE };

typedef struct {
  uint64_t rows, d, classes;
  double density, hetero, noise, scale;
  int labels, features;
} synthetic_params;

#define FIELD(name) offsetof(synthetic_params, name)
static const lac_option options[] = {
  {"rows", LAC_UINT, FIELD(rows), "50", ">=1", NULL, "rows of every client"},
  {"d", LAC_UINT, FIELD(d), "50", "[1,2147483647]", NULL, "features"},
  {"density", LAC_REAL, FIELD(density), "1", "(0,1]", NULL, "share of non-zero features in a row"},
  {"hetero", LAC_REAL, FIELD(hetero), "0", "[0,20]", NULL,
   "how much clients differ in true model, features and size of the rows; 0: one distribution for all"},
  {"noise", LAC_REAL, FIELD(noise), "0.05", ">=0", NULL,
   "labels=class: probability that a label is flipped; labels=real: standard deviation added to a.x"},
  {"labels", LAC_CHOICE, FIELD(labels), "class", NULL, "class|real", "class: -1 and +1; real: a.x plus noise"},
  {"features", LAC_CHOICE, FIELD(features), "normal", NULL, "normal|binary",
   "non-zero features are normal numbers, or all equal as in one-hot data"},
  {"scale", LAC_REAL, FIELD(scale), "1", ">0", NULL, "factor on all features"},
  {"classes", LAC_UINT, FIELD(classes), "2", "[2,999]", NULL, "labels=class: their number; 2: labels -1 and +1, more: 0, 1, ..."},
  {0}
};

typedef struct {
  synthetic_params p;
  lac_seeds seeds;
  uint64_t first;            /* of a client's rows: 0, or those before it are others' to train on */
  size_t k;                  /* non-zero features of a row */
  int sparse;
  size_t models;             /* 1, or one for each of more than two classes */
  double *model;             /* x, one after the other */
  double *distinct;          /* labels, NULL for real ones */
} synthetic_source;

/* What the rows of one client have in common, and where they are put together. */
typedef struct {
  const synthetic_source *s;
  gsl_rng *rng;
  uint32_t client;
  double size;               /* c_i */
  size_t home, home_size;
  double *model, *shift;     /* x_i; h m_i, NULL when zero */
  unsigned char *taken;      /* of d columns */
  uint32_t *drawn;
} maker;

static void point(const maker *k, uint32_t row, uint32_t use)
{
  lac_rng_point(k->rng, &k->s->seeds, LAC_SEED_DATA, k->client, row, use);
}

static int synthetic_sparse(const void *s) { return ((const synthetic_source *)s)->sparse; }

static size_t synthetic_rows(const void *s, uint32_t client)
{
  (void)client;
  return ((const synthetic_source *)s)->p.rows;
}

static void maker_close(maker *k)
{
  if (k->rng)
    gsl_rng_free(k->rng);
  free(k->model);
  free(k->shift);
  free(k->taken);
  free(k->drawn);
}

/* to += h N(0, I/k), on the client's stream. */
static void add_normal(const maker *k, uint32_t which, uint32_t use, double *to)
{
  double sigma = k->s->p.hetero / sqrt((double)k->s->k);
  point(k, which, use);
  lac_rng_add_normal(k->rng, to, k->s->p.d, sigma);
}

static int maker_open(maker *k, const synthetic_source *s, uint32_t client)
{
  size_t d = s->p.d, fewer = s->k < d - s->k ? s->k : d - s->k;
  *k = (maker){.s = s, .client = client, .rng = lac_rng_new(), .home_size = 2 * fewer < d ? 2 * fewer : d};
  k->model = lac_alloc(s->models * d * sizeof *k->model);
  k->taken = lac_alloc(d);
  k->drawn = lac_alloc((fewer + 1) * sizeof *k->drawn);
  int shifted = s->p.hetero > 0 && s->p.features == NORMAL;
  k->shift = shifted ? lac_alloc(d * sizeof *k->shift) : NULL;
  if (!k->rng || !k->model || !k->taken || !k->drawn || (shifted && !k->shift))
    return LAC_ENOMEM;
  memcpy(k->model, s->model, s->models * d * sizeof *k->model);
  for (size_t c = 0; s->p.hetero > 0 && c < s->models; c++)
    add_normal(k, (uint32_t)c, USE_MODEL_SHIFT, k->model + c * d);
  if (shifted)
    add_normal(k, 0, USE_FEATURE_SHIFT, k->shift);
  point(k, 0, USE_CLIENT);
  k->size = s->p.scale * lac_exp(s->p.hetero * (gsl_rng_uniform(k->rng) - 0.5));
  k->home = lac_rng_below(k->rng, d);
  return LAC_OK;
}

static int ascending(const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* `count` <= d/2 distinct columns into k->drawn, marked in k->taken. */
static void draw_columns(maker *k, size_t count)
{
  const synthetic_params *p = &k->s->p;
  double at_home = p->hetero / (1 + p->hetero);
  for (size_t i = 0; i < count;) {
    int home = p->hetero > 0 && gsl_rng_uniform(k->rng) < at_home;
    size_t j = home ? (k->home + lac_rng_below(k->rng, k->home_size)) % p->d : lac_rng_below(k->rng, p->d);
    if (k->taken[j])
      continue;
    k->taken[j] = 1;
    k->drawn[i++] = (uint32_t)j;
  }
}

/* The columns of one row, ascending. */
static void columns(maker *k, uint32_t row, uint32_t *col)
{
  size_t d = k->s->p.d, count = k->s->k, absent = d - count;
  size_t drawn = count <= absent ? count : absent;
  point(k, row, USE_COLUMNS);
  draw_columns(k, drawn);
  if (count <= absent) {
    memcpy(col, k->drawn, count * sizeof *col);
    qsort(col, count, sizeof *col, ascending);
  } else
    for (size_t j = 0; j < d; j++)
      if (!k->taken[j])
        *col++ = (uint32_t)j;
  for (size_t i = 0; i < drawn; i++)
    k->taken[k->drawn[i]] = 0;
}

static void values(const maker *k, uint32_t row, const uint32_t *col, double *val)
{
  int normal = k->s->p.features == NORMAL;
  point(k, row, USE_FEATURES);
  if (normal)
    lac_rng_normal(k->rng, val, k->s->k, 1);
  for (size_t i = 0; i < k->s->k; i++)
    val[i] = k->size * (normal ? val[i] + (k->shift ? k->shift[col[i]] : 0) : 1);
}

/* a.x_i of one model. */
static double score(const maker *k, const double *model, const uint32_t *col, const double *val)
{
  double z = 0;
  for (size_t i = 0; i < k->s->k; i++)
    z += val[i] * model[col[i]];
  return z;
}

static double label_of_many(const maker *k, uint32_t row, const uint32_t *col, const double *val)
{
  const synthetic_params *p = &k->s->p;
  double most = -INFINITY;
  size_t best = 0;
  for (size_t c = 0; c < k->s->models; c++) {
    double z = score(k, k->model + c * p->d, col, val);
    best = z > most ? c : best;
    most = z > most ? z : most;
  }
  point(k, row, USE_NOISE);
  if (gsl_rng_uniform(k->rng) < p->noise)
    best = (best + 1 + lac_rng_below(k->rng, p->classes - 1)) % p->classes;
  return (double)best;
}

static double label(const maker *k, uint32_t row, const uint32_t *col, const double *val)
{
  const synthetic_params *p = &k->s->p;
  if (k->s->models > 1)
    return label_of_many(k, row, col, val);
  double z = score(k, k->model, col, val), noise;
  point(k, row, USE_NOISE);
  if (p->labels == REAL) {
    lac_rng_normal(k->rng, &noise, 1, p->noise);
    return z + noise;
  }
  int flip = gsl_rng_uniform(k->rng) < p->noise;
  return (z >= 0) != flip ? 1 : -1;
}

/* Its label, columns and values. */
static double make_row(maker *k, size_t i, uint32_t *col, double *val)
{
  uint32_t row = (uint32_t)(k->s->first + i);
  columns(k, row, col);
  values(k, row, col, val);
  return label(k, row, col, val);
}

static void fill_sparse(maker *k, lac_rows *r)
{
  size_t count = k->s->k;
  for (size_t i = 0; i < r->m; i++) {
    uint32_t *col = r->col + i * count;
    double *val = r->val + i * count;
    r->y[i] = make_row(k, i, col, val);
    r->ptr[i + 1] = (i + 1) * count;
  }
}

static int fill_dense(maker *k, lac_rows *r)
{
  size_t count = k->s->k;
  uint32_t *col = lac_alloc(count * sizeof *col);
  double *val = lac_alloc(count * sizeof *val);
  int code = col && val ? LAC_OK : LAC_ENOMEM;
  for (size_t i = 0; code == LAC_OK && i < r->m; i++) {
    r->y[i] = make_row(k, i, col, val);
    for (size_t j = 0; j < count; j++)
      r->dense[i * r->ld + col[j]] = val[j];
  }
  free(col);
  free(val);
  return code;
}

static int synthetic_shard(const void *self, uint32_t client, lac_rows **rows)
{
  const synthetic_source *s = self;
  maker k;
  int code = maker_open(&k, s, client);
  lac_rows *r = code == LAC_OK ? lac_rows_new(s->p.rows, s->p.d, s->p.rows * s->k, s->sparse) : NULL;
  if (!r)
    code = LAC_ENOMEM;
  else if (s->sparse)
    fill_sparse(&k, r);
  else
    code = fill_dense(&k, r);
  maker_close(&k);
  if (code != LAC_OK) {
    lac_rows_free(r);
    r = NULL;
  }
  *rows = r;
  return code;
}

static int check_params(const synthetic_params *p)
{
  if (p->labels == CLASS && p->noise > 0.5)
    return lac_fail(LAC_EUSER, "--dataset=synthetic: noise must be at most 0.5 with labels=class, a probability that a "
                    "label is flipped");
  if (p->labels == REAL && p->classes != 2)
    return lac_fail(LAC_EUSER, "--dataset=synthetic: classes has no effect with labels=real; leave one of them out");
  if (p->rows > UINT32_MAX || (double)p->rows * (double)p->d > 0x1p50)
    return lac_fail(LAC_EUSER, "--dataset=synthetic: rows=%llu with d=%llu is too large; lower one of them",
                    (unsigned long long)p->rows, (unsigned long long)p->d);
  return LAC_OK;
}

static void describe(const synthetic_source *s, uint32_t n, lac_data_info *info)
{
  info->rows = (size_t)n * s->p.rows;
  info->d = s->p.d;
  info->nnz = info->rows * s->k;
  info->classes = s->p.labels == CLASS ? (uint32_t)s->p.classes : info->rows < 1000 ? (uint32_t)info->rows : 1000;
  info->distinct = s->distinct;
  if (info->classes == 2 && s->distinct)
    memcpy(info->label, s->distinct, sizeof info->label);
}

static int make_labels(synthetic_source *s)
{
  if (s->p.labels == REAL)
    return LAC_OK;
  s->distinct = lac_alloc(s->p.classes * sizeof *s->distinct);
  for (size_t c = 0; s->distinct && c < s->p.classes; c++)
    s->distinct[c] = s->models > 1 ? (double)c : 2 * (double)c - 1;
  return s->distinct ? LAC_OK : LAC_ENOMEM;
}

static int common_model(synthetic_source *s)
{
  gsl_rng *rng = lac_rng_new();
  s->model = lac_alloc(s->models * s->p.d * sizeof *s->model);
  for (size_t c = 0; rng && s->model && c < s->models; c++) {
    lac_rng_point(rng, &s->seeds, LAC_SEED_DATA, 0, (uint32_t)c, USE_MODEL);
    lac_rng_normal(rng, s->model + c * s->p.d, s->p.d, 1 / sqrt((double)s->k));
  }
  if (rng)
    gsl_rng_free(rng);
  return rng && s->model ? LAC_OK : LAC_ENOMEM;
}

static void synthetic_close(void *self)
{
  synthetic_source *s = self;
  if (s) {
    free(s->model);
    free(s->distinct);
  }
  free(s);
}

static double model_bytes(const synthetic_params *p) { return 8 * (double)p->d * (p->classes > 2 ? (double)p->classes : 1); }

static int synthetic_measure(const void *self, uint32_t first, uint32_t last, lac_data_size *size)
{
  const synthetic_source *s = self;
  double d = (double)s->p.d;
  size->largest = lac_rows_forecast((double)s->p.rows, s->p.d, (double)s->p.rows * (double)s->k, s->sparse);
  size->shards = size->largest * (last - first);
  if (s->sparse && s->p.features == BINARY && s->p.hetero == 0 && s->p.scale == 1)
    size->ones = 8 * (double)s->p.rows * (double)s->k * (last - first);
  size->own = model_bytes(&s->p);
  size->loading = size->own + 11 * d + 12 * (double)s->k;      /* the client's own model and shift, columns, a row */
  return LAC_OK;
}

static int open_from(void **to, const void *params, const lac_seeds *seeds, uint64_t first, uint32_t n, const lac_room *room,
                     lac_data_info *info)
{
  *to = NULL;
  LAC_TRY(check_params(params));
  LAC_TRY(lac_room_check(room, model_bytes(params), "the model of --dataset=synthetic", "a smaller d, fewer classes"));
  synthetic_source *s = lac_alloc(sizeof *s);
  if (!s)
    return LAC_ENOMEM;
  s->p = *(const synthetic_params *)params;
  s->seeds = *seeds;
  s->first = first;
  s->k = (size_t)llround(s->p.density * (double)s->p.d);
  s->k = s->k < 1 ? 1 : s->k;
  s->sparse = lac_rows_sparse(1, s->p.d, s->k);
  s->models = s->p.classes > 2 ? s->p.classes : 1;
  int code = common_model(s);
  if (code == LAC_OK)
    code = make_labels(s);
  if (code != LAC_OK) {
    synthetic_close(s);
    return code;
  }
  describe(s, n, info);
  *to = s;
  return LAC_OK;
}

static int synthetic_open(void **to, const void *params, const lac_seeds *seeds, uint32_t n, const lac_room *room, lac_data_info *info)
{
  return open_from(to, params, seeds, 0, n, room, info);
}

/* More rows keep the first ones, so those behind them are drawn by the same laws and are others. */
static int synthetic_hold_out(void **to, const void *train, const void *params, uint32_t n, const lac_room *room, lac_data_info *info)
{
  const synthetic_source *s = train;
  const synthetic_params *p = params;
  *to = NULL;
  if (p->rows > UINT32_MAX - s->p.rows)
    return lac_fail(LAC_EUSER, "--test-dataset=synthetic: rows=%llu behind %llu rows to train on are too many; lower rows",
                    (unsigned long long)p->rows, (unsigned long long)s->p.rows);
  return open_from(to, params, &s->seeds, s->p.rows, n, room, info);
}

const lac_generator lac_generator_synthetic = {
  .kind = {"synthetic", "rows drawn from a linear model, for classification and regression, clients equal to very different", options,
           sizeof(synthetic_params), NULL},
  .open = synthetic_open,
  .hold_out = synthetic_hold_out,
  .rows = synthetic_rows,
  .sparse = synthetic_sparse,
  .measure = synthetic_measure,
  .shard = synthetic_shard,
  .close = synthetic_close,
};
