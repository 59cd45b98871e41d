/* robust_lsq.c: least squares against an adversary (robust.h), m rows a_j with real labels y_j:

     f_i(w, r) = (1/2m) sum_j (w.(a_j + r) - y_j)^2 + lambda/2 |w|^2 - beta/2 |r|^2,   |r| <= radius */
#include "parts/robust.h"

static lac_robust robust_of(void) { return (lac_robust){ .link = lac_residual, .bend = 1 }; }

const lac_problem_type lac_problem_robust_lsq = {
  .name = "robust_lsq",
  .summary = "a saddle point: least squares, against a perturbation of all rows in a ball",
  .reference = "Beznosikov, Scutari, Rogozin, Gasnikov, NeurIPS 2021, arXiv:2107.10706",
  .labels = LAC_REAL_LABELS,
  .open = robust_open,
  .load = robust_load,
  ROBUST_SLOTS,
};
