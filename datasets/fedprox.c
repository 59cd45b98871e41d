/* fedprox.c: Synthetic(alpha, beta) of the FedProx paper (Li et al., "Federated optimization in heterogeneous networks", MLSys 2020), as
   its code draws it.

   Client i has n_i = floor(exp(4 + 2 t_i)) + 50 rows (a, y), t_i ~ N(0, 1), a of d features:

     a ~ N(v_i, diag(j^-1.2))     v_ij ~ N(B_i, 1), B_i ~ N(0, beta^2)
     y = the first of the largest entries of W_i' a + b_i, 0 to classes - 1
     entries of W_i and b_i ~ N(u_i, 1), u_i ~ N(0, alpha^2)

   alpha says how much models differ, beta how much features do; both are standard deviations, as in the code.  iid=yes: v_i = 0 and one
   W, b ~ N(0, 1) for all clients; sizes still differ.  All draws are on the data axis, in streams of (client, row, use); n plays no
   part. */
#include "generator.h"

#include "elementary.h"
#include "rows.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { USE_SIZE = 0x300, USE_MEANS, USE_MODEL, USE_COMMON_MODEL, USE_CENTRE, USE_FEATURES };

typedef struct { double alpha, beta; int iid; uint64_t d, classes; } fedprox_params;

#define FIELD(name) offsetof(fedprox_params, name)
static const lac_option options[] = {
  {"alpha", LAC_REAL, FIELD(alpha), "1", ">=0", NULL, "how much the clients' models differ"},
  {"beta", LAC_REAL, FIELD(beta), "1", ">=0", NULL, "how much the clients' features differ"},
  {"iid", LAC_CHOICE, FIELD(iid), "no", NULL, "no|yes",
   "yes: one model and one distribution of features for all; alpha and beta play no part"},
  {"d", LAC_UINT, FIELD(d), "60", "[1,2147483647]", NULL, "features"},
  {"classes", LAC_UINT, FIELD(classes), "10", "[2,999]", NULL, "labels 0, 1, ..."},
  {0}
};

typedef struct {
  fedprox_params p;
  lac_seeds seeds;
  size_t *rows;              /* of every client */
  uint32_t n;
  double *deviation;         /* of every feature */
  double *distinct;
} fedprox_source;

/* What the rows of one client have in common: W feature by feature, then b. */
typedef struct { double *model, *centre, *score; gsl_rng *rng; } maker;

static void maker_close(maker *k)
{
  if (k->rng)
    gsl_rng_free(k->rng);
  free(k->model);
  free(k->centre);
  free(k->score);
}

static void shift(double *x, size_t count, double by)
{
  for (size_t j = 0; j < count; j++)
    x[j] += by;
}

static int maker_open(maker *k, const fedprox_source *s, uint32_t client)
{
  const fedprox_params *p = &s->p;
  size_t count = (p->d + 1) * p->classes;
  double mean[2];
  *k = (maker){ lac_alloc(count * sizeof(double)), lac_alloc(p->d * sizeof(double)), lac_alloc(p->classes * sizeof(double)),
                lac_rng_new() };
  if (!k->model || !k->centre || !k->score || !k->rng)
    return LAC_ENOMEM;
  lac_rng_point(k->rng, &s->seeds, LAC_SEED_DATA, p->iid ? 0 : client, 0, p->iid ? USE_COMMON_MODEL : USE_MODEL);
  lac_rng_normal(k->rng, k->model, count, 1);
  if (p->iid)
    return LAC_OK;
  lac_rng_point(k->rng, &s->seeds, LAC_SEED_DATA, client, 0, USE_MEANS);
  lac_rng_normal(k->rng, mean, 2, 1);
  shift(k->model, count, p->alpha * mean[0]);
  lac_rng_point(k->rng, &s->seeds, LAC_SEED_DATA, client, 0, USE_CENTRE);
  lac_rng_normal(k->rng, k->centre, p->d, 1);
  shift(k->centre, p->d, p->beta * mean[1]);
  return LAC_OK;
}

static double label(const maker *k, const fedprox_params *p, const double *a)
{
  size_t best = 0;
  memcpy(k->score, k->model + p->d * p->classes, p->classes * sizeof *k->score);
  for (size_t j = 0; j < p->d; j++)
    for (size_t c = 0; c < p->classes; c++)
      k->score[c] += a[j] * k->model[j * p->classes + c];
  for (size_t c = 1; c < p->classes; c++)
    best = k->score[c] > k->score[best] ? c : best;
  return (double)best;
}

