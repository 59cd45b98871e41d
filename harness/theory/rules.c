/* Step sizes made of the constants (theory.h). */
#include "run/run.h"

#include <math.h>

double lac_xi(double alpha)
{
  double s = sqrt(1 - alpha);
  return s / (1 - s);
}

int lac_theory_qm(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + c.L_qm * lac_xi(alpha));
  return LAC_OK;
}

int lac_theory_am(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + c.L_am * lac_xi(alpha));
  return LAC_OK;
}

static int rare_step(const lac_env *e, double alpha, double *gamma)
{
  lac_smoothness s;
  double L_plus, c, r;
  LAC_TRY(lac_smoothness_of(e, &s));
  LAC_TRY(lac_L_plus_of(e, &L_plus));
  LAC_TRY(lac_rare_of(e, &c, &r));
  *gamma = 1 / (s.L + L_plus * lac_xi(alpha) * sqrt(c / e->n));
  return LAC_OK;
}

int lac_theory_rare(const lac_env *e, double *gamma)
{
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  return rare_step(e, alpha, gamma);
}

int lac_theory_rare_r(const lac_env *e, double *gamma)
{
  double alpha, c, r;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_rare_of(e, &c, &r));
  lac_site s = lac_lane_site(e, LAC_UP, (size_t)r);
  if (!s.stage->type->local)
    return lac_fail(LAC_ENOTSUP, "this is for a compressor that keeps to the nonzero entries of a vector, such as topk");
  if (!lac_refuse(&s))
    LAC_TRY(lac_alpha(&s, &alpha));
  return rare_step(e, alpha, gamma);
}

const lac_step_rule lac_step_rules[] = {
  { "theory-qm", "1/(L + L_qm xi)", lac_theory_qm },
  { "theory-am", "1/(L + L_am xi)", lac_theory_am },
  { "theory-rare", "1/(L + L_plus xi sqrt(c/n))", lac_theory_rare },
  { "theory-rare-r", "the same with the alpha of r coordinates", lac_theory_rare_r },
  { 0 }
};

int lac_step_resolve(const lac_env *e, lac_step *step, lac_rule own)
{
  const char *method = e->run->recipe.spec.name;      /* the name that was given, which may stand for another */
  lac_rule rule = strcmp(step->rule, "theory") == 0 ? own : NULL;
  if (!*step->rule)
    return LAC_OK;
  for (const lac_step_rule *r = lac_step_rules; r->name; r++)
    if (strcmp(step->rule, r->name) == 0)
      rule = r->rule;
  if (!rule)
    return lac_fail(LAC_EUSER, "%s has no step-size rule '%s' here; give a number, or theory-qm, theory-am, theory-rare or theory-rare-r",
                    method, step->rule);
  LAC_TRY(lac_context(rule(e, &step->value), "%s: step size %s", method, step->rule));
  step->value *= step->factor;
  if (!isfinite(step->value) || step->value <= 0)
    return lac_fail(LAC_ENOTSUP, "%s: step size %s is not a positive number here (the gradient is constant); give a number", method,
                    step->rule);
  return LAC_OK;
}
