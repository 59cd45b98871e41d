/* theory.h: constants of a problem and a compressor, and the step sizes made of them. */
#ifndef LAC_THEORY_H
#define LAC_THEORY_H

#include "options.h"

struct lac_env;

/* Constants of f = (1/n) sum f_i: f is L-smooth, f_i is L_i-smooth.  L <= L_am <= L_qm <= L_max. */
typedef struct {
  double L;
  double L_am;      /* (1/n) sum L_i */
  double L_qm;      /* sqrt((1/n) sum L_i^2), "L tilde" of the EF21 paper */
  double L_max;
} lac_smoothness;

/* Compute them (once a run; Lanczos on the problem's curvature, relative error below 1e-12).  Collective.
   ENOTSUP when the problem knows none. */
int lac_smoothness_of(const struct lac_env *e, lac_smoothness *out);
/* mu of the problem, or ENOTSUP. */
int lac_convexity_of(const struct lac_env *e, double *mu);
/* Constants of the uplink compressor, or ENOTSUP. */
int lac_alpha_of(const struct lac_env *e, double *alpha);
int lac_omega_of(const struct lac_env *e, double *omega);
/* And of the downlink compressor. */
int lac_down_alpha_of(const struct lac_env *e, double *alpha);
int lac_down_omega_of(const struct lac_env *e, double *omega);

/* xi(alpha) = sqrt(1-alpha) / (1 - sqrt(1-alpha)), 0 at alpha = 1.
   It is sqrt(beta/theta) of EF21: theta = 1 - sqrt(1-alpha), beta = (1-alpha)/theta. */
double lac_xi(double alpha);

/* A rule computes a step size from the constants.  Collective.  ENOTSUP names what is missing. */
typedef int (*lac_rule)(const struct lac_env *e, double *gamma);

/* Give step->value its number: a number stays; "theory" is `own`; the rules below go by their own names.
   `own` may be NULL: the method has no theory of its own. */
int lac_step_resolve(const struct lac_env *e, lac_step *step, lac_rule own);

/* "theory-qm": 1/(L + L_qm xi(alpha)), EF21, Theorem 1 (Richtarik, Sokolov, Fatkhullin 2021). */
int lac_theory_qm(const struct lac_env *e, double *gamma);
/* "theory-am": 1/(L + L_am xi(alpha)), "EF21 reloaded" (Richtarik, Gasanov, Burlachenko 2024). */
int lac_theory_am(const struct lac_env *e, double *gamma);

#endif