static void fill(const maker *k, const fedprox_source *s, uint32_t client, lac_rows *r)
{
  for (size_t i = 0; i < r->m; i++) {
    double *a = r->dense + i * r->ld;
    lac_rng_point(k->rng, &s->seeds, LAC_SEED_DATA, client, (uint32_t)i, USE_FEATURES);
    lac_rng_normal(k->rng, a, s->p.d, 1);
    for (size_t j = 0; j < s->p.d; j++)
      a[j] = k->centre[j] + s->deviation[j] * a[j];
    r->y[i] = label(k, &s->p, a);
  }
}

static int fedprox_shard(const void *self, uint32_t client, lac_rows **rows)
{
  const fedprox_source *s = self;
  maker k;
  int status = maker_open(&k, s, client);
  *rows = status == LAC_OK ? lac_rows_new(s->rows[client], s->p.d, 0, 0) : NULL;
  if (*rows)
    fill(&k, s, client, *rows);
  maker_close(&k);
  return *rows ? LAC_OK : LAC_ENOMEM;
}

static size_t fedprox_rows(const void *self, uint32_t client) { return ((const fedprox_source *)self)->rows[client]; }

static int fedprox_sparse(const void *self)
{
  (void)self;
  return 0;
}

static int fedprox_measure(const void *self, uint32_t first, uint32_t last, lac_data_size *size)
{
  const fedprox_source *s = self;
  for (uint32_t i = first; i < last; i++) {
    double bytes = lac_rows_forecast((double)s->rows[i], s->p.d, 0, 0);
    size->shards += bytes;
    size->largest = fmax(size->largest, bytes);
  }
  size->own = 8 * ((double)s->n + (double)s->p.d + (double)s->p.classes);
  size->loading = 8 * (((double)s->p.d + 2) * (double)s->p.classes + (double)s->p.d);
  return LAC_OK;
}

static int draw_sizes(fedprox_source *s)
{
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  for (uint32_t i = 0; i < s->n; i++) {
    double t;
    lac_rng_point(rng, &s->seeds, LAC_SEED_DATA, i, 0, USE_SIZE);
    lac_rng_normal(rng, &t, 1, 1);
    s->rows[i] = (size_t)lac_exp(4 + 2 * t) + 50;
  }
  gsl_rng_free(rng);
  return LAC_OK;
}

static void fedprox_close(void *self)
{
  fedprox_source *s = self;
  if (s) {
    free(s->rows);
    free(s->deviation);
    free(s->distinct);
  }
  free(s);
}

static int make_source(fedprox_source *s)
{
  s->rows = lac_alloc(s->n * sizeof *s->rows);
  s->deviation = lac_alloc(s->p.d * sizeof *s->deviation);
  s->distinct = lac_alloc(s->p.classes * sizeof *s->distinct);
  if (!s->rows || !s->deviation || !s->distinct)
    return LAC_ENOMEM;
  for (size_t j = 0; j < s->p.d; j++)
    s->deviation[j] = lac_exp(-0.6 * lac_log((double)j + 1));
  for (size_t c = 0; c < s->p.classes; c++)
    s->distinct[c] = (double)c;
  return draw_sizes(s);
}

static int fedprox_open(void **to, const void *params, const lac_seeds *seeds, uint32_t n, const lac_room *room, lac_data_info *info)
{
  const fedprox_params *p = params;
  *to = NULL;
  LAC_TRY(lac_room_check(room, 8 * ((double)p->d + 2) * (double)p->classes + 8 * (double)n, "the model of --dataset=fedprox",
                         "a smaller d, fewer classes"));
  fedprox_source *s = lac_alloc(sizeof *s);
  if (!s)
    return LAC_ENOMEM;
  *s = (fedprox_source){ .p = *p, .seeds = *seeds, .n = n };
  int status = make_source(s);
  if (status != LAC_OK) {
    fedprox_close(s);
    return status;
  }
  for (uint32_t i = 0; i < n; i++)
    info->rows += s->rows[i];
  info->d = p->d;
  info->nnz = info->rows * p->d;
  info->classes = (uint32_t)p->classes;
  info->distinct = s->distinct;
  memcpy(info->label, s->distinct, sizeof info->label);
  *to = s;
  return LAC_OK;
}

const lac_generator lac_generator_fedprox = {
  .kind = {"fedprox", "Synthetic(alpha,beta): clients of different sizes, models and features", options, sizeof(fedprox_params),
           "Li et al. 2020, arXiv:1812.06127"},
  .open = fedprox_open,
  .rows = fedprox_rows,
  .sparse = fedprox_sparse,
  .measure = fedprox_measure,
  .shard = fedprox_shard,
  .close = fedprox_close,
};
