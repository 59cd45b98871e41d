/* f* and x* on request, every rank in step with the others: a linear system when the gradient is affine, else Newton's method for saddle
   points and constraints, and BFGS of GSL for the rest. */
#include "theory/optimum.h"

#include "run/mean.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>

/* moved: with a constraint. */
typedef struct { lac_run *run; double *x, *g, *moved; int status; } objective;

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

/* ---- by a matrix: R(x) = 0, where R is the gradient or, with a constraint, x - prox(x - gradient), and G its derivative ---- */

/* R(x) into o->g. */
static int evaluate(objective *o)
{
  double f;
  const lac_run *r = o->run;
  LAC_TRY(lac_run_evaluate(o->run, o->x, &f, o->g));
  if (!o->moved)
    return LAC_OK;
  lac_prox_point(&r->env, 1, o->x, 0, NULL, 1, o->g, o->moved);
  lac_prox(&r->env, 1, o->moved);
  lac_sub(r->env.d, o->x, o->moved, o->g);
  return LAC_OK;
}

typedef struct {
  gsl_matrix *G;
  gsl_permutation *p;
  gsl_vector *Q, *Z, *rest, *step, *left;
} linear;

static void linear_free(linear *s)
{
  gsl_matrix_free(s->G);
  gsl_permutation_free(s->p);
  gsl_vector *vectors[] = { s->Q, s->Z, s->rest, s->step, s->left };
  for (size_t i = 0; i < LAC_COUNT(vectors); i++)
    gsl_vector_free(vectors[i]);
}

static int linear_new(lac_comm *comm, size_t d, linear *s)
{
  *s = (linear){ gsl_matrix_alloc(d, d), gsl_permutation_alloc(d), gsl_vector_alloc(d), gsl_vector_alloc(d), gsl_vector_alloc(d),
                 gsl_vector_alloc(d), gsl_vector_alloc(d) };
  return lac_comm_agree(comm, s->G && s->p && s->Q && s->Z && s->rest && s->step && s->left ? LAC_OK : LAC_ENOMEM);
}

/* rest = -R. */
static void set_rest(const objective *o, linear *s)
{
  for (size_t i = 0; i < s->rest->size; i++)
    gsl_vector_set(s->rest, i, -o->g[i]);
}

/* G at x by differences, one evaluation a column, of length `step` times the size of a coordinate: 1 where R is affine and x = 0. */
static int fill_system(objective *o, linear *s, double step)
{
  size_t d = s->rest->size;
  LAC_TRY(evaluate(o));
  set_rest(o, s);
  for (size_t j = 0; j < d; j++) {
    double at = o->x[j];
    o->x[j] += step * fmax(1, fabs(at));
    double moved = o->x[j] - at;
    LAC_TRY(evaluate(o));
    o->x[j] = at;
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(s->G, i, j, (o->g[i] + gsl_vector_get(s->rest, i)) / moved);
  }
  return LAC_OK;
}

/* x = from + t step */
static void make_step(objective *o, const linear *s, const double *from, double t)
{
  for (size_t j = 0; j < s->step->size; j++)
    o->x[j] = from[j] + t * gsl_vector_get(s->step, j);
}

static int cannot_be_solved(void) { return lac_fail(LAC_ENOTSUP, "--optimum=solve: the linear system cannot be solved"); }

/* Affine: G x = -R(0), then twice more for what rounding left.  Of several solutions the one of least norm, by a decomposition that reveals
   the rank. */
static int solve_affine(objective *o, linear *s)
{
  size_t rank;
  lac_zero(s->rest->size, o->x);
  LAC_TRY(fill_system(o, s, 1));
  if (gsl_linalg_COD_decomp(s->G, s->Q, s->Z, s->p, &rank, s->left) != GSL_SUCCESS)
    return cannot_be_solved();
  if (rank < s->rest->size && o->run->instance.problem.type->saddle)
    return lac_fail(LAC_ENOTSUP, "--optimum=solve: the saddle point is not unique");
  for (int times = 0; times < 3; times++) {
    if (times > 0) {
      LAC_TRY(evaluate(o));
      set_rest(o, s);
    }
    if (gsl_linalg_COD_lssolve(s->G, s->Q, s->Z, s->p, rank, s->rest, s->step, s->left) != GSL_SUCCESS)
      return cannot_be_solved();
    make_step(o, s, o->x, 1);
  }
  return LAC_OK;
}

/* ---- saddle points and constraints that are not affine: extragradient towards the solution, then Newton's method ----

   `before` is the last point that was good, F(x) and `half` the other two vectors of extragradient. */
typedef struct { double *before, *F, *half, gamma, size; } walk;

/* to = prox(before - gamma v) */
static void move(const objective *o, const walk *w, const double *v, double *to)
{
  const lac_env *e = &o->run->env;
  lac_prox_point(e, 1, w->before, 0, NULL, w->gamma, v, to);
  lac_prox(e, w->gamma, to);
}

static double distance_sq(size_t d, const double *x, const double *y)
{
  double sum = 0;
  for (size_t j = 0; j < d; j++)
    sum += (x[j] - y[j]) * (x[j] - y[j]);
  return sum;
}

/* One step; its length shrinks until gamma |F(half) - F(x)| <= 0.7 |half - x| (Khobotov 1987). */
static int walk_on(objective *o, walk *w)
{
  size_t d = o->run->env.d;
  double f;
  lac_copy(d, o->x, w->before);
  LAC_TRY(lac_run_evaluate(o->run, o->x, &f, w->F));
  for (int times = 0; times < 100; times++) {
    move(o, w, w->F, w->half);
    LAC_TRY(lac_run_evaluate(o->run, w->half, &f, o->g));
    if (w->gamma * w->gamma * distance_sq(d, o->g, w->F) <= 0.49 * distance_sq(d, w->half, w->before))
      break;
    w->gamma /= 2;
  }
  move(o, w, o->g, o->x);
  w->gamma *= 1.1;
  return LAC_OK;
}

