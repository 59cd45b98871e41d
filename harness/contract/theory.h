/* theory.h: constants of a problem and a compressor, and the step sizes made of them.  What a method may call: a contract header declares
   what others define (here harness/theory/), so that a plug-in sees no other header of the harness. */
#ifndef LAC_THEORY_H
#define LAC_THEORY_H

#include "compressor.h"

struct lac_env;

/* Constants of f = (1/n) sum f_i: f is L-smooth, f_i is L_i-smooth.  L <= L_am <= L_qm <= L_max.  With --weights, here and below f_i
   stands for n w_i f_i. */
typedef struct {
  double L;
  double L_am;      /* (1/n) sum L_i */
  double L_qm;      /* sqrt((1/n) sum L_i^2), "L tilde" of the EF21 paper */
  double L_max;
} lac_smoothness;

/* Compute them (once a run; Lanczos on the problem's curvature, relative error below 1e-12).  Collective.
   ENOTSUP when the problem knows none. */
int lac_smoothness_of(const struct lac_env *e, lac_smoothness *out);
/* All n of them, known to every rank; they live as long as the run.  Collective like lac_smoothness_of. */
int lac_client_smoothness_of(const struct lac_env *e, const double **L);
/* Lcal_i <= max_j L_ij, the smoothness of single rows: (1/n) sum (1-p) Lcal_i^2/tau_i for batches of tau_i rows.  Collective.
   ENOTSUP when the problem knows none. */
int lac_row_smoothness_of(const struct lac_env *e, double p, double *Lcal_sq);
/* (1/n) sum tau_i/(tau_i + m_i) for batches of tau_i of m_i rows; without --batch 1/2.  Collective. */
int lac_batch_share_of(const struct lac_env *e, double *share);
/* L_+: (1/n) sum |grad f_i(x) - grad f_i(y)|^2 <= L_+^2 |x - y|^2.  With Hessians that do not change it is the smallest, the root of
   lambda_max((1/n) sum M_i^2).  Else the root of lambda_max((1/n) sum L_i M_i): -M <= H <= M gives (u'Hv)^2 <= u'Mu v'Mv, and with
   u = Hv, |Hv|^2 <= L_i v'Mv.  That is at most L_qm^2, and at most (c/n) max L_i^2 when c clients touch a coordinate.  Collective. */
int lac_L_plus_of(const struct lac_env *e, double *L_plus);
/* L_+-: as L_+ for (1/n) sum |grad f_i(x) - grad f_i(y)|^2 - |grad f(x) - grad f(y)|^2, the root of lambda_max((1/n) sum M_i^2 - M^2) where
   Hessians do not change (Szlendak, Tyurin, Richtarik 2021); else L_+, which is no less.  Collective. */
int lac_L_pm_of(const struct lac_env *e, double *L_pm);
/* Rare features: *c, the most clients that depend on one coordinate; *r, the most coordinates that one client depends on.  Collective.
   ENOTSUP when the problem does not know. */
int lac_rare_of(const struct lac_env *e, double *c, double *r);
/* x*, found before round 0 for methods with .needs_solution. */
int lac_solution_of(const struct lac_env *e, const double **x);
/* The probability that a client takes part in a round and is heard; where clients differ, the least. */
double lac_participation_of(const struct lac_env *e);
/* mu of the problem, or ENOTSUP. */
int lac_convexity_of(const struct lac_env *e, double *mu);
/* Constants of the compressor of a lane, or ENOTSUP. */
int lac_alpha_of(const struct lac_env *e, lac_lane lane, double *alpha);
int lac_omega_of(const struct lac_env *e, lac_lane lane, double *omega);
/* Of the uplink: E|(1/n) sum C_i(x_i) - mean x_i|^2 <= A (1/n) sum |x_i|^2 - B |mean x_i|^2 (Szlendak, Tyurin, Richtarik 2021):
   A = omega/n, B = 0 for compressors with draws of their own.  ENOTSUP: biased. */
int lac_ab_of(const struct lac_env *e, double *A, double *B);

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
/* "theory-rare": 1/(L + L_+ xi(alpha) sqrt(c/n)), EF21 with rare features (Richtarik, Gasanov, Burlachenko 2023, arXiv:2305.15264). */
int lac_theory_rare(const struct lac_env *e, double *gamma);
/* "theory-rare-r": with alpha of the r coordinates that a client depends on, for a compressor that is `local`: gradient and estimate of a
   client are zero elsewhere, so Top-1 contracts by 1/r.  The bits in that paper's abstract are with this step.  ENOTSUP else. */
int lac_theory_rare_r(const struct lac_env *e, double *gamma);

/* The rules that every method knows by name; the last one has none. */
typedef struct { const char *name, *formula; lac_rule rule; } lac_step_rule;
extern const lac_step_rule lac_step_rules[];

#endif
