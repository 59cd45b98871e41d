/* logreg.c: logistic regression, the labels b_r in {-1, +1} of m rows a_r:

     f_i(x) = (1/m) sum_r log(1 + exp(-b_r a_r.x)) + reg(x)             reg: regulariser.h

   The second derivative of log(1 + exp(-t)) lies in (0, 1/4]. */
#include "parts/linear.h"
#include "parts/links.h"

typedef struct { lac_regulariser reg; } logreg_params;

static const lac_option options[] = { LAC_REGULARISER_OPTIONS(logreg_params, reg, "none", "0.1"), { 0 } };

static int logreg_open(lac_problem *p)
{
  LAC_TRY(lac_regulariser_check(&((const logreg_params *)p->params)->reg, "--problem=logreg", 0.1));
  LAC_TRY(lac_logistic_check(p, "lsq"));
  p->d = lac_data_about(p->data)->d;
  return LAC_OK;
}

static int logreg_load(const lac_problem *p, uint32_t client, void **shard)
{
  LAC_TRY(linear_load(p, client, shard));
  lac_logistic_signs(p, *shard);
  return LAC_OK;
}

static lac_linear linear_of(const lac_problem *p, const lac_rows *rows)
{
  (void)rows;
  const lac_regulariser *reg = &((const logreg_params *)p->params)->reg;
  return (lac_linear){ .link = lac_logistic, .right = lac_logistic_right, .scale = 1, .bend = 0.25, .reg = reg };
}

const lac_problem_type lac_problem_logreg = {
  .name = "logreg",
  .summary = "logistic regression for two classes, with an l2, a nonconvex or no regulariser",
  .reference = "nonconvex regulariser: Richtarik, Sokolov, Fatkhullin, EF21, NeurIPS 2021, arXiv:2106.05203",
  .options = options,
  .params_size = sizeof(logreg_params),
  .labels = LAC_TWO_CLASSES,
  .open = logreg_open,
  .load = logreg_load,
  LINEAR_SLOTS,
};
