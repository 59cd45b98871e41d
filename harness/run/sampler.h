/* sampler.h: which clients take part in a round, and which of their messages are lost: functions of (seed, round), the same on every
   rank. */
#ifndef LAC_SAMPLER_H
#define LAC_SAMPLER_H

#include "data.h"
#include "options.h"
#include "rng.h"

typedef struct {
  lac_spec spec;
  int kind;
  uint64_t *set;
  uint64_t *upto;      /* n: rows of the clients 0..i; NULL: not weighted */
} lac_sampler;

/* "full", "uniform:s=N" (N of n, without replacement), "bernoulli:p=P" (each by a coin of its own), "weighted:s=N" (N draws with
   replacement, client i with probability q_i = its rows over all).  data: NULL: the clients have no rows.  EUSER. */
int lac_sampler_open(lac_sampler *s, const char *text, uint32_t n, const lac_data *data);
void lac_sampler_close(lac_sampler *s);
int lac_sampler_is_full(const lac_sampler *s);
/* A client may be drawn several times in a round. */
int lac_sampler_repeats(const lac_sampler *s);
/* n q_i of a sampler that repeats, 1 of others. */
double lac_sampler_rate(const lac_sampler *s, uint32_t client, uint32_t n);
/* The probability that a given one of n clients takes part; where they differ, the least. */
double lac_sampler_share(const lac_sampler *s, uint32_t n);

/* The most clients of n that take part in a round. */
uint32_t lac_sampler_most(const lac_sampler *s, uint32_t n);

/* times[i]: how often each of the n clients is drawn, 0 or 1 unless the sampler repeats; *count of those that are, which may be 0. */
int lac_sampler_draw(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint64_t round, uint32_t *times,
                     uint32_t *count);
/* lost[i] = 1 with probability p, by a coin of the client's own, for those of the n clients that were drawn; 0 of the others.  Tables of
   replayed samples do not touch it. */
void lac_sampler_lose(double p, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint64_t round, const uint32_t *times, uint8_t *lost);

#endif
