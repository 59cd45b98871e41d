#include "figures/sample.h"
#include "stats.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

int lac_sample_count(lac_claim_sample *s, size_t needed, size_t of)
{
  if (s->cases != of) {
    s->why = lac_asprintf("there are %zu cases, not %zu", s->cases, of);
    return s->why ? LAC_OK : LAC_ENOMEM;
  }
  size_t silent = s->cases - s->tested;
  s->margin = (double)s->holding / (double)needed;
  if (s->holding >= needed || s->holding + silent < needed) {
    s->verdict = s->holding >= needed ? LAC_HOLDS : LAC_FAILS;
    return LAC_OK;
  }
  s->why = lac_asprintf("it holds in %zu of %zu cases, and %zu say nothing", s->holding, s->cases, silent);
  return s->why ? LAC_OK : LAC_ENOMEM;
}

enum { PAIRS_LEAST = 3 };

static int refuse_interval(lac_claim_sample *s, const char *why)
{
  s->why = lac_strdup(why);
  return s->why ? LAC_OK : LAC_ENOMEM;
}

/* Does the relation hold between all of the interval and the point where both sides are equal?  Below 0 and above 0 here, for a ratio as
   its logarithm. */
static int holds_between(lac_relation relation, double low, double high, double factor)
{
  switch (relation) {
  case LAC_LESS: return high < 0;
  case LAC_LESS_EQUAL: return high <= 0;
  case LAC_GREATER: return low > 0;
  case LAC_GREATER_EQUAL: return low >= 0;
  default: return low >= -log(factor) && high <= log(factor);
  }
}

/* The way from the mean to where the relation ends, in half lengths of the interval. */
static double margin_of(lac_relation relation, double mean, double half, double factor, int holds)
{
  double way = relation == LAC_LESS || relation == LAC_LESS_EQUAL ? -mean : relation == LAC_WITHIN ? log(factor) - fabs(mean) : mean;
  double margin = way / half;
  return isnan(margin) ? holds ? INFINITY : 0 : margin;
}

int lac_sample_interval(lac_claim_sample *s, double *left, const double *right, double confidence, lac_relation relation, double factor)
{
  size_t n = s->cases;
  s->is_ratio = 1;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(left[i]) || !isfinite(right[i]))
      return refuse_interval(s, "a side is infinite in one of the pairs, so that there is no interval");
    s->is_ratio &= left[i] > 0 && right[i] > 0;
  }
  if (n < PAIRS_LEAST) {
    s->why = lac_asprintf("%zu pair%s; an interval is made of at least %d", n, n == 1 ? "" : "s", PAIRS_LEAST);
    return s->why ? LAC_OK : LAC_ENOMEM;
  }
  if (relation == LAC_WITHIN && !s->is_ratio)
    return refuse_interval(s, "a side is not above 0 in one of the pairs, so that there is no ratio to be within");
  for (size_t i = 0; i < n; i++)
    left[i] = s->is_ratio ? log(left[i] / right[i]) : left[i] - right[i];
  double mean = lac_centre_of(LAC_CENTRE_MEAN, left, n);
  double half = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, (double)(n - 1)) * lac_deviation(left, n) / sqrt((double)n);
  int holds = holds_between(relation, mean - half, mean + half, factor);
  s->verdict = holds ? LAC_HOLDS : LAC_FAILS;
  s->margin = margin_of(relation, mean, half, factor, holds);
  s->has_interval = 1;
  s->centre = s->is_ratio ? exp(mean) : mean;
  s->low = s->is_ratio ? exp(mean - half) : mean - half;
  s->high = s->is_ratio ? exp(mean + half) : mean + half;
  return LAC_OK;
}
