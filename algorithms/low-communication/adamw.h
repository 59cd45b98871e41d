/* adamw.h: AdamW (Loshchilov, Hutter, ICLR 2019): decoupled weight decay, bias correction.  Step s = 1, 2, ... of one client:

     m = beta1 m + (1-beta1) g;   v = beta2 v + (1-beta2) g^2
     theta = theta (1 - lr wd) - lr (m / (1 - beta1^s)) / (sqrt(v / (1 - beta2^s)) + eps) */
#ifndef LAC_ADAMW_H
#define LAC_ADAMW_H

#include "algorithm.h"
#include "elementary.h"

#include <math.h>

typedef struct { double lr, beta1, beta2, eps, wd; } adamw_params;

/* For the options of a method whose parameters have an adamw_params called `member`. */
#define ADAMW_OPTIONS(type, member)                                                                                      \
  { "lr", LAC_REAL, offsetof(type, member.lr), "0.01", ">0", NULL, "inner step size" },                                  \
  { "beta1", LAC_REAL, offsetof(type, member.beta1), "0.9", "[0,1)", NULL, "AdamW" },                                    \
  { "beta2", LAC_REAL, offsetof(type, member.beta2), "0.95", "[0,1)", NULL, "AdamW" },                                   \
  { "eps", LAC_REAL, offsetof(type, member.eps), "1e-8", ">0", NULL, "AdamW" },                                          \
  { "wd", LAC_REAL, offsetof(type, member.wd), "0.1", ">=0", NULL, "AdamW, weight decay" }

LAC_VECTORISED
static void adamw(const adamw_params *p, uint64_t step, size_t d, const double *restrict g, double *restrict m, double *restrict v,
                  double *restrict theta)
{
  double fix1 = 1 - lac_power(p->beta1, step), fix2 = 1 - lac_power(p->beta2, step), keep = 1 - p->lr * p->wd;
  for (size_t j = 0; j < d; j++) {
    m[j] = p->beta1 * m[j] + (1 - p->beta1) * g[j];
    v[j] = p->beta2 * v[j] + (1 - p->beta2) * g[j] * g[j];
    theta[j] = theta[j] * keep - p->lr * (m[j] / fix1) / (sqrt(v[j] / fix2) + p->eps);
  }
}

#endif
