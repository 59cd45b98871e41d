/* links.c: links of rows (rows.h), and what labels they ask for. */
#include "links.h"

#include "elementary.h"

LAC_VECTORISED
double lac_residual(const double *y, double *z, size_t m)
{
  double loss[LAC_LINK_ROWS];
  for (size_t r = 0; r < m; r++) {
    z[r] -= y[r];
    loss[r] = 0.5 * z[r] * z[r];
  }
  return lac_sum(loss, m);
}

/* ---- logistic ---- */

int lac_logistic_check(const lac_problem *p, const char *instead)
{
  const lac_data_info *info = lac_data_about(p->data);
  if (info->classes == 2)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--problem=%s needs two distinct labels, but dataset %s has %u%s; take a data set of two classes or "
                  "--problem=%s", p->type->name, info->name, (unsigned)info->classes, info->classes >= 1000 ? " or more" : "", instead);
}

void lac_logistic_signs(const lac_problem *p, lac_rows *rows)
{
  double lower = lac_data_about(p->data)->label[0];
  for (size_t r = 0; r < rows->m; r++)
    rows->y[r] = rows->y[r] == lower ? -1 : 1;
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

/* No branch, no call.  log(1 + exp(-t)) = max(-t, 0) + log(1 + e), e = exp(-|t|), |t| = |z|.  Two
   loops, since a core has more rows of a short one under way. */
LAC_VECTORISED
double lac_logistic(const double *y, double *z, size_t m)
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

uint64_t lac_logistic_right(const double *y, const double *z, size_t m)
{
  uint64_t right = 0;
  for (size_t r = 0; r < m; r++)
    right += y[r] > 0 ? z[r] > 0 : z[r] <= 0;      /* NaN is neither */
  return right;
}
