/* logreg.c: logistic regression, the labels b_r in {-1, +1} of m rows a_r:

     f_i(x) = (1/m) sum_r log(1 + exp(-b_r a_r.x)) + reg(x)
     reg(x) = 0,  (lambda/2) |x|^2  or  lambda sum_j x_j^2 / (1 + x_j^2)

   The second derivative of log(1 + exp(-t)) lies in (0, 1/4], that of t^2 / (1 + t^2) in [-1/2, 2]. */
#include "problem.h"
#include "problems/softplus.h"
#include "vec.h"

enum { NONE, L2, NONCONVEX };

typedef struct {
  int reg;
  double lambda;
} logreg_params;

static const double default_lambda = 0.1;

static const lac_option options[] = {
  { "reg", LAC_CHOICE, offsetof(logreg_params, reg), "none", .choices = "none|l2|nonconvex",
    .help = "regulariser: lambda/2 |x|^2 (l2) or lambda sum x^2/(1+x^2) (nonconvex)" },
  { "lambda", LAC_REAL, offsetof(logreg_params, lambda), "0.1", ">=0", .help = "its weight; reg=none ignores it" },
  { 0 }
};

static int logreg_open(lac_problem *p)
{
  const logreg_params *o = p->params;
  if (o->reg == NONE && o->lambda != default_lambda)
    return lac_fail(LAC_EUSER, "--problem=logreg: lambda has no effect with reg=none; add reg=l2 or reg=nonconvex");
  const lac_data_info *info = lac_data_about(p->data);
  if (info->classes != 2)
    return lac_fail(LAC_EUSER, "--problem=logreg needs two distinct labels, but dataset %s has %u%s; "
                    "take a data set of two classes or --problem=lsq", info->name, (unsigned)info->classes,
                    info->classes >= 1000 ? " or more" : "");
  p->d = info->d;
  return LAC_OK;
}

/* A shard is the client's rows; the lower label becomes -1 and the higher +1. */
static int logreg_load(const lac_problem *p, uint32_t client, void **shard)
{
  lac_rows *rows;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  double lower = lac_data_about(p->data)->label[0];
  for (size_t r = 0; r < rows->m; r++)
    rows->y[r] = rows->y[r] == lower ? -1 : 1;
  *shard = rows;
  return lac_rows_arrange(rows);
}

static void logreg_unload(void *shard) { lac_rows_free(shard); }

/* Loss and slope of many rows at once: no branch, no call. */
LAC_VECTORISED
static double logistic(const double *y, double *z, size_t m)
{
  double loss[LAC_BLOCK];
  for (size_t r = 0; r < m; r++) {
    double slope;
    loss[r] = lac_softplus_minus(y[r] * z[r], &slope);
    z[r] = -y[r] * slope;
  }
  return lac_sum(loss, m);
}

/* sum x_j^2 / (1 + x_j^2), and g += scale times its gradient, for at most LAC_BLOCK coordinates. */
LAC_VECTORISED
static double nonconvex(size_t d, const double *restrict x, double scale, double *restrict g)
{
  double term[LAC_BLOCK];
  for (size_t j = 0; j < d; j++) {
    double square = x[j] * x[j], q = 1 / (1 + square);
    term[j] = square * q;
    g[j] += scale * (2 * x[j] * q * q);
  }
  return lac_sum(term, d);
}

static double regulariser(const logreg_params *o, size_t d, const double *x, double *g)
{
  double sum = 0;
  if (o->reg == L2) {
    lac_axpy(d, o->lambda, x, g);
    return o->lambda / 2 * lac_norm_sq(d, x);
  }
  if (o->reg == NONCONVEX)
    for (size_t j = 0; j < d; j += LAC_BLOCK)
      sum += nonconvex(d - j < LAC_BLOCK ? d - j : LAC_BLOCK, x + j, o->lambda, g + j);
  return o->lambda * sum;
}

static int logreg_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  lac_rows_value_grad(shard, x, logistic, f, g);
  *f += regulariser(p->params, p->d, x, g);
  return LAC_OK;
}

static int logreg_batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f,
                             double *g)
{
  lac_rows_batch_grad(shard, rows, count, x, logistic, f, g);
  *f += regulariser(p->params, p->d, x, g);
  return LAC_OK;
}

static size_t logreg_rows(const void *shard) { return ((const lac_rows *)shard)->m; }

/* The largest |second derivative| of the regulariser. */
static double bend(const logreg_params *o) { return o->reg == NONE ? 0 : o->reg == L2 ? o->lambda : 2 * o->lambda; }

/* A'A v / (4m) + c v */
static int logreg_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  const logreg_params *o = p->params;
  double c = bend(o);
  lac_rows_gram(shard, v, out);
  for (size_t j = 0; j < p->d; j++)
    out[j] = out[j] / 4 + c * v[j];
  return LAC_OK;
}

static int logreg_row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  const logreg_params *o = p->params;
  *L = lac_rows_longest_sq(shard) / 4 + bend(o);
  return LAC_OK;
}

static size_t logreg_bytes(const void *shard) { return lac_rows_bytes(shard); }

const lac_problem_type lac_problem_logreg = {
  .name = "logreg",
  .summary = "logistic regression for two classes, with an l2, a nonconvex or no regulariser",
  .reference = "nonconvex regulariser: Richtarik, Sokolov, Fatkhullin, EF21, NeurIPS 2021",
  .options = options,
  .params_size = sizeof(logreg_params),
  .labels = LAC_TWO_CLASSES,
  .open = logreg_open,
  .load = logreg_load,
  .unload = logreg_unload,
  .value_grad = logreg_value_grad,
  .batch_grad = logreg_batch_grad,
  .shard_rows = logreg_rows,
  .curvature = logreg_curvature,
  .row_smoothness = logreg_row_smoothness,
  .shard_bytes = logreg_bytes,
};
