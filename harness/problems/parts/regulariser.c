#include "regulariser.h"
#include "rows.h"
#include "vec.h"

int lac_regulariser_check(const lac_regulariser *r, const char *what, double default_lambda)
{
  if (r->kind != LAC_REG_NONE || (r->lambda == default_lambda && r->over == LAC_OVER_ALL))
    return LAC_OK;
  return lac_fail(LAC_EUSER, "%s: %s has no effect with reg=none; add reg=l2 or reg=nonconvex", what,
                  r->lambda == default_lambda ? "over" : "lambda");
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

static double over_all(const lac_regulariser *r, size_t d, const double *x, double *g)
{
  double sum = 0;
  if (r->kind == LAC_REG_L2) {
    lac_axpy(d, r->lambda, x, g);
    return r->lambda / 2 * lac_norm_sq(d, x);
  }
  for (size_t j = 0; j < d; j += LAC_BLOCK)
    sum += nonconvex(d - j < LAC_BLOCK ? d - j : LAC_BLOCK, x + j, r->lambda, g + j);
  return r->lambda * sum;
}

static double over_touched(const lac_regulariser *r, const uint8_t *touched, size_t d, const double *x, double *g)
{
  double sum = 0;
  for (size_t j = 0; j < d; j++)
    if (touched[j])
      sum += over_all(r, 1, x + j, g + j);
  return sum;
}

double lac_regulariser_value_grad(const lac_regulariser *r, const uint8_t *touched, size_t d, const double *x, double *g)
{
  if (r->kind == LAC_REG_NONE || r->lambda == 0)
    return 0;
  return touched ? over_touched(r, touched, d, x, g) : over_all(r, d, x, g);
}

double lac_regulariser_bend(const lac_regulariser *r)
{
  return r->kind == LAC_REG_NONE ? 0 : r->kind == LAC_REG_L2 ? r->lambda : 2 * r->lambda;
}

void lac_regulariser_curvature(const lac_regulariser *r, const uint8_t *touched, size_t d, const double *v, double *out)
{
  double bend = lac_regulariser_bend(r);
  if (!touched)
    lac_axpy(d, bend, v, out);
  for (size_t j = 0; touched && j < d; j++)
    out[j] += touched[j] ? bend * v[j] : 0;
}

int lac_regulariser_everywhere(const lac_regulariser *r)
{
  return r->kind != LAC_REG_NONE && r->lambda > 0 && r->over == LAC_OVER_ALL;
}
