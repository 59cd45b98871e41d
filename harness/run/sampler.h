/* sampler.h: which clients take part in a round: a function of (seed, round), the same on every rank. */
#ifndef LAC_SAMPLER_H
#define LAC_SAMPLER_H

#include "options.h"
#include "rng.h"

typedef struct { lac_spec spec; int kind; uint64_t *set; } lac_sampler;

/* "full", "uniform:s=N" (N of n, without replacement), "bernoulli:p=P" (each by a coin of its own).  EUSER. */
int lac_sampler_open(lac_sampler *s, const char *text, uint32_t n);
void lac_sampler_close(lac_sampler *s);
int lac_sampler_is_full(const lac_sampler *s);
/* The probability that a given one of n clients takes part. */
double lac_sampler_share(const lac_sampler *s, uint32_t n);

/* The most clients of n that take part in a round. */
uint32_t lac_sampler_most(const lac_sampler *s, uint32_t n);

/* takes_part[i] = 0 or 1 for the n clients; *count of ones, which may be 0. */
int lac_sampler_draw(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint64_t round, uint8_t *takes_part,
                     uint32_t *count);

#endif
