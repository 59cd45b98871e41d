#include "renyi.h"

#include "base.h"
#include "elementary.h"

static double order_of(size_t i)
{
  static const double eighth[8] = { 1, 0x1.172b83c7d517bp+0, 0x1.306fe0a31b715p+0, 0x1.4bfdad5362a27p+0, 0x1.6a09e667f3bcdp+0,
                                    0x1.8ace5422aa0dbp+0, 0x1.ae89f995ad3adp+0, 0x1.d5818dcfba487p+0 };      /* 2^(k/8) */
  return 1 + ldexp(eighth[i % 8], (int)(i / 8) - 6);
}

/* log(1 - q + q exp(u)) without overflow. */
static double log_mixture(double q, double u)
{
  return u > 0 ? u + lac_log(q + (1 - q) * lac_exp(-u)) : lac_log(1 - q + q * lac_exp(u));
}

/* The exponent of the integrand at z = sigma t: that of the normal density, and of the power. */
static double exponent(double a, double q, double sigma, double t)
{
  return a * log_mixture(q, (2 * sigma * t - 1) / (2 * sigma * sigma)) - t * t / 2;
}

/* The trapezoidal rule: the integrand is analytic within pi sigma of the line, so with steps of sigma/2 its error is below exp(-39).  What
   is farther than 9 from 0 and a/sigma, between which the largest value lies, is less than exp(-40) of it. */
static double divergence(double a, double q, double sigma)
{
  enum { POINTS = 100000 };
  double step = sigma / 2 < 0.25 ? sigma / 2 : 0.25, from = -9, most = -INFINITY, sum = 0, steps = (a / sigma + 18) / step;
  long count = steps < POINTS ? (long)steps + 1 : 0;
  if (!count)
    return INFINITY;      /* an upper bound, too: so little noise is told by lower orders */
  for (long i = 0; i <= count; i++) {
    double e = exponent(a, q, sigma, from + (double)i * step);
    most = e > most ? e : most;
  }
  for (long i = 0; i <= count; i++)
    sum += lac_exp(exponent(a, q, sigma, from + (double)i * step) - most);
  double log_mean = most + lac_log(sum * step * 0x1.9884533d43651p-2);      /* 1/sqrt(2 pi) */
  return log_mean > 0 ? log_mean / (a - 1) : 0;
}

static double rho_of(size_t i, double q, double sigma)
{
  double a = order_of(i);
  return q == 1 ? a / (2 * sigma * sigma) : divergence(a, q, sigma);
}

void lac_renyi_gaussian(double q, double sigma, double rho[static LAC_RENYI_ORDERS])
{
  for (size_t i = 0; i < LAC_RENYI_ORDERS; i++)
    rho[i] = rho_of(i, q, sigma);
}

static double epsilon_at(size_t i, double rho, double releases, double delta)
{
  double a = order_of(i), epsilon = releases * rho + lac_log((a - 1) / a) - (lac_log(delta) + lac_log(a)) / (a - 1);
  return epsilon > 0 ? epsilon : 0;
}

double lac_renyi_epsilon(const double rho[static LAC_RENYI_ORDERS], double releases, double delta, double *order)
{
  size_t best = 0;
  double least = INFINITY;
  for (size_t i = 0; i < LAC_RENYI_ORDERS; i++) {
    double epsilon = epsilon_at(i, rho[i], releases, delta);
    best = epsilon < least ? i : best;
    least = epsilon < least ? epsilon : least;
  }
  if (order)
    *order = order_of(best);
  return releases > 0 ? least : 0;
}

/* Is there an order?  Low ones take least time to find. */
static int keeps_to(double q, double sigma, double releases, double delta, double epsilon)
{
  for (size_t i = 0; i < LAC_RENYI_ORDERS; i++) {
    double rho = rho_of(i, q, sigma);
    if (releases * rho > epsilon + 6)      /* rho rises with the order, and what is added to it is above -6 */
      return 0;
    if (epsilon_at(i, rho, releases, delta) <= epsilon)
      return 1;
  }
  return 0;
}

double lac_renyi_sigma(double q, double releases, double delta, double epsilon)
{
  double low = 0x1p-6, high = low;
  while (high <= 1e6 && !keeps_to(q, high, releases, delta, epsilon)) {
    low = high;
    high *= 2;
  }
  if (high > 1e6)
    return INFINITY;
  while (high - low > 1e-4 * high) {
    double middle = (low + high) / 2;
    *(keeps_to(q, middle, releases, delta, epsilon) ? &high : &low) = middle;
  }
  return high;
}
