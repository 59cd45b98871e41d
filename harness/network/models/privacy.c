/* What gradients with noise cost in privacy: the accountant of --dp (base/renyi.h), without a run.

   T gradients, each the sum of clipped row gradients with N(0, (sigma C)^2) added, every row being in a batch with probability q, are
   (epsilon, delta)-private.  With epsilon in place of sigma, the least sigma that keeps to it. */
#include "network/models/model.h"

#include "renyi.h"
#include <math.h>

typedef struct { double q, sigma, epsilon, delta; uint64_t steps; } params;

static const lac_option options[] = {
  { "q", LAC_REAL, offsetof(params, q), "0.01", "(0,1]", NULL, "probability that a row is in a batch" },
  { "sigma", LAC_REAL, offsetof(params, sigma), "0", ">=0", NULL, "noise multiplier; 0: the least that keeps to epsilon" },
  { "steps", LAC_UINT, offsetof(params, steps), "1000", ">=1", NULL, "T, gradients of a client" },
  { "delta", LAC_REAL, offsetof(params, delta), "1e-5", "(0,1)", NULL, "the other half of (epsilon, delta)" },
  { "epsilon", LAC_REAL, offsetof(params, epsilon), "0", ">=0", NULL, "what T steps may cost, in place of sigma" },
  { 0 }
};

enum { Q, SIGMA, STEPS, DELTA, ORDER, EPSILON, COLUMNS };
static const lac_model_column columns[COLUMNS] = { [Q] = { "q", "1" }, [SIGMA] = { "sigma", "1" }, [STEPS] = { "steps", "1" },
                                                   [DELTA] = { "delta", "1" }, [ORDER] = { "order", "1" }, [EPSILON] = { "epsilon", "1" } };

static int choose_sigma(const params *p, double *sigma)
{
  if ((p->sigma > 0) == (p->epsilon > 0))
    return lac_fail(LAC_EUSER, "model privacy takes sigma or epsilon, and finds the other; give one of them");
  *sigma = p->sigma > 0 ? p->sigma : lac_renyi_sigma(p->q, (double)p->steps, p->delta, p->epsilon);
  return isfinite(*sigma) ? LAC_OK :
         lac_fail(LAC_EUSER, "model privacy: epsilon=%g at delta=%g cannot be reached by any noise after %llu steps at q=%g; raise epsilon "
                  "or delta, or take fewer steps", p->epsilon, p->delta, (unsigned long long)p->steps, p->q);
}

/* Rows for T/2^k steps, down to one, so that a figure can show how it rises. */
static int fill(const void *self, lac_table *t)
{
  const params *p = self;
  double sigma = 0, rho[LAC_RENYI_ORDERS], order;
  LAC_TRY(choose_sigma(p, &sigma));
  lac_renyi_gaussian(p->q, sigma, rho);
  for (uint64_t left = p->steps; left; left /= 2)
    t->rows++;
  LAC_TRY(lac_model_columns(t, columns, COLUMNS));
  for (size_t row = 0; row < t->rows; row++) {
    double steps = (double)(p->steps >> (t->rows - 1 - row));
    double epsilon = lac_renyi_epsilon(rho, steps, p->delta, &order);
    const double cell[COLUMNS] = { [Q] = p->q, [SIGMA] = sigma, [STEPS] = steps, [DELTA] = p->delta, [ORDER] = order, [EPSILON] = epsilon };
    for (size_t k = 0; k < COLUMNS; k++)
      lac_model_real(t, k, row, cell[k]);
  }
  return LAC_OK;
}

const lac_model lac_model_privacy = { .name = "privacy", .summary = "epsilon of gradients with noise, or the noise for an epsilon",
  .reference = "arXiv:1908.10530", .options = options, .params_size = sizeof(params), .fill = fill };
