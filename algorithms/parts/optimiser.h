/* optimiser.h: the optimisers of the field, each a step on a vector x: of a client between two exchanges, or of a server.  g is a gradient
   or what stands for one; s = 1, 2, ... counts the steps, and m and v start at 0.

     sgd        x -= lr g
     momentum   m = beta1 m + g;                     x -= lr m                                  (Polyak 1964, as PyTorch's SGD)
     nesterov   m = beta1 m + g;                     x -= lr (g + beta1 m)                      (Nesterov 1983, as PyTorch's SGD)
     adam       m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
                x -= lr (m/(1 - beta1^s)) / (sqrt(v/(1 - beta2^s)) + eps)                       (Kingma, Ba, arXiv:1412.6980)
     adamw      x *= 1 - lr wd, and adam                                                        (Loshchilov, Hutter, arXiv:1711.05101)

   bias=no: adam and adamw without the two corrections, with m and v themselves. */
#ifndef LAC_OPTIMISER_H
#define LAC_OPTIMISER_H

#include "algorithm.h"
#include "elementary.h"

#include <math.h>

enum { ADAMW, SGD, MOMENTUM, NESTEROV, ADAM };
#define OPTIMISERS "adamw|sgd|momentum|nesterov|adam"

typedef struct { int kind, uncorrected; double lr, beta1, beta2, eps, wd; } optimiser;

/* For the option that chooses one, of a method whose parameters have an optimiser called `member`. */
#define OPTIMISER_CHOICE(type, member, name, fallback, help)                                                              \
  { name, LAC_CHOICE, offsetof(type, member.kind), fallback, NULL, OPTIMISERS, help }
/* And for those of its numbers; fallback: of lr. */
#define OPTIMISER_OPTIONS(type, member, fallback, help)                                                                   \
  { "lr", LAC_REAL, offsetof(type, member.lr), fallback, ">0", NULL, help, .step_size = 1 },                              \
  { "beta1", LAC_REAL, offsetof(type, member.beta1), "0.9", "[0,1)", NULL, "momentum of all but sgd" },                   \
  { "beta2", LAC_REAL, offsetof(type, member.beta2), "0.95", "[0,1)", NULL, "of the squares: adam, adamw" },              \
  { "eps", LAC_REAL, offsetof(type, member.eps), "1e-8", ">0", NULL, "added to the root: adam, adamw" },                  \
  { "wd", LAC_REAL, offsetof(type, member.wd), "0.1", ">=0", NULL, "weight decay: adamw" },                               \
  { "bias", LAC_CHOICE, offsetof(type, member.uncorrected), "yes", NULL, "yes|no", "correct the bias of the first steps: adam, adamw", \
    .later = 1 }

typedef void optimiser_step(const optimiser *o, uint64_t s, size_t d, const double *restrict g, double *restrict m, double *restrict v,
                            double *restrict x);

static void sgd_step(const optimiser *o, uint64_t s, size_t d, const double *restrict g, double *restrict m, double *restrict v,
                     double *restrict x)
{
  (void)s, (void)m, (void)v;
  lac_axpy(d, -o->lr, g, x);
}

LAC_VECTORISED
static void momentum_step(const optimiser *o, uint64_t s, size_t d, const double *restrict g, double *restrict m, double *restrict v,
                          double *restrict x)
{
  (void)s, (void)v;
  for (size_t j = 0; j < d; j++) {
    m[j] = o->beta1 * m[j] + g[j];
    x[j] -= o->lr * m[j];
  }
}

LAC_VECTORISED
static void nesterov_step(const optimiser *o, uint64_t s, size_t d, const double *restrict g, double *restrict m, double *restrict v,
                          double *restrict x)
{
  (void)s, (void)v;
  for (size_t j = 0; j < d; j++) {
    m[j] = o->beta1 * m[j] + g[j];
    x[j] -= o->lr * (g[j] + o->beta1 * m[j]);
  }
}

LAC_VECTORISED
static void adam_step(const optimiser *o, uint64_t s, size_t d, const double *restrict g, double *restrict m, double *restrict v,
                      double *restrict x)
{
  double fix1 = o->uncorrected ? 1 : 1 - lac_power(o->beta1, s), fix2 = o->uncorrected ? 1 : 1 - lac_power(o->beta2, s);
  double keep = o->kind == ADAMW ? 1 - o->lr * o->wd : 1;
  for (size_t j = 0; j < d; j++) {
    m[j] = o->beta1 * m[j] + (1 - o->beta1) * g[j];
    v[j] = o->beta2 * v[j] + (1 - o->beta2) * g[j] * g[j];
    x[j] = x[j] * keep - o->lr * (m[j] / fix1) / (sqrt(v[j] / fix2) + o->eps);
  }
}

/* Step s of d coordinates; sgd reads neither m nor v, momentum and nesterov no v. */
static inline void optimise(const optimiser *o, uint64_t s, size_t d, const double *g, double *m, double *v, double *x)
{
  static optimiser_step *const step[] = {
    [ADAMW] = adam_step, [SGD] = sgd_step, [MOMENTUM] = momentum_step, [NESTEROV] = nesterov_step, [ADAM] = adam_step };
  step[o->kind](o, s, d, g, m, v, x);
}

#endif
