/* f* and x* on request, every rank in step with the others: a linear system when the gradient is affine, BFGS of GSL when not. */
#include "theory/optimum.h"

#include "run/mean.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>

typedef struct { lac_run *run; double *x, *g; int status; } objective;

static void value_grad(const gsl_vector *at, void *self, double *f, gsl_vector *grad)
{
  objective *o = self;
  for (size_t j = 0; j < at->size; j++)
    o->x[j] = gsl_vector_get(at, j);
  *f = GSL_NAN;
  if (o->status == LAC_OK)
    o->status = lac_run_evaluate(o->run, o->x, f, o->g);
  for (size_t j = 0; grad && j < at->size; j++)
    gsl_vector_set(grad, j, o->g[j]);
}

static double value(const gsl_vector *at, void *self)
{
  double f;
  value_grad(at, self, &f, NULL);
  return f;
}

static void gradient(const gsl_vector *at, void *self, gsl_vector *grad)
{
  double f;
  value_grad(at, self, &f, grad);
}

/* Line searches end for want of digits before the gradient does, so restart until a restart brings nothing. */
static int minimise(gsl_multimin_fdfminimizer *m, gsl_multimin_function_fdf *f, gsl_vector *x)
{
  objective *o = f->params;
  double last = HUGE_VAL;
  for (int restart = 0; restart < 50 && o->status == LAC_OK; restart++) {
    gsl_multimin_fdfminimizer_set(m, f, x, 0.1, 0.1);
    for (int i = 0; i < 5000 && o->status == LAC_OK && gsl_blas_dnrm2(m->gradient) > 0; i++)
      if (gsl_multimin_fdfminimizer_iterate(m) != GSL_SUCCESS)
        break;
    gsl_vector_memcpy(x, m->x);
    double now = gsl_blas_dnrm2(m->gradient);
    if (!(now < 0.5 * last))
      break;
    last = now;
  }
  return o->status;
}

static int store_solution(lac_run *r, objective *o, const gsl_vector *x)
{
  size_t d = r->env.d;
  r->instance.x_star = lac_alloc(d * sizeof(double));
  LAC_TRY(lac_comm_agree(r->comm, r->instance.x_star ? LAC_OK : LAC_ENOMEM));
  for (size_t j = 0; j < d; j++)
    r->instance.x_star[j] = gsl_vector_get(x, j);
  LAC_TRY(lac_run_evaluate(r, r->instance.x_star, &r->instance.f_star, o->g));
  r->instance.star_grad_norm_sq = lac_norm_sq(d, o->g);
  return LAC_OK;
}

/* ---- affine: G x = -g(0), one column of G an evaluation; then once more for what rounding left ---- */

static int fill_system(objective *o, gsl_matrix *G, gsl_vector *rest)
{
  double f;
  size_t d = rest->size;
  lac_zero(d, o->x);
  LAC_TRY(lac_run_evaluate(o->run, o->x, &f, o->g));
  for (size_t i = 0; i < d; i++)
    gsl_vector_set(rest, i, -o->g[i]);
  for (size_t j = 0; j < d; j++) {
    o->x[j] = 1;
    LAC_TRY(lac_run_evaluate(o->run, o->x, &f, o->g));
    o->x[j] = 0;
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(G, i, j, o->g[i] + gsl_vector_get(rest, i));
  }
  return LAC_OK;
}

/* Of several solutions the one of least norm, by a decomposition that reveals the rank. */
typedef struct {
  gsl_matrix *G;
  gsl_permutation *p;
  gsl_vector *Q, *Z, *rest, *step, *left;
} linear;

static int solve_system(objective *o, linear *s, gsl_vector *x)
{
  size_t d = x->size, rank;
  double f;
  LAC_TRY(fill_system(o, s->G, s->rest));
  gsl_vector_set_zero(x);
  if (gsl_linalg_COD_decomp(s->G, s->Q, s->Z, s->p, &rank, s->left) != GSL_SUCCESS)
    return lac_fail(LAC_ENOTSUP, "--optimum=solve: the linear system cannot be solved");
  if (rank < d && o->run->instance.problem.type->saddle)
    return lac_fail(LAC_ENOTSUP, "--optimum=solve: the saddle point is not unique");
  for (int times = 0; times < 3; times++) {
    for (size_t j = 0; j < d; j++)
      o->x[j] = gsl_vector_get(x, j);
    if (times > 0) {
      LAC_TRY(lac_run_evaluate(o->run, o->x, &f, o->g));
      for (size_t i = 0; i < d; i++)
        gsl_vector_set(s->rest, i, -o->g[i]);
    }
    if (gsl_linalg_COD_lssolve(s->G, s->Q, s->Z, s->p, rank, s->rest, s->step, s->left) != GSL_SUCCESS)
      return lac_fail(LAC_ENOTSUP, "--optimum=solve: the linear system cannot be solved");
    gsl_vector_add(x, s->step);
  }
  return LAC_OK;
}

static int solve_affine(objective *o, gsl_vector *x)
{
  size_t d = x->size;
  linear s = { gsl_matrix_alloc(d, d), gsl_permutation_alloc(d), gsl_vector_alloc(d), gsl_vector_alloc(d), gsl_vector_alloc(d),
               gsl_vector_alloc(d), gsl_vector_alloc(d) };
  int status = lac_comm_agree(o->run->comm, s.G && s.p && s.Q && s.Z && s.rest && s.step && s.left ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = solve_system(o, &s, x);
  gsl_matrix_free(s.G);
  gsl_permutation_free(s.p);
  gsl_vector_free(s.Q);
  gsl_vector_free(s.Z);
  gsl_vector_free(s.rest);
  gsl_vector_free(s.step);
  gsl_vector_free(s.left);
  return status;
}

/* ---- the way that fits the problem ---- */

static int find_solution(objective *o, gsl_vector *x)
{
  lac_run *r = o->run;
  size_t d = r->env.d;
  if (r->instance.problem.affine && d <= LAC_AFFINE_MOST)
    return solve_affine(o, x);
  if (r->instance.problem.type->saddle)
    return lac_fail(LAC_ENOTSUP, "--optimum: a saddle point of d=%zu is not solved for (at most %d); use --optimum=none", d,
                    LAC_AFFINE_MOST);
  gsl_multimin_fdfminimizer *m = gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, d);
  gsl_multimin_function_fdf f = { value, gradient, value_grad, d, o };
  int status = lac_comm_agree(r->comm, m ? LAC_OK : LAC_ENOMEM);
  for (size_t j = 0; j < d; j++)
    gsl_vector_set(x, j, r->instance.x0[j]);
  if (status == LAC_OK)
    status = minimise(m, &f, x);
  gsl_multimin_fdfminimizer_free(m);
  return status;
}

int lac_run_solve(lac_run *r)
{
  size_t d = r->env.d;
  objective o = { .run = r, .x = lac_alloc(d * sizeof(double)), .g = lac_alloc(d * sizeof(double)) };
  gsl_vector *x = gsl_vector_alloc(d);
  int status = lac_comm_agree(r->comm, o.x && o.g && x ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = find_solution(&o, x);
  if (status == LAC_OK)
    status = store_solution(r, &o, x);
  gsl_vector_free(x);
  free(o.x);
  free(o.g);
  return status;
}
