/* weights.h: f = sum w_i f_i.  The harness sees it as the mean (1/n) sum of the functions n w_i f_i: values, gradients, curvature and
   constants of a client are those of n w_i f_i everywhere; of a method, see lac_weighing in algorithm.h. */
#ifndef LAC_RUN_WEIGHTS_H
#define LAC_RUN_WEIGHTS_H

#include "run/run.h"

/* --weights, once the problem is open: instance.weight.  EUSER, ENOMEM. */
int lac_weights_open(lac_run *r);

/* n w_i. */
static inline double lac_weight_in_f(const lac_run *r, uint32_t client) { return r->instance.weight ? r->instance.weight[client] : 1; }

/* x *= n w_i; with uniform weights nothing is multiplied. */
static inline void lac_weigh(const lac_run *r, uint32_t client, size_t size, double *x)
{
  double w = lac_weight_in_f(r, client);
  for (size_t j = 0; w != 1 && j < size; j++)
    x[j] *= w;
}

/* Of n w_i f_i, for a client of this rank: value and gradient at x; the product with its curvature. */
int lac_client_value_grad(lac_run *r, uint32_t client, const double *x, double *f, double *g);
int lac_client_curvature(lac_run *r, uint32_t client, const double *v, double *out);

#endif
