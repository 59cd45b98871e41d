/* f* and x* on request: BFGS of GSL on the whole objective, every rank in step with the others. */
#include "run.h"

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

static double length(const gsl_vector *v) { return cblas_dnrm2((int)v->size, v->data, (int)v->stride); }

/* Line searches end for want of digits before the gradient does, so restart until a restart brings nothing. */
static int minimise(gsl_multimin_fdfminimizer *m, gsl_multimin_function_fdf *f, gsl_vector *x)
{
  objective *o = f->params;
  double last = HUGE_VAL;
  for (int restart = 0; restart < 50 && o->status == LAC_OK; restart++) {
    gsl_multimin_fdfminimizer_set(m, f, x, 0.1, 0.1);
    for (int i = 0; i < 5000 && o->status == LAC_OK && length(m->gradient) > 0; i++)
      if (gsl_multimin_fdfminimizer_iterate(m) != GSL_SUCCESS)
        break;
    gsl_vector_memcpy(x, m->x);
    double now = length(m->gradient);
    if (!(now < 0.5 * last))
      break;
    last = now;
  }
  return o->status;
}

static int keep(lac_run *r, objective *o, const gsl_vector *x)
{
  size_t d = r->env.d;
  r->x_star = lac_alloc(d * sizeof(double));
  LAC_TRY(lac_comm_agree(r->comm, r->x_star ? LAC_OK : LAC_ENOMEM));
  for (size_t j = 0; j < d; j++)
    r->x_star[j] = gsl_vector_get(x, j);
  LAC_TRY(lac_run_evaluate(r, r->x_star, &r->f_star, o->g));
  r->star_grad_norm_sq = lac_norm_sq(d, o->g);
  return LAC_OK;
}

int lac_run_solve(lac_run *r)
{
  size_t d = r->env.d;
  objective o = { .run = r, .x = lac_alloc(d * sizeof(double)), .g = lac_alloc(d * sizeof(double)) };
  gsl_vector *x = gsl_vector_alloc(d);
  gsl_multimin_fdfminimizer *m = gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, d);
  gsl_multimin_function_fdf f = { value, gradient, value_grad, d, &o };
  int status = lac_comm_agree(r->comm, o.x && o.g && x && m ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK) {
    for (size_t j = 0; j < d; j++)
      gsl_vector_set(x, j, r->x0[j]);
    status = minimise(m, &f, x);
  }
  if (status == LAC_OK)
    status = keep(r, &o, x);
  if (m)
    gsl_multimin_fdfminimizer_free(m);
  if (x)
    gsl_vector_free(x);
  free(o.x);
  free(o.g);
  return status;
}
