/* optimum.h: the solution of a problem. */
#ifndef LAC_OPTIMUM_H
#define LAC_OPTIMUM_H

#include "run/run.h"

/* Up to this d, what is solved by a matrix. */
enum { LAC_AFFINE_MOST = 2000 };

/* Whether a d x d matrix is made: affine gradients, saddle points and constraints. */
int lac_solves_by_matrix(const lac_run *r);

/* Find x*: of a linear system when the gradient is affine; of a saddle point or with a constraint the zero of x - prox(x - F(x)) that
   extragradient and Newton's method reach from x0; else by minimising from x0.  Fills x_star, f_star and star_grad_norm_sq, which is |F|^2
   and with a constraint not small.  ENOTSUP when none is found to rounding.  Collective. */
int lac_run_solve(lac_run *r);

#endif
