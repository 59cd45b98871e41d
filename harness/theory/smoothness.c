/* How smooth the problem is: f, each client's f_i, single rows. */
#include "setup/keep.h"
#include "theory/spectrum.h"
#include <math.h>
#include <stdlib.h>

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

static int compute_smoothness(lac_run *r, double *L, lac_smoothness *out)
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
    LAC_TRY(lac_keep_smoothness(r) ? LAC_OK : compute_smoothness(r, r->client_L, &r->smoothness));
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
