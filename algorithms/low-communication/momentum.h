/* momentum.h: what EF21-SGDM and EF21-SGD2M share: averages of gradients, kept by the client. */
#ifndef LAC_MOMENTUM_H
#define LAC_MOMENTUM_H

#include "algorithms/error-feedback/ef21.h"

enum { V = EF21_CLIENT_VECS, MOMENTUM_CLIENT_VECS };

/* Parameters of a method begin with these. */
typedef struct { ef21_params ef21; double eta; } momentum_params;
#define MOMENTUM_ETA { "eta", LAC_REAL, offsetof(momentum_params, eta), "0.1", "(0,1]", NULL, "weight of the new gradient" }

/* average += eta (value - average); in round 0 it is the value. */
static inline void move_average(const lac_env *e, const double *value, double *average)
{
  double eta = e->round == 0 ? 1 : ((const momentum_params *)e->params)->eta;
  for (size_t j = 0; j < e->d; j++)
    average[j] = (1 - eta) * average[j] + eta * value[j];
}

/* 1/(of_L(eta) L + L_am xi(alpha)) */
static inline int momentum_theory(const lac_env *e, double (*of_L)(double eta), double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (of_L(((const momentum_params *)e->params)->eta) * c.L + c.L_am * lac_xi(alpha));
  return LAC_OK;
}

#endif
