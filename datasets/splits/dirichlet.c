/* dirichlet.c: Dirichlet proportions of every class, or of the numbers of rows.

   by=class      for each class c = 0, 1, ... in ascending order of its label: proportions p ~ Dirichlet(alpha, ..., alpha) over the clients
                 (stream (partition, 0, c, LAC_USE_DIRICHLET)); the N_c rows of the class, shuffled on the same stream, are cut where
                 N_c (p_0 + ... + p_i) is rounded down.  See Hsu, Qi, Brown, "Measuring the effects of non-identical data distribution for
                 federated visual classification", 2019.
   by=quantity   all N rows as one class (stream (partition, 0, 0, LAC_USE_QUANTITY)): clients hold different numbers of rows of one
                 distribution.  See Li, Diao, Chen, He, "Federated learning on non-IID data silos", ICDE 2022.

   A client's rows stand in the file's order.  A client without a row gets one as lac_deal_repair says. */
#include "parts/deal.h"

#include "elementary.h"
#include <math.h>
#include <stdlib.h>

enum { CLASS, QUANTITY };
enum { MAX_CLASSES = 1000 };
typedef struct { lac_split_common common; double alpha; int by; } dirichlet_params;

static const lac_option options[] = {
  {"alpha", LAC_REAL, offsetof(dirichlet_params, alpha), "0.5", ">0", NULL,
   "concentration: small gives every client few classes or very few rows, large makes all clients alike"},
  {"by", LAC_CHOICE, offsetof(dirichlet_params, by), "class", NULL, "class|quantity",
   "class: shares of every class; quantity: shares of all rows, which have one distribution"},
  LAC_SPLIT_SCALE, {0}
};

/* The logarithm of a variate of Gamma(a, 1) (Marsaglia, Tsang, ACM TOMS 26(3), 2000).  a >= 1: d (1 + c x)^3, d = a - 1/3,
   c = 1/sqrt(9 d), x ~ N(0, 1), accepted by a uniform number of (0, 1].  a < 1: one of Gamma(a + 1, 1) times u^(1/a), which for small a
   is too small for a double, unlike its logarithm. */
static double log_gamma_variate(gsl_rng *rng, double a)
{
  double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / sqrt(9 * d), x, v, log_u;
  do {
    lac_rng_normal(rng, &x, 1, 1);
    log_u = lac_log(1 - gsl_rng_uniform(rng));
    v = (1 + c * x) * (1 + c * x) * (1 + c * x);      /* negative: its logarithm is NaN, and x is drawn again */
  } while (!(log_u <= x * x / 2 + d * (1 - v + lac_log(v))));
  return lac_log(d * v) + (a < 1 ? lac_log(1 - gsl_rng_uniform(rng)) / a : 0);
}

/* n shares from the symmetric Dirichlet distribution: gamma variates over their sum. */
static void draw_shares(gsl_rng *rng, double alpha, double *share, uint32_t n)
{
  double most = -INFINITY, sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    share[i] = log_gamma_variate(rng, alpha);
    most = fmax(most, share[i]);
  }
  for (uint32_t i = 0; i < n; i++)
    sum += share[i] = lac_exp(share[i] - most);
  for (uint32_t i = 0; i < n; i++)
    share[i] /= sum;
}

/* The `count` members, cut at the running sum of the shares. */
static void deal_members(lac_dealing *d, size_t count, double alpha, double *share)
{
  draw_shares(d->rng, alpha, share, d->n);
  lac_shuffle(d->rng, d->members, count);
  double sum = 0;
  size_t from = 0;
  for (uint32_t i = 0; i < d->n; i++) {
    sum += share[i];
    double end = (double)count * sum;
    size_t to = i + 1 == d->n || !(end < (double)count) ? count : (size_t)end;
    for (; from < to; from++)
      lac_deal_row(d, d->members[from], i);
  }
}

static int deal_classes(lac_dealing *d, const lac_split_input *in, const dirichlet_params *p, double *share)
{
  size_t *end;
  uint32_t classes;
  LAC_TRY(lac_deal_classes(d, MAX_CLASSES, &end, &classes));
  if (!end)
    return lac_fail(LAC_EUSER, "--split: dirichlet needs classes, but the labels take more than %d values; use by=quantity, shuffled or "
                    "sorted", MAX_CLASSES);
  for (uint32_t c = 0; c < classes; c++) {
    for (size_t k = end[c]; k < end[c + 1]; k++)
      d->members[k - end[c]] = d->sorted[k].row;
    lac_rng_point(d->rng, in->seeds, LAC_SEED_PARTITION, 0, c, LAC_USE_DIRICHLET);
    deal_members(d, end[c + 1] - end[c], p->alpha, share);
  }
  free(end);
  return LAC_OK;
}

static int deal(lac_dealing *d, const lac_split_input *in, const dirichlet_params *p)
{
  int status = LAC_OK;
  double *share = lac_alloc(in->n * sizeof *share);
  if (!share)
    return LAC_ENOMEM;
  if (p->by == CLASS)
    status = deal_classes(d, in, p, share);
  else {
    for (size_t r = 0; r < d->rows; r++)
      d->members[r] = r;
    lac_rng_point(d->rng, in->seeds, LAC_SEED_PARTITION, 0, 0, LAC_USE_QUANTITY);
    deal_members(d, d->rows, p->alpha, share);
  }
  free(share);
  return status;
}

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  lac_dealing d;
  int status = lac_deal_begin(&d, in);
  if (status == LAC_OK)
    status = deal(&d, in, params);
  if (status == LAC_OK) {
    lac_deal_repair(&d);
    lac_deal_gather(&d, to);
  }
  lac_deal_end(&d);
  return status;
}

const lac_split lac_split_dirichlet = {
  .kind = {"dirichlet", "the rows of each class, or all rows, in Dirichlet proportions; every client keeps at least one row", options,
           sizeof(dirichlet_params), "Hsu, Qi, Brown 2019, arXiv:1909.06335"},
  .assign = assign,
};
