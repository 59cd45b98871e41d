/* lsq.c: least squares, m rows a_r with real labels b_r:

     f_i(x) = (s/2m) sum_r (a_r.x - b_r)^2 + reg(x)             s = 1, 2 or m; reg: regulariser.h */
#include "parts/regulariser.h"
#include "vec.h"

enum { HALF_MEAN, MEAN, HALF_SUM };

typedef struct { int scale; lac_regulariser reg; } lsq_params;

static const lac_option options[] = {
  LAC_REGULARISER_OPTIONS(lsq_params, reg, "l2", "0"),
  { "scale", LAC_CHOICE, offsetof(lsq_params, scale), "1/2m", .choices = "1/2m|1/m|1/2", .help = "factor of the sum of squares" },
  { 0 }
};

static int lsq_open(lac_problem *p)
{
  const lsq_params *o = p->params;
  p->d = lac_data_about(p->data)->d;
  p->affine = o->reg.kind != LAC_REG_NONCONVEX || o->reg.lambda == 0;
  return lac_regulariser_check(&o->reg, "--problem=lsq", 0);
}

/* A shard is the client's rows. */
static int lsq_load(const lac_problem *p, uint32_t client, void **shard)
{
  lac_rows *rows;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  *shard = rows;
  LAC_TRY(lac_rows_arrange(rows));
  return ((const lsq_params *)p->params)->reg.over == LAC_OVER_TOUCHED ? lac_rows_touch(rows) : LAC_OK;
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

/* s */
static double factor(const lac_problem *p, const lac_rows *rows)
{
  int scale = ((const lsq_params *)p->params)->scale;
  return scale == MEAN ? 2 : scale == HALF_SUM ? (double)rows->m : 1;
}

static void times(double s, size_t d, double *g)
{
  for (size_t j = 0; s != 1 && j < d; j++)
    g[j] *= s;
}

/* The mean of the half squares becomes f_i. */
static void finish(const lac_problem *p, const lac_rows *rows, const double *x, double *f, double *g)
{
  *f *= factor(p, rows);
  times(factor(p, rows), p->d, g);
  *f += lac_regulariser_value_grad(&((const lsq_params *)p->params)->reg, rows->touched, p->d, x, g);
}

static int lsq_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  lac_rows_value_grad(shard, x, residual, f, g);
  finish(p, shard, x, f, g);
  return LAC_OK;
}

static int lsq_batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f,
                          double *g)
{
  lac_rows_batch_grad(shard, rows, count, x, residual, f, g);
  finish(p, shard, x, f, g);
  return LAC_OK;
}

static size_t lsq_rows(const void *shard) { return ((const lac_rows *)shard)->m; }

/* s A'A v / m, and the regulariser's: the Hessian itself unless that is not convex. */
static int lsq_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  lac_rows_gram(shard, v, out);
  times(factor(p, shard), p->d, out);
  lac_regulariser_curvature(&((const lsq_params *)p->params)->reg, ((const lac_rows *)shard)->touched, p->d, v, out);
  return LAC_OK;
}

static int lsq_support(const lac_problem *p, const void *shard, uint8_t *touched)
{
  lac_rows_touched(shard, touched);
  if (lac_regulariser_everywhere(&((const lsq_params *)p->params)->reg))
    memset(touched, 1, p->d);
  return LAC_OK;
}

static int lsq_row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  *L = factor(p, shard) * lac_rows_longest_sq(shard) + lac_regulariser_bend(&((const lsq_params *)p->params)->reg);
  return LAC_OK;
}

static size_t lsq_bytes(const void *shard) { return lac_rows_bytes(shard); }

const lac_problem_type lac_problem_lsq = {
  .name = "lsq",
  .summary = "least squares on real labels, with an l2, a nonconvex or no regulariser",
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
  .support = lsq_support,
  .row_smoothness = lsq_row_smoothness,
  .shard_bytes = lsq_bytes,
};
