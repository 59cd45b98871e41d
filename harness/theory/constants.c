/* Constants of the compressors and of the run; and those of a problem that few methods ask for: each of these is found when a method asks
   for it, and lives in run->constant, so that a checkpoint has it and the result can say what was used. */
#include "theory/constants.h"

#include "run/mean.h"
#include "run/weights.h"
#include "theory/spectrum.h"

#include <math.h>
#include <stdlib.h>

const char *const lac_constant_name[LAC_CONSTANTS] = { "L_plus", "L_pm", "rare_c", "rare_r" };

/* ---- matrices of all clients ---- */

/* What a product needs: L_i, and room. */
typedef struct {
  lac_run *run;
  const double *L;            /* NULL: M_i is the Hessian */
  double *wide, *part;        /* d + 1; d */
  const double *v, *mean;     /* at hand */
} matrices;

static int product(lac_run *r, uint32_t client, const double *v, double *out)
{
  return lac_client_curvature(r, client, v, out);
}

/* M_i^2 v or L_i M_i v */
static int square_leaf(lac_run *r, uint32_t client, const void *arg, double *out)
{
  const matrices *m = arg;
  out[r->env.d] = 0;
  if (!m->L) {
    LAC_TRY(product(r, client, m->v, m->part));
    return product(r, client, m->part, out);
  }
  LAC_TRY(product(r, client, m->v, out));
  for (size_t j = 0; j < r->env.d; j++)
    out[j] *= m->L[client];
  return LAC_OK;
}

static int mean_leaf(lac_run *r, uint32_t client, const void *arg, double *out)
{
  out[r->env.d] = 0;
  return product(r, client, ((const matrices *)arg)->v, out);
}

/* M_i (M_i v - mean of the M_i v): the mean of it is ((1/n) sum M_i^2 - M^2) v, without cancellation. */
static int deviation_leaf(lac_run *r, uint32_t client, const void *arg, double *out)
{
  const matrices *m = arg;
  out[r->env.d] = 0;
  LAC_TRY(product(r, client, m->v, m->part));
  lac_axpy(r->env.d, -1, m->mean, m->part);
  return product(r, client, m->part, out);
}

static int square(void *self, const double *v, double *out)
{
  matrices *m = self;
  m->v = v;
  LAC_TRY(lac_run_mean(m->run, square_leaf, m, m->wide));
  lac_copy(m->run->env.d, m->wide, out);
  return LAC_OK;
}

static int deviation(void *self, const double *v, double *out)
{
  matrices *m = self;
  m->v = v;
  LAC_TRY(lac_run_mean(m->run, mean_leaf, m, m->wide));
  lac_copy(m->run->env.d, m->wide, out);
  m->mean = out;
  LAC_TRY(lac_run_mean(m->run, deviation_leaf, m, m->wide));
  lac_copy(m->run->env.d, m->wide, out);
  return LAC_OK;
}

