/* logreg.c: logistic regression, the labels b_r in {-1, +1} of m rows a_r:

     f_i(x) = (1/m) sum_r log(1 + exp(-b_r a_r.x)) + reg(x)             reg: regulariser.h

   The second derivative of log(1 + exp(-t)) lies in (0, 1/4]. */
#include "parts/regulariser.h"
#include "parts/softplus.h"

typedef struct { lac_regulariser reg; } logreg_params;

static const lac_option options[] = { LAC_REGULARISER_OPTIONS(logreg_params, reg, "none", "0.1"), { 0 } };

static int logreg_open(lac_problem *p)
{
  const logreg_params *o = p->params;
  LAC_TRY(lac_regulariser_check(&o->reg, "--problem=logreg", 0.1));
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
  LAC_TRY(lac_rows_arrange(rows));
  return ((const logreg_params *)p->params)->reg.over == LAC_OVER_TOUCHED ? lac_rows_touch(rows) : LAC_OK;
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

static double regularise(const lac_problem *p, const lac_rows *rows, const double *x, double *g)
{
  return lac_regulariser_value_grad(&((const logreg_params *)p->params)->reg, rows->touched, p->d, x, g);
}

static int logreg_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  lac_rows_value_grad(shard, x, logistic, f, g);
  *f += regularise(p, shard, x, g);
  return LAC_OK;
}

static int logreg_batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f,
                             double *g)
{
  lac_rows_batch_grad(shard, rows, count, x, logistic, f, g);
  *f += regularise(p, shard, x, g);
  return LAC_OK;
}

static size_t logreg_rows(const void *shard) { return ((const lac_rows *)shard)->m; }

/* A'A v / (4m), and the regulariser's. */
static int logreg_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  lac_rows_gram(shard, v, out);
  for (size_t j = 0; j < p->d; j++)
    out[j] /= 4;
  lac_regulariser_curvature(&((const logreg_params *)p->params)->reg, ((const lac_rows *)shard)->touched, p->d, v, out);
  return LAC_OK;
}

static int logreg_support(const lac_problem *p, const void *shard, uint8_t *touched)
{
  lac_rows_touched(shard, touched);
  if (lac_regulariser_everywhere(&((const logreg_params *)p->params)->reg))
    memset(touched, 1, p->d);
  return LAC_OK;
}

static int logreg_row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  *L = lac_rows_longest_sq(shard) / 4 + lac_regulariser_bend(&((const logreg_params *)p->params)->reg);
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
  .support = logreg_support,
  .row_smoothness = logreg_row_smoothness,
  .shard_bytes = logreg_bytes,
};
