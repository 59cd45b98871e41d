/* How smooth the problem is: f, each client's f_i, single rows. */
#include "run/mean.h"
#include "run/weights.h"
#include "theory/constants.h"
#include "theory/spectrum.h"
#include <math.h>
#include <stdlib.h>

typedef struct { lac_run *run; uint32_t client; double *wide; } product_of;

static int client_product(void *self, const double *v, double *out)
{
  product_of *p = self;
  return lac_client_curvature(p->run, p->client, v, out);
}

static int product_leaf(lac_run *r, uint32_t client, const void *v, double *out)
{
  out[r->instance.problem.d] = 0;
  return lac_client_curvature(r, client, v, out);
}

static int mean_product(void *self, const double *v, double *out)
{
  product_of *p = self;
  LAC_TRY(lac_run_mean(p->run, product_leaf, v, p->wide));
  lac_copy(p->run->instance.problem.d, p->wide, out);
  return LAC_OK;
}

/* L_i of this rank's clients, at their place in L[0..n). */
static int own_constants(lac_run *r, double *L)
{
  for (uint32_t i = r->instance.first; i < r->instance.last; i++) {
    product_of p = { .run = r, .client = i };
    LAC_TRY(lac_context(lac_spectral_norm(r->instance.problem.d, client_product, &p, &r->draws.seeds, &L[i]), "client %u", i));
  }
  return LAC_OK;
}

/* Everybody gets all L_i. */
static int share_constants(lac_run *r, int status, double *L)
{
  const uint8_t *all;
  const size_t *starting;
  LAC_TRY(lac_comm_gather(r->comm, status, L + r->instance.first, (r->instance.last - r->instance.first) * sizeof *L, &all, &starting));
  if (all)
    memcpy(L, all, r->env.n * sizeof *L);      /* ranks are in order of clients, and 8 bytes need no padding */
  return lac_comm_bcast(r->comm, L, r->env.n * sizeof *L);
}

static int compute_smoothness(lac_run *r, double *L, lac_smoothness *out)
{
  product_of p = { .run = r, .wide = lac_alloc((r->instance.problem.d + 1) * sizeof(double)) };
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
    status = lac_spectral_norm(r->instance.problem.d, mean_product, &p, &r->draws.seeds, &out->L);
  free(p.wide);
  return status;
}

int lac_smoothness_of(const lac_env *e, lac_smoothness *out)
{
  lac_run *r = e->run;
  if (!r->instance.problem.type->curvature)
    return lac_fail(LAC_ENOTSUP, "problem %s knows no smoothness constant; give the step size as a number",
                    r->instance.problem.type->name);
  if (!r->instance.smoothness_known) {
    LAC_TRY(compute_smoothness(r, r->instance.client_L, &r->instance.smoothness));
    r->instance.smoothness_known = 1;
  }
  r->smoothness_used = 1;
  *out = r->instance.smoothness;
  return LAC_OK;
}

int lac_client_smoothness_of(const lac_env *e, const double **L)
{
  lac_smoothness c;
  *L = e->run->instance.client_L;
  return lac_smoothness_of(e, &c);
}

/* ---- batches ---- */

/* The mean over clients, in their order, of a number that each rank knows of its own. */
typedef int (*of_client)(const lac_run *r, uint32_t client, double p, double *value);

static int mean_of_clients(lac_run *r, of_client of, double p, double *mean)
{
  uint32_t n = r->env.n;
  double *all = lac_alloc(n * sizeof *all);
  LAC_TRY(lac_comm_agree(r->comm, all ? LAC_OK : LAC_ENOMEM));
  int status = LAC_OK;
  for (uint32_t i = r->instance.first; status == LAC_OK && i < r->instance.last; i++)
    status = of(r, i, p, &all[i]);
  status = share_constants(r, status, all);
  *mean = 0;
  for (uint32_t i = 0; status == LAC_OK && i < n; i++)
    *mean += all[i] / n;
  free(all);
  return status;
}

/* tau_i and m_i; without --batch all rows are a batch. */
static void rows_of(const lac_run *r, uint32_t client, double *tau, double *m)
{
  const void *shard = r->instance.shard[client - r->instance.first];
  *m = r->instance.problem.type->shard_rows ? (double)r->instance.problem.type->shard_rows(shard) : 1;
  *tau = (double)lac_batch_rows(&r->recipe.batch, (size_t)*m);
}

static int batch_share(const lac_run *r, uint32_t client, double p, double *value)
{
  double tau, m;
  (void)p;
  rows_of(r, client, &tau, &m);
  *value = tau / (tau + m);
  return LAC_OK;
}

static int row_smoothness(const lac_run *r, uint32_t client, double p, double *value)
{
  double tau, m, L;
  rows_of(r, client, &tau, &m);
  LAC_TRY(r->instance.problem.type->row_smoothness(&r->instance.problem, r->instance.shard[client - r->instance.first], &L));
  lac_weigh(r, client, 1, &L);
  *value = (1 - p) * L * L / tau;
  return LAC_OK;
}

int lac_batch_share_of(const lac_env *e, double *share) { return mean_of_clients(e->run, batch_share, 0, share); }

int lac_row_smoothness_of(const lac_env *e, double p, double *Lcal_sq)
{
  if (e->run->recipe.batch.order == LAC_BATCH_EPOCH)
    return lac_fail(LAC_ENOTSUP, "the batches of --batch=...,order=epoch are not independent, as the theory needs them; give the step "
                    "size as a number");
  if (!e->run->instance.problem.type->row_smoothness)
    return lac_fail(LAC_ENOTSUP, "problem %s knows no smoothness constant of single rows; give the step size as a number",
                    e->run->instance.problem.type->name);
  return mean_of_clients(e->run, row_smoothness, p, Lcal_sq);
}
