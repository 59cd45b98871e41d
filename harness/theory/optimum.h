/* optimum.h: the solution of a problem. */
#ifndef LAC_OPTIMUM_H
#define LAC_OPTIMUM_H

#include "run/run.h"

/* Up to this d, a linear system is solved by its matrix. */
enum { LAC_AFFINE_MOST = 2000 };

/* Find x*: of a linear system when the gradient is affine, else by minimising from x0.  Fills x_star, f_star and star_grad_norm_sq.
   Collective. */
int lac_run_solve(lac_run *r);

#endif
