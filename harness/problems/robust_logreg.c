/* robust_logreg.c: logistic regression against an adversary (robust.h), m rows a_j with labels y_j in {-1, +1}:

     f_i(w, r) = (1/m) sum_j log(1 + exp(-y_j w.(a_j + r))) + lambda/2 |w|^2 - beta/2 |r|^2,   |r| <= radius */
#include "parts/robust.h"

static lac_robust robust_of(void) { return (lac_robust){ .link = lac_logistic, .right = lac_logistic_right, .bend = 0.25 }; }

static int robust_logreg_open(lac_problem *p)
{
  LAC_TRY(lac_logistic_check(p, "robust_lsq"));
  return robust_open(p);
}

static int robust_logreg_load(const lac_problem *p, uint32_t client, void **shard)
{
  LAC_TRY(robust_load(p, client, shard));
  lac_logistic_signs(p, *shard);
  return LAC_OK;
}

const lac_problem_type lac_problem_robust_logreg = {
  .name = "robust_logreg",
  .summary = "a saddle point: logistic regression, against a perturbation of all rows in a ball",
  .reference = "Beznosikov, Scutari, Rogozin, Gasnikov, NeurIPS 2021, arXiv:2107.10706",
  .labels = LAC_TWO_CLASSES,
  .open = robust_logreg_open,
  .load = robust_logreg_load,
  ROBUST_SLOTS,
};
