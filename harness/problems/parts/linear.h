/* linear.h: what problems share that see x through one number a row,

     f_i(x) = (s/m) sum_r phi(a_r.x, y_r) + reg(x),     |phi''| <= bend

   Such a problem describes itself by

     static lac_linear linear_of(const lac_problem *p, const lac_rows *rows);

   LINEAR_SLOTS are all its slots but open and load, and linear_load is a load that leaves the labels as they are. */
#ifndef LAC_LINEAR_H
#define LAC_LINEAR_H

#include "regulariser.h"
#include "rows.h"

#include <string.h>

typedef struct {
  lac_link link;
  lac_right right;                   /* NULL: nothing is classified */
  double scale, bend;                /* s, and the bound of |phi''| */
  const lac_regulariser *reg;
} lac_linear;

static lac_linear linear_of(const lac_problem *p, const lac_rows *rows);

static void linear_times(double s, size_t d, double *g)
{
  for (size_t j = 0; s != 1 && j < d; j++)
    g[j] *= s;
}

/* A shard is the client's rows. */
static int linear_load(const lac_problem *p, uint32_t client, void **shard)
{
  lac_rows *rows;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  *shard = rows;
  LAC_TRY(lac_rows_arrange(rows));
  return linear_of(p, rows).reg->over == LAC_OVER_TOUCHED ? lac_rows_touch(rows) : LAC_OK;
}

/* The mean of phi becomes f_i. */
static int linear_finish(const lac_problem *p, const lac_linear *l, const lac_rows *rows, const double *x, double *f, double *g)
{
  *f *= l->scale;
  linear_times(l->scale, p->d, g);
  *f += lac_regulariser_value_grad(l->reg, rows->touched, p->d, x, g);
  return LAC_OK;
}

static int linear_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  lac_linear l = linear_of(p, shard);
  lac_rows_value_grad(shard, x, NULL, l.link, f, g);
  return linear_finish(p, &l, shard, x, f, g);
}

static int linear_batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f,
                             double *g)
{
  lac_linear l = linear_of(p, shard);
  lac_rows_batch_grad(shard, rows, count, x, NULL, l.link, f, g);
  return linear_finish(p, &l, shard, x, f, g);
}

/* A row's own loss is s phi. */
static int linear_clipped_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double most,
                               double *f, double *g)
{
  lac_linear l = linear_of(p, shard);
  lac_rows_clipped_grad(shard, rows, count, x, l.link, most / l.scale, f, g);
  return linear_finish(p, &l, shard, x, f, g);
}

/* A row's own loss: with s = m, f_i is the sum of them. */
static int linear_score(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  lac_linear l = linear_of(p, NULL);
  lac_rows_score(shard, x, NULL, l.link, l.right, score);
  score->loss *= l.scale;
  return LAC_OK;
}

/* s bend A'A v / m, and the regulariser's: the Hessian itself when phi'' is constant and reg is convex. */
static int linear_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  lac_linear l = linear_of(p, shard);
  lac_rows_gram(shard, v, out);
  linear_times(l.scale * l.bend, p->d, out);
  lac_regulariser_curvature(l.reg, ((const lac_rows *)shard)->touched, p->d, v, out);
  return LAC_OK;
}

static int linear_support(const lac_problem *p, const void *shard, uint8_t *touched)
{
  lac_rows_touched(shard, touched);
  if (lac_regulariser_everywhere(linear_of(p, shard).reg))
    memset(touched, 1, p->d);
  return LAC_OK;
}

static int linear_row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  lac_linear l = linear_of(p, shard);
  *L = l.scale * l.bend * lac_rows_longest_sq(shard) + lac_regulariser_bend(l.reg);
  return LAC_OK;
}

/* The loss is convex, and lambda/2 |x|^2 over all coordinates lambda-strongly convex. */
static int linear_convexity(const lac_problem *p, double *mu)
{
  const lac_regulariser *reg = linear_of(p, NULL).reg;
  *mu = reg->kind == LAC_REG_L2 && reg->over == LAC_OVER_ALL ? reg->lambda : 0;
  return *mu > 0 ? LAC_OK : LAC_ENOTSUP;
}

/* Sparse rows are arranged by a copy; what is touched is a byte a feature and client. */
static lac_footprint linear_footprint(const lac_problem *p, double rows)
{
  double touched = linear_of(p, NULL).reg->over == LAC_OVER_TOUCHED ? (double)p->d + 64 : 0;
  return (lac_footprint){ .shard = touched, .loading = rows + 16 * (double)p->d, .arranges = 1 };
}

#define LINEAR_SLOTS LAC_ROWS_SLOTS, .value_grad = linear_value_grad, .batch_grad = linear_batch_grad, \
  .clipped_grad = linear_clipped_grad, .curvature = linear_curvature, \
  .support = linear_support, .score = linear_score, .row_smoothness = linear_row_smoothness, \
  .convexity = linear_convexity, .footprint = linear_footprint

#endif