/* sqrt |lambda|_max of one of these. */
static int root_of_norm(lac_run *r, lac_product of, const double *L, double *root)
{
  size_t d = r->env.d;
  matrices m = { .run = r, .L = L, .wide = lac_alloc((d + 1) * sizeof(double)), .part = lac_alloc(d * sizeof(double)) };
  double norm = 0;
  int status = lac_comm_agree(r->comm, m.wide && m.part ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = lac_spectral_norm(d, of, &m, &r->draws.seeds, &norm);
  free(m.wide);
  free(m.part);
  *root = sqrt(norm);
  return status;
}

static int needs_curvature(const lac_run *r, const char *what)
{
  if (r->instance.problem.type->curvature && !r->instance.problem.type->saddle)
    return LAC_OK;
  return lac_fail(LAC_ENOTSUP, "problem %s knows no %s; give the step size as a number", r->instance.problem.type->name, what);
}

/* ---- support ---- */

static int count_own(lac_run *r, uint32_t *clients, uint8_t *touched, uint64_t *most)
{
  size_t d = r->env.d;
  for (uint32_t i = r->instance.first; i < r->instance.last; i++) {
    uint64_t own = 0;
    memset(touched, 0, d);
    LAC_TRY(r->instance.problem.type->support(&r->instance.problem, r->instance.shard[i - r->instance.first], touched));
    for (size_t j = 0; j < d; j++) {
      own += touched[j];
      clients[j] += touched[j];
    }
    *most = own > *most ? own : *most;
  }
  return LAC_OK;
}

/* This rank's counts: of the clients that touch each coordinate, and then, last, of the coordinates of one client. */
static int count_all(lac_run *r, uint32_t *mine, uint32_t *all, uint8_t *touched)
{
  size_t d = r->env.d, ranks = (size_t)lac_comm_size(r->comm);
  uint64_t most = 0;
  LAC_TRY(lac_comm_agree(r->comm, count_own(r, mine, touched, &most)));
  mine[d] = (uint32_t)most;
  LAC_TRY(lac_comm_allgather(r->comm, mine, (d + 1) * sizeof *mine, all));
  r->constant[LAC_RARE_C] = r->constant[LAC_RARE_R] = 0;
  for (size_t j = 0; j <= d; j++) {
    uint32_t sum = 0, largest = 0;
    for (size_t p = 0; p < ranks; p++) {
      uint32_t of = all[p * (d + 1) + j];
      sum += of;
      largest = of > largest ? of : largest;
    }
    double *to = &r->constant[j < d ? LAC_RARE_C : LAC_RARE_R];
    *to = fmax(*to, j < d ? sum : largest);
  }
  return LAC_OK;
}

static int find_rare(lac_run *r)
{
  size_t d = r->env.d;
  uint32_t *mine = lac_alloc((d + 1) * sizeof *mine), *all = lac_alloc((size_t)lac_comm_size(r->comm) * (d + 1) * sizeof *all);
  uint8_t *touched = lac_alloc(d);
  int status = lac_comm_agree(r->comm, mine && all && touched ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = count_all(r, mine, all, touched);
  free(mine);
  free(all);
  free(touched);
  return status;
}

/* ---- what a method may ask for ---- */

int lac_alpha_of(const lac_env *e, lac_lane lane, double *alpha)
{
  lac_site s = lac_lane_site(e, lane, e->d);
  return lac_alpha(&s, alpha);
}

int lac_omega_of(const lac_env *e, lac_lane lane, double *omega)
{
  lac_site s = lac_lane_site(e, lane, e->d);
  return lac_omega(&s, omega);
}

int lac_ab_of(const lac_env *e, double *A, double *B)
{
  lac_site s = lac_lane_site(e, LAC_UP, e->d);
  return lac_ab(&s, A, B);
}

int lac_solution_of(const lac_env *e, const double **x)
{
  *x = e->run->instance.x_star;
  return *x ? LAC_OK : lac_fail(LAC_EBUG, "%s asks for x* without .needs_solution", e->run->recipe.method->name);
}

double lac_participation_of(const lac_env *e)
{
  return lac_sampler_share(&e->run->recipe.sampler, e->n) * (1 - e->run->config->dropout);
}

int lac_convexity_of(const lac_env *e, double *mu)
{
  const lac_problem *p = &e->run->instance.problem;
  if (p->type->convexity && p->type->convexity(p, mu) == LAC_OK)
    return LAC_OK;
  return lac_fail(LAC_ENOTSUP, "problem %s knows no constant of strong convexity; give the step size as a number", p->type->name);
}

int lac_L_plus_of(const lac_env *e, double *L_plus)
{
  lac_run *r = e->run;
  const double *L = NULL;
  LAC_TRY(needs_curvature(r, "L_+"));
  if (isnan(r->constant[LAC_L_PLUS])) {
    if (!r->instance.problem.affine)
      LAC_TRY(lac_client_smoothness_of(e, &L));
    LAC_TRY(root_of_norm(r, square, L, &r->constant[LAC_L_PLUS]));
  }
  *L_plus = r->constant[LAC_L_PLUS];
  return LAC_OK;
}

int lac_L_pm_of(const lac_env *e, double *L_pm)
{
  lac_run *r = e->run;
  LAC_TRY(needs_curvature(r, "L_+-"));
  if (isnan(r->constant[LAC_L_PM]))
    LAC_TRY(r->instance.problem.affine ? root_of_norm(r, deviation, NULL, &r->constant[LAC_L_PM]) :
                                         lac_L_plus_of(e, &r->constant[LAC_L_PM]));
  *L_pm = r->constant[LAC_L_PM];
  return LAC_OK;
}

int lac_rare_of(const lac_env *e, double *c, double *r)
{
  lac_run *run = e->run;
  if (!run->instance.problem.type->support)
    return lac_fail(LAC_ENOTSUP, "problem %s does not know which coordinates a client depends on; give the step size as a number",
                    run->instance.problem.type->name);
  if (isnan(run->constant[LAC_RARE_C]))
    LAC_TRY(find_rare(run));
  *c = run->constant[LAC_RARE_C];
  *r = run->constant[LAC_RARE_R];
  return LAC_OK;
}
