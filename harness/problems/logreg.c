/* logreg.c: logistic regression, the labels b_r in {-1, +1} of m rows a_r:

     f_i(x) = (1/m) sum_r log(1 + exp(-b_r a_r.x)) + reg(x)             reg: regulariser.h

   The second derivative of log(1 + exp(-t)) lies in (0, 1/4]. */
#include "parts/linear.h"
#include "elementary.h"

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

/* The lower label becomes -1 and the higher +1. */
static int logreg_load(const lac_problem *p, uint32_t client, void **shard)
{
  LAC_TRY(linear_load(p, client, shard));
  const lac_rows *rows = *shard;
  double lower = lac_data_about(p->data)->label[0];
  for (size_t r = 0; r < rows->m; r++)
    rows->y[r] = rows->y[r] == lower ? -1 : 1;
  return LAC_OK;
}

/* Loss and slope of many rows at once: no branch, no call. */
LAC_VECTORISED
static double logistic(const double *y, double *z, size_t m)
{
  double loss[LAC_LINK_ROWS];
  for (size_t r = 0; r < m; r++)
    loss[r] = lac_exp_minus_f64(fabs(y[r] * z[r]));
  for (size_t r = 0; r < m; r++) {
    double slope;
    loss[r] = lac_softplus_minus(y[r] * z[r], loss[r], &slope);
    z[r] = -y[r] * slope;
  }
  return lac_sum(loss, m);
}

static lac_linear linear_of(const lac_problem *p, const lac_rows *rows)
{
  (void)rows;
  return (lac_linear){ .link = logistic, .scale = 1, .bend = 0.25, .reg = &((const logreg_params *)p->params)->reg };
}

const lac_problem_type lac_problem_logreg = {
  .name = "logreg",
  .summary = "logistic regression for two classes, with an l2, a nonconvex or no regulariser",
  .reference = "nonconvex regulariser: Richtarik, Sokolov, Fatkhullin, EF21, NeurIPS 2021",
  .options = options,
  .params_size = sizeof(logreg_params),
  .labels = LAC_TWO_CLASSES,
  .open = logreg_open,
  .load = logreg_load,
  LINEAR_SLOTS,
};
