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

/* log(1 + q), q >= 0: 1 + q = 2^k v with 1 <= v < 2. */
static double log1p_any(double q)
{
  double v = 1 + q;
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  double k = (double)((int)(bits >> 52) - 1023);
  bits = (bits & 0xfffffffffffff) | (uint64_t)1023 << 52;
  memcpy(&v, &bits, sizeof v);
  double log_v = lac_log1p_unit(k > 0 ? v - 1 : q);
  return isfinite(q) ? k * 0x1.62e42fefa39efp-1 + log_v : q;
}

/* (1 + p)(1 + q) - 1 without the digits that the 1 would cost. */
static inline double join(double p, double q) { return (p + q) + p * q; }

/* sum_r linear_r + log(1 + e_r), m >= 1 numbers e_r up to 1.  The logarithm is that of a product, so that there is one for all rows.
   Quarters are joined number by number until one is left; zeros fill up the last, for which there is room. */
LAC_VECTORISED
static double sum_losses(double *e, double *linear, size_t m)
{
  for (size_t n; m > 1; m = n) {
    n = (m + 3) / 4;
    for (size_t r = m; r < 4 * n; r++)
      e[r] = linear[r] = 0;
    double *restrict p = e, *restrict l = linear;
    const double *restrict q = e + n, *restrict k = linear + n;
    for (size_t r = 0; r < n; r++) {
      p[r] = join(join(p[r], q[r]), join(q[n + r], q[2 * n + r]));
      l[r] = (l[r] + k[r]) + (k[n + r] + k[2 * n + r]);
    }
  }
  return linear[0] + log1p_any(e[0]);
}

/* Loss and slope of many rows at once: no branch, no call.  log(1 + exp(-t)) = max(-t, 0) + log(1 + e), e = exp(-|t|), |t| = |z|.  Two
   loops, since a core has more rows of a short one under way. */
LAC_VECTORISED
static double logistic(const double *y, double *z, size_t m)
{
  double e[LAC_LINK_ROWS], linear[LAC_LINK_ROWS];
  for (size_t r = 0; r < m; r++)
    e[r] = lac_exp_minus_f64(fabs(z[r]));
  for (size_t r = 0; r < m; r++) {
    double t = y[r] * z[r];
    linear[r] = t < 0 ? -t : 0;
    z[r] = -y[r] * ((t < 0 ? 1 : e[r]) / (1 + e[r]));
  }
  return sum_losses(e, linear, m);
}

/* The side of 0 that z lies on; 0 itself stands for the lower label, as of equal scores of classes the first counts. */
static uint64_t count_right(const double *y, const double *z, size_t m)
{
  uint64_t right = 0;
  for (size_t r = 0; r < m; r++)
    right += (z[r] > 0) == (y[r] > 0);
  return right;
}

static lac_linear linear_of(const lac_problem *p, const lac_rows *rows)
{
  (void)rows;
  return (lac_linear){ .link = logistic, .right = count_right, .scale = 1, .bend = 0.25, .reg = &((const logreg_params *)p->params)->reg };
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
