#include "domain.h"

#include "elementary.h"
#include "vec.h"

static double largest_of(size_t d, const double *x)
{
  double largest = x[0];
  for (size_t j = 1; j < d; j++)
    largest = x[j] <= largest ? largest : x[j];
  return largest;
}

/* The square of a norm above 1e154 is no number any more: then that of x / max |x_j|, which x becomes. */
static double norm_of(size_t d, double *x)
{
  double norm_sq = lac_norm_sq(d, x), most = norm_sq < INFINITY ? 0 : lac_largest(d, x);
  for (size_t j = 0; most > 0 && j < d; j++)
    x[j] /= most;
  return sqrt(most > 0 ? lac_norm_sq(d, x) : norm_sq);
}

void lac_project_ball(size_t d, double radius, double *x)
{
  if (sqrt(lac_norm_sq(d, x)) <= radius)
    return;
  double norm = norm_of(d, x);
  for (size_t j = 0; j < d; j++)
    x[j] = x[j] / norm * radius;
}

void lac_project_box(size_t d, double radius, double *x)
{
  for (size_t j = 0; j < d; j++)
    x[j] = x[j] > radius ? radius : x[j] < -radius ? -radius : x[j];
}

/* Numbers below tau leave, which raises tau, until none leaves.  The largest is 0, so that it stays in whatever digits the others have. */
void lac_project_simplex(size_t d, double *x)
{
  double largest = largest_of(d, x), tau = -INFINITY;
  for (size_t j = 0; j < d; j++)
    x[j] -= largest;
  for (size_t left = d + 1, before = left + 1; left < before;) {
    double sum = 0;
    before = left;
    left = 0;
    for (size_t j = 0; j < d; j++)
      if (!(x[j] <= tau)) {
        sum += x[j];
        left++;
      }
    tau = (sum - 1) / (double)left;
  }
  for (size_t j = 0; j < d; j++)
    x[j] = x[j] <= tau ? 0 : x[j] - tau;
}

void lac_softmax(size_t d, double *x)
{
  double largest = largest_of(d, x), sum = 0;
  for (size_t j = 0; j < d; j++)
    sum += x[j] = lac_exp(x[j] - largest);
  for (size_t j = 0; j < d; j++)
    x[j] /= sum;
}
