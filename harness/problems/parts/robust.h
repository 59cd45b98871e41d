/* robust.h: what problems share that fit a linear model against an adversary, who moves all rows of all clients by one r:

     min_w max_{|r| <= radius} (1/n) sum f_i,   f_i(w, r) = (1/m) sum_j phi(w.(a_j + r), y_j) + lambda/2 |w|^2 - beta/2 |r|^2

   x = (w, r), as many coordinates each as a row has.  With s = phi' at the margins, the mean over the rows,

     F_i = (mean(s a) + mean(s) r + lambda w,  beta r - mean(s) w)

   The constraint is a ball for r and, where `bound` > 0, |w| <= bound.  f_i is convex in w, and in r it is concave while
   mean(phi'') |w|^2 <= beta.  With phi'' <= bend and |w| <= bound, f_i - lambda/2 |w|^2 is convex in w, and
   f_i + (beta - bend bound^2)/2 |r|^2 concave in r: F_i is min(lambda, beta - bend bound^2)-strongly monotone on the domain, as the
   operator of a convex-concave function is monotone.

   One r for all rows is the form of Beznosikov, Scutari, Rogozin, Gasnikov 2021; others print an r_j a row.  A problem says what it is by

     static lac_robust robust_of(void); */
#ifndef LAC_ROBUST_H
#define LAC_ROBUST_H

#include "domain.h"
#include "links.h"
#include "vec.h"

#include <math.h>

typedef struct { lac_link link; lac_right right; double bend; } lac_robust;

static lac_robust robust_of(void);

enum { ROBUST_L2, ROBUST_LINF };
typedef struct { double lambda, beta, radius, bound; int ball; } robust_params;

static const lac_option robust_options[] = {
  { "lambda", LAC_REAL, offsetof(robust_params, lambda), "0.1", ">=0", NULL, "weight of |w|^2/2" },
  { "beta", LAC_REAL, offsetof(robust_params, beta), "1", ">0", NULL,
    "weight of -|r|^2/2; F is monotone where |w|^2 <= beta (robust_logreg: 4 beta)" },
  { "radius", LAC_REAL, offsetof(robust_params, radius), "0.1", ">=0", NULL, "how far the perturbation r may move the rows" },
  { "ball", LAC_CHOICE, offsetof(robust_params, ball), "l2", NULL, "l2|linf", "the norm of r in which radius is meant" },
  { "bound", LAC_REAL, offsetof(robust_params, bound), "0", ">=0", NULL, "largest Euclidean norm of w; 0: none" },
  { 0 }
};

static int robust_open(lac_problem *p)
{
  p->d = 2 * lac_data_about(p->data)->d;
  return LAC_OK;
}

static int robust_load(const lac_problem *p, uint32_t client, void **shard)
{
  lac_rows *rows;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  *shard = rows;
  return lac_rows_arrange(rows);
}

/* To every row, w.r is what a feature that is 1 has for its coordinate. */
static lac_intercept robust_shift(const lac_problem *p, const double *x)
{
  return (lac_intercept){ .x = lac_dot(p->d / 2, x, x + p->d / 2) };
}

/* From the mean of the losses and its gradient in w to f_i and F_i. */
static int robust_finish(const lac_problem *p, double slope, const double *x, double *f, double *g)
{
  const robust_params *o = p->params;
  size_t h = p->d / 2;
  *f += o->lambda / 2 * lac_norm_sq(h, x) - o->beta / 2 * lac_norm_sq(h, x + h);
  for (size_t j = 0; j < h; j++) {
    g[j] += slope * x[h + j] + o->lambda * x[j];
    g[h + j] = o->beta * x[h + j] - slope * x[j];
  }
  return LAC_OK;
}

static int robust_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  lac_intercept c = robust_shift(p, x);
  lac_rows_value_grad(shard, x, &c, robust_of().link, f, g);
  return robust_finish(p, c.g, x, f, g);
}

static int robust_batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f,
                             double *g)
{
  lac_intercept c = robust_shift(p, x);
  lac_rows_batch_grad(shard, rows, count, x, &c, robust_of().link, f, g);
  return robust_finish(p, c.g, x, f, g);
}

/* Rows are scored as the adversary moves them. */
static int robust_score(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  lac_intercept c = robust_shift(p, x);
  lac_rows_score(shard, x, &c, robust_of().link, robust_of().right, score);
  return LAC_OK;
}

static int robust_convexity(const lac_problem *p, double *mu)
{
  const robust_params *o = p->params;
  *mu = o->bound > 0 ? fmin(o->lambda, o->beta - robust_of().bend * o->bound * o->bound) : 0;
  return *mu > 0 ? LAC_OK : LAC_ENOTSUP;
}

static void robust_prox(const lac_problem *p, double gamma, double *x)
{
  (void)gamma;
  const robust_params *o = p->params;
  size_t h = p->d / 2;
  if (o->bound > 0)
    lac_project_ball(h, o->bound, x);
  (o->ball == ROBUST_L2 ? lac_project_ball : lac_project_box)(h, o->radius, x + h);
}

static lac_footprint robust_footprint(const lac_problem *p, double rows)
{
  return (lac_footprint){ .loading = rows + 8 * (double)p->d, .arranges = 1 };
}

#define ROBUST_SLOTS LAC_ROWS_SLOTS, .options = robust_options, .params_size = sizeof(robust_params), .saddle = 1,  \
  .value_grad = robust_value_grad, .batch_grad = robust_batch_grad, .score = robust_score,                          \
  .convexity = robust_convexity, .prox = robust_prox, .footprint = robust_footprint

#endif
