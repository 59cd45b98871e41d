/* renyi.h: what a sum with Gaussian noise tells of one of its terms: the accountant of --dp.

   A release adds N(0, sigma^2) to a sum of terms of length at most 1, of which each is there with probability q (Poisson sampling).
   Between two sets that differ by one term, its Renyi divergence of order a > 1 is at most

     rho(a) = log E((1 - q + q exp((2z - 1)/(2 sigma^2)))^a)/(a - 1),   z ~ N(0, sigma^2)

   (Mironov, Talwar, Zhang 2019, arXiv:1908.10530; with q = 1, a/(2 sigma^2)).  Releases add up, and T of them are (epsilon, delta)-private
   for

     epsilon = min_a T rho(a) + log((a - 1)/a) - (log delta + log a)/(a - 1)

   (Canonne, Kamath, Steinke 2020, arXiv:2004.00010, proposition 12).  Abadi et al. 2016, arXiv:1607.00133, call log E their moments.  The
   orders are 1 + 2^(k/8), k = -48..88. */
#ifndef LAC_RENYI_H
#define LAC_RENYI_H

#include <stddef.h>

enum { LAC_RENYI_ORDERS = 137 };

/* rho of every order for 0 < q <= 1 and sigma > 0; INFINITY where it would be too large to count. */
void lac_renyi_gaussian(double q, double sigma, double rho[static LAC_RENYI_ORDERS]);
/* epsilon >= 0 of so many releases, at 0 < delta < 1, and its order (NULL: it is not wanted). */
double lac_renyi_epsilon(const double rho[static LAC_RENYI_ORDERS], double releases, double delta, double *order);
/* The least sigma from 1/64 on, to 1e-4 of it from above, with which they keep to epsilon; INFINITY: none up to 1e6 does. */
double lac_renyi_sigma(double q, double releases, double delta, double epsilon);

#endif
