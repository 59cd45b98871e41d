/* rng.h: randomness as a function.  A stream is named by (seed, purpose, client, round, use) and always gives the
   same numbers, on any rank and in any order of evaluation.

   Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
   key = seed; counter = (block, client, round, purpose + use).  A stream holds 2^34 32-bit numbers. */
#ifndef LAC_RNG_H
#define LAC_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* The axes of randomness; each may have a seed of its own, so that two compressors can meet the same data. */
typedef enum {
  LAC_SEED_DATA,        /* synthetic data, generated problems */
  LAC_SEED_PARTITION,   /* which client gets which row */
  LAC_SEED_X0,          /* the initial point */
  LAC_SEED_NOISE,       /* randomised compressors of the clients */
  LAC_SEED_DOWN,        /* and of the server */
  LAC_SEED_SAMPLE,      /* which clients take part in a round */
  LAC_SEED_BATCH,       /* which rows a stochastic gradient uses */
  LAC_SEED_COIN,        /* coins that a method tosses */
  LAC_SEED_DIRECTION,   /* directions in which clients look */
  LAC_SEED_DP,          /* the noise of --dp */
  LAC_SEED_AXES
} lac_seed_axis;
extern const char *const lac_seed_name[LAC_SEED_AXES];      /* "data", ... */

/* Random choices made elsewhere, to be made again: replay.h. */
struct lac_replay;

typedef struct {
  uint64_t axis[LAC_SEED_AXES];
  const struct lac_replay *replay[LAC_SEED_AXES];           /* NULL: draw */
} lac_seeds;

extern const gsl_rng_type *const lac_rng_philox;

/* A generator of that type; NULL and lac_fail when there is no memory.  Free with gsl_rng_free. */
gsl_rng *lac_rng_new(void);

/* Point r at the start of a stream.  client and round are 0 where they mean nothing; `use` tells apart the
   streams that one client needs in one round (the 2nd compression of a message, ...) and stays below 2^24. */
void lac_rng_point(gsl_rng *r, const lac_seeds *seeds, lac_seed_axis axis, uint32_t client, uint32_t round, uint32_t use);

/* Where in its stream r stands, in blocks; go there.  What is drawn next is the first number of that block. */
uint32_t lac_rng_tell(const gsl_rng *r);
void lac_rng_seek(gsl_rng *r, uint32_t block);

/* Uniform integer in [0, n), unbiased, n >= 1. */
uint64_t lac_rng_below(gsl_rng *r, uint64_t n);
/* 1 with probability p.  EUSER: a replayed table has no such coin. */
int lac_rng_coin(gsl_rng *r, double p, int *coin);

/* The next `count` numbers of the stream, those that gsl_rng_get would give, many at a time.  u = (word + 1/2) 2^-32 is a uniform number
   in (0,1).  EUSER: a replayed table has no such numbers. */
int lac_rng_words(gsl_rng *r, uint32_t *word, size_t count);

/* k of 0..n-1 without replacement, one at a time and ascending.  The choice lives in `set`, LAC_CHOICE_WORDS(n) words of the caller.
   Of more than n/2, the n - k others are drawn.  Until there are enough, the next number u of the stream names floor(u n / 2^32), unless
   u n mod 2^32 < 2^32 mod n; what has been named does not count again.  For n >= 2^32, u is two numbers, the low half first, and
   2^64 stands for 2^32.  EUSER: a replayed table has no such row. */
#define LAC_CHOICE_WORDS(n) (((n) + 63) / 64)
typedef struct { const uint64_t *set; uint64_t at, rest; } lac_choice;
int lac_choose(lac_choice *c, gsl_rng *r, uint64_t n, uint64_t k, uint64_t *set);

/* The next one; k times. */
static inline uint64_t lac_choose_next(lac_choice *c)
{
  while (!c->rest)
    c->rest = c->set[++c->at];
  uint64_t j = 64 * c->at + (uint64_t)__builtin_ctzll(c->rest);
  c->rest &= c->rest - 1;
  return j;
}

/* The next `count` at once; count is at most what is left. */
void lac_choose_many(lac_choice *c, size_t count, uint64_t *j);

/* `count` draws of 0..n-1 with replacement, i with probability (upto[i] - upto[i-1])/upto[n-1], upto[-1] = 0: a draw is a number u of
   0..upto[n-1]-1 by lac_rng_below, and the first i with u < upto[i].  times[i] becomes how often i is drawn.  EUSER: a replayed table has
   no such row. */
int lac_draw_shares(gsl_rng *r, uint32_t n, const uint64_t *upto, uint64_t count, uint32_t *times);

/* The first `count` of a random permutation of 0..n-1 (n < 2^32); `order` has room for n.  Step i from 0 on swaps entry i, of
   0, 1, ... n-1 at
   first, with entry i + j, j of 0..n-i-1 named by the stream as above.  EUSER: a replayed table has no such row. */
int lac_rng_permute(gsl_rng *r, size_t n, size_t count, uint32_t *order);

/* x[i] ~ N(0, scale^2) by the polar method (Marsaglia, Bray, SIAM Review 6(3), 1964): of two numbers of the stream a point of the square
   [-1,1]^2 is made until it lies in the disc; a point makes one normal number.  Replayed tables do not touch it. */
void lac_rng_normal(gsl_rng *r, double *x, size_t count, double scale);
/* The same with scale 1; or the numbers of a replayed table.  EUSER: it has no such numbers. */
int lac_rng_direction(gsl_rng *r, double *x, size_t count);
/* x[i] plus the same number. */
void lac_rng_add_normal(gsl_rng *r, double *x, size_t count, double scale);

#endif
