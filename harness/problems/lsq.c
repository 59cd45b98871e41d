/* lsq.c: least squares, m rows a_r with real labels b_r:

     f_i(x) = (1/2m) sum_r (a_r.x - b_r)^2 + (lambda/2) |x|^2 */
#include "problem.h"
#include "vec.h"

typedef struct {
  double lambda;
} lsq_params;

static const lac_option options[] = {
  { "lambda", LAC_REAL, offsetof(lsq_params, lambda), "0", ">=0", .help = "weight of lambda/2 |x|^2 (ridge)" },
  { 0 }
};

static int lsq_open(lac_problem *p)
{
  p->d = lac_data_about(p->data)->d;
  return LAC_OK;
}

/* A shard is the client's rows. */
static int lsq_load(const lac_problem *p, uint32_t client, void **shard)
{
  lac_rows *rows;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  *shard = rows;
  return lac_rows_arrange(rows);
}

static void lsq_unload(void *shard) { lac_rows_free(shard); }

LAC_VECTORISED
static double residual(const double *y, double *z, size_t m)
{
  double loss[LAC_BLOCK];
  for (size_t r = 0; r < m; r++) {
    z[r] -= y[r];
    loss[r] = 0.5 * z[r] * z[r];
  }
  return lac_sum(loss, m);
}

static void add_ridge(const lac_problem *p, const double *x, double *f, double *g)
{
  const lsq_params *o = p->params;
  if (o->lambda > 0) {
    *f += o->lambda / 2 * lac_norm_sq(p->d, x);
    lac_axpy(p->d, o->lambda, x, g);
  }
}

static int lsq_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  lac_rows_value_grad(shard, x, residual, f, g);
  add_ridge(p, x, f, g);
  return LAC_OK;
}

static int lsq_batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f,
                          double *g)
{
  lac_rows_batch_grad(shard, rows, count, x, residual, f, g);
  add_ridge(p, x, f, g);
  return LAC_OK;
}

static size_t lsq_rows(const void *shard) { return ((const lac_rows *)shard)->m; }

/* The Hessian: A'A v / m + lambda v. */
static int lsq_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  const lsq_params *o = p->params;
  lac_rows_gram(shard, v, out);
  lac_axpy(p->d, o->lambda, v, out);
  return LAC_OK;
}

static int lsq_row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  *L = lac_rows_longest_sq(shard) + ((const lsq_params *)p->params)->lambda;
  return LAC_OK;
}

static size_t lsq_bytes(const void *shard) { return lac_rows_bytes(shard); }

const lac_problem_type lac_problem_lsq = {
  .name = "lsq",
  .summary = "least squares (ridge regression) on real labels",
  .options = options,
  .params_size = sizeof(lsq_params),
  .labels = LAC_REAL_LABELS,
  .affine = 1,
  .open = lsq_open,
  .load = lsq_load,
  .unload = lsq_unload,
  .value_grad = lsq_value_grad,
  .batch_grad = lsq_batch_grad,
  .shard_rows = lsq_rows,
  .curvature = lsq_curvature,
  .row_smoothness = lsq_row_smoothness,
  .shard_bytes = lsq_bytes,
};