/* x += t G^-1 rest, with the first t of 1, 1/2, ... `least` that takes |R| to at most 1 - t/2 of what it is; t = 0: none does, and x
   stays. */
static int shorten_step(objective *o, walk *w, linear *s, double least, double *t)
{
  size_t d = o->run->env.d;
  int solved = gsl_linalg_LU_solve(s->G, s->p, s->rest, s->step) == GSL_SUCCESS;
  lac_copy(d, o->x, w->before);
  for (*t = 1; solved && *t >= least; *t /= 2) {
    make_step(o, s, w->before, *t);
    LAC_TRY(evaluate(o));
    double size = lac_norm_sq(d, o->g);
    if (size <= (1 - *t / 2) * (1 - *t / 2) * w->size) {
      w->size = size;
      set_rest(o, s);
      return LAC_OK;
    }
  }
  lac_copy(d, w->before, o->x);
  *t = 0;
  return LAC_OK;
}

/* A derivative serves as long as whole steps halve |R|.  Where it served for several, nothing is left but rounding; where a new one does
   not help, the walk goes on. */
static int newton(objective *o, walk *w, linear *s)
{
  enum { DERIVATIVES = 20 };
  size_t steps = 1;
  int sign;
  double t = 0;
  for (int made = 0; made < DERIVATIVES && (t > 0 || steps == 1 || steps == 2) && w->size > 0; made++) {
    LAC_TRY(fill_system(o, s, 0x1p-26));
    gsl_linalg_LU_decomp(s->G, s->p, &sign);      /* faster than what solve_affine needs; where G is singular there is no step */
    for (steps = 0, t = 1; t == 1 && w->size > 0; steps += t == 1)
      LAC_TRY(shorten_step(o, w, s, steps ? 1 : 1.0 / 64, &t));
  }
  return LAC_OK;
}

/* |R|^2 against what it was at x0; where that is the solution, against |x|^2. */
static int is_solved(const objective *o, const walk *w, double at_first)
{
  return w->size <= 1e-20 * (at_first + lac_norm_sq(o->run->env.d, o->x));
}

static int solve_walking(objective *o, walk *w, linear *s)
{
  enum { PASSES = 8, STEPS = 100 };      /* in the first pass; twice as many in the next */
  size_t d = o->run->env.d;
  LAC_TRY(evaluate(o));
  double at_first = w->size = lac_norm_sq(d, o->g);
  for (int pass = 0; pass < PASSES && !is_solved(o, w, at_first); pass++) {
    for (int step = 0; step < STEPS << pass; step++)
      LAC_TRY(walk_on(o, w));
    LAC_TRY(evaluate(o));
    w->size = lac_norm_sq(d, o->g);
    LAC_TRY(newton(o, w, s));
  }
  return is_solved(o, w, at_first) ? LAC_OK :
         lac_fail(LAC_ENOTSUP, "--optimum: no solution was found from x0 (the residual went from %.1e to %.1e), perhaps since F is not "
                  "monotone; use --optimum=none or another --x0", sqrt(at_first), sqrt(w->size));
}

static int solve_nonlinear(objective *o, linear *s)
{
  const lac_run *r = o->run;
  size_t d = r->env.d, stride = lac_stride(d);
  double *vectors = lac_alloc(4 * stride * sizeof *vectors);
  walk w = { vectors, vectors + stride, vectors + 2 * stride, 1, 0 };
  int status = lac_comm_agree(r->comm, vectors ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK) {
    o->moved = r->instance.problem.proximal ? vectors + 3 * stride : NULL;
    lac_copy(d, r->instance.x0, o->x);
    status = solve_walking(o, &w, s);
  }
  free(vectors);
  return status;
}

static int solve_by_matrix(objective *o, gsl_vector *x)
{
  const lac_problem *p = &o->run->instance.problem;
  linear s;
  int status = linear_new(o->run->comm, x->size, &s);
  if (status == LAC_OK)
    status = p->affine && !p->proximal ? solve_affine(o, &s) : solve_nonlinear(o, &s);
  linear_free(&s);
  for (size_t j = 0; j < x->size; j++)
    gsl_vector_set(x, j, o->x[j]);
  return status;
}

/* ---- the way that fits the problem ---- */

static int find_solution(objective *o, gsl_vector *x)
{
  lac_run *r = o->run;
  size_t d = r->env.d;
  const lac_problem *p = &r->instance.problem;
  if (p->proximal && p->type->add_dual)
    return lac_fail(LAC_ENOTSUP, "--optimum: problem %s has a distance of its own and is not solved for; use --optimum=none",
                    p->type->name);
  if (lac_solves_by_matrix(r))
    return solve_by_matrix(o, x);
  if (p->type->saddle || p->proximal)
    return lac_fail(LAC_ENOTSUP, "--optimum: a %s of d=%zu is not solved for (at most %d); use --optimum=none",
                    p->type->saddle ? "saddle point" : "problem with a constraint", d, LAC_AFFINE_MOST);
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

int lac_solves_by_matrix(const lac_run *r)
{
  const lac_problem *p = &r->instance.problem;
  return (p->affine || p->type->saddle || p->proximal) && r->env.d <= LAC_AFFINE_MOST;
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
