/* lsq.c: least squares, m rows a_r with real labels b_r:

     f_i(x) = (s/2m) sum_r (a_r.x - b_r)^2 + reg(x)             s = 1, 2 or m; reg: regulariser.h */
#include "parts/linear.h"
#include "parts/links.h"

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

static lac_linear linear_of(const lac_problem *p, const lac_rows *rows)
{
  const lsq_params *o = p->params;
  double scale = o->scale == MEAN ? 2 : o->scale == HALF_SUM && rows ? (double)rows->m : 1;
  return (lac_linear){ .link = lac_residual, .scale = scale, .bend = 1, .reg = &o->reg };
}

const lac_problem_type lac_problem_lsq = {
  .name = "lsq",
  .summary = "least squares on real labels, with an l2, a nonconvex or no regulariser",
  .options = options,
  .params_size = sizeof(lsq_params),
  .labels = LAC_REAL_LABELS,
  .affine = 1,
  .open = lsq_open,
  .load = linear_load,
  LINEAR_SLOTS,
};
