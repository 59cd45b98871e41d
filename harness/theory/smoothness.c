#include "theory.h"

#include "setup/keep.h"
#include "theory/spectrum.h"
#include <math.h>
#include <stdlib.h>

double lac_xi(double alpha)
{
  double s = sqrt(1 - alpha);
  return s / (1 - s);
}

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
  *x = e->run->x_star;
  return *x ? LAC_OK : lac_fail(LAC_EBUG, "%s asks for x* without .needs_solution", e->run->method->name);
}

double lac_participation_of(const lac_env *e) { return lac_sampler_share(&e->run->sampler, e->n); }

int lac_convexity_of(const lac_env *e, double *mu)
{
  const lac_problem *p = &e->run->problem;
  if (p->type->convexity && p->type->convexity(p, mu) == LAC_OK)
    return LAC_OK;
  return lac_fail(LAC_ENOTSUP, "problem %s knows no constant of strong convexity; give the step size as a number", p->type->name);
}

/* ---- smoothness ---- */

typedef struct { lac_run *run; const void *shard; double *wide; } product_of;

static int client_product(void *self, const double *v, double *out)
{
  product_of *p = self;
  return p->run->problem.type->curvature(&p->run->problem, p->shard, v, out);
}

static int product_leaf(lac_run *r, uint32_t client, const void *v, double *out)
{
  out[r->problem.d] = 0;
  return r->problem.type->curvature(&r->problem, r->shard[client - r->first], v, out);
}

static int mean_product(void *self, const double *v, double *out)
{
  product_of *p = self;
  LAC_TRY(lac_run_mean(p->run, product_leaf, v, p->wide));
  lac_copy(p->run->problem.d, p->wide, out);
  return LAC_OK;
}

/* L_i of this rank's clients, at their place in L[0..n). */
static int own_constants(lac_run *r, double *L)
{
  for (uint32_t i = r->first; i < r->last; i++) {
    product_of p = { .run = r, .shard = r->shard[i - r->first] };
    LAC_TRY(lac_context(lac_spectral_norm(r->problem.d, client_product, &p, &r->seeds, &L[i]), "client %u", i));
  }
  return LAC_OK;
}

/* Everybody gets all L_i. */
static int share_constants(lac_run *r, int status, double *L)
{
  const uint8_t *all;
  const size_t *starting;
  LAC_TRY(lac_comm_gather(r->comm, status, L + r->first, (r->last - r->first) * sizeof *L, &all, &starting));
  if (all)
    memcpy(L, all, r->env.n * sizeof *L);      /* ranks are in order of clients, and 8 bytes need no padding */
  return lac_comm_bcast(r->comm, L, r->env.n * sizeof *L);
}

static int compute(lac_run *r, double *L, lac_smoothness *out)
{
  product_of p = { .run = r, .wide = lac_alloc((r->problem.d + 1) * sizeof(double)) };
  uint32_t n = r->env.n;
  int status = share_constants(r, own_constants(r, L), L);
  *out = (lac_smoothness){ 0 };
  for (uint32_t i = 0; status == LAC_OK && i < n; i++) {
    out->L_am += L[i];
    out->L_qm += L[i] * L[i];
    out->L_max = fmax(out->L_max, L[i]);
  }
  out->L_am /= n;
  out->L_qm = sqrt(out->L_qm / n);
  status = lac_comm_agree(r->comm, status == LAC_OK && !p.wide ? LAC_ENOMEM : status);
  if (status == LAC_OK)
    status = lac_spectral_norm(r->problem.d, mean_product, &p, &r->seeds, &out->L);
  free(p.wide);
  return status;
}

int lac_smoothness_of(const lac_env *e, lac_smoothness *out)
{
  lac_run *r = e->run;
  if (!r->problem.type->curvature)
    return lac_fail(LAC_ENOTSUP, "problem %s knows no smoothness constant; give the step size as a number",
                    r->problem.type->name);
  if (!r->smoothness_known) {
    LAC_TRY(lac_keep_smoothness(r) ? LAC_OK : compute(r, r->client_L, &r->smoothness));
    r->smoothness_known = 1;
  }
  *out = r->smoothness;
  return LAC_OK;
}

int lac_client_smoothness_of(const lac_env *e, const double **L)
{
  lac_smoothness c;
  *L = e->run->client_L;
  return lac_smoothness_of(e, &c);
}

/* ---- batches ---- */

/* The mean over clients, in their order, of a number that each rank knows of its own. */
typedef int (*of_client)(const lac_run *r, const void *shard, double p, double *value);

static int mean_of_clients(lac_run *r, of_client of, double p, double *mean)
{
  uint32_t n = r->env.n;
  double *all = lac_alloc(n * sizeof *all);
  LAC_TRY(lac_comm_agree(r->comm, all ? LAC_OK : LAC_ENOMEM));
  int status = LAC_OK;
  for (uint32_t i = r->first; status == LAC_OK && i < r->last; i++)
    status = of(r, r->shard[i - r->first], p, &all[i]);
  status = share_constants(r, status, all);
  *mean = 0;
  for (uint32_t i = 0; status == LAC_OK && i < n; i++)
    *mean += all[i] / n;
  free(all);
  return status;
}

/* tau_i and m_i; without --batch all rows are a batch. */
static void rows_of(const lac_run *r, const void *shard, double *tau, double *m)
{
  *m = r->problem.type->shard_rows ? (double)r->problem.type->shard_rows(shard) : 1;
  *tau = (double)lac_batch_of(r, (size_t)*m);
}

static int batch_share(const lac_run *r, const void *shard, double p, double *value)
{
  double tau, m;
  (void)p;
  rows_of(r, shard, &tau, &m);
  *value = tau / (tau + m);
  return LAC_OK;
}

static int row_smoothness(const lac_run *r, const void *shard, double p, double *value)
{
  double tau, m, L;
  rows_of(r, shard, &tau, &m);
  LAC_TRY(r->problem.type->row_smoothness(&r->problem, shard, &L));
  *value = (1 - p) * L * L / tau;
  return LAC_OK;
}

int lac_batch_share_of(const lac_env *e, double *share) { return mean_of_clients(e->run, batch_share, 0, share); }

int lac_row_smoothness_of(const lac_env *e, double p, double *Lcal_sq)
{
  if (!e->run->problem.type->row_smoothness)
    return lac_fail(LAC_ENOTSUP, "problem %s knows no smoothness constant of single rows; give the step size as a number",
                    e->run->problem.type->name);
  return mean_of_clients(e->run, row_smoothness, p, Lcal_sq);
}

/* ---- rules ---- */

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

const lac_step_rule lac_step_rules[] = {
  { "theory-qm", "1/(L + L_qm xi)", lac_theory_qm },
  { "theory-am", "1/(L + L_am xi)", lac_theory_am },
  { "theory-rare", "1/(L + L_plus xi sqrt(c/n))", lac_theory_rare },
  { "theory-rare-r", "the same with the alpha of r coordinates", lac_theory_rare_r },
  { 0 }
};

int lac_step_resolve(const lac_env *e, lac_step *step, lac_rule own)
{
  const char *method = e->run->method->name;
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
