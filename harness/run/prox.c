/* The simple part of a problem, its constraint or regulariser: the same arithmetic on every rank (algorithm.h). */
#include "run/run.h"

static const lac_problem *problem_of(const lac_env *e) { return &e->run->instance.problem; }

int lac_is_proximal(const lac_env *e) { return problem_of(e)->proximal; }
int lac_is_saddle(const lac_env *e) { return problem_of(e)->type->saddle; }

static void combine(size_t d, double a, const double *z, double b, const double *w, double gamma, const double *v, double *to)
{
  for (size_t j = 0; w && j < d; j++)
    to[j] = a * z[j] + b * w[j] - gamma * v[j];
  for (size_t j = 0; !w && j < d; j++)
    to[j] = a * z[j] - gamma * v[j];
}

void lac_prox_point(const lac_env *e, double a, const double *z, double b, const double *w, double gamma, const double *v, double *to)
{
  const lac_problem *p = problem_of(e);
  if (!p->proximal || !p->type->add_dual) {
    combine(e->d, a, z, b, w, gamma, v, to);
    return;
  }
  for (size_t j = 0; j < e->d; j++)
    to[j] = -gamma * v[j];
  p->type->add_dual(p, a, z, to);
  if (w)
    p->type->add_dual(p, b, w, to);
}

void lac_prox(const lac_env *e, double gamma, double *x)
{
  const lac_problem *p = problem_of(e);
  if (p->proximal)
    p->type->prox(p, gamma, x);
}
