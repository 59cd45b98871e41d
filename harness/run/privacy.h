/* privacy.h: --dp: gradients that tell little of any one row.

   A client's gradient, with B rows of its m expected in a batch, is

     (1/B) (sum_r g_r min(1, C/|g_r|) + sigma C z),   z ~ N(0, I)

   over rows each of which is in the batch with probability q = B/m, anew at every step (Poisson sampling; without --batch all rows are).
   To whoever sees all that a client sends, its gradients of T steps are (epsilon, delta)-private for a row more or less of its data
   (base/renyi.h).  Sampled clients and lost messages count as if they were not: the bound is that of a client that is always there.  f, its
   gradient and scores in the trace are those of the rows as they are, and no part of what is private. */
#ifndef LAC_PRIVACY_H
#define LAC_PRIVACY_H

#include "algorithm.h"
#include "renyi.h"

typedef struct {
  lac_spec spec;                 /* text "none": there is none */
  int on;
  double clip, sigma, delta;
  double rate;                   /* the largest q of a client */
  uint64_t steps;                /* gradients of a client in a round, at most */
  double rho[LAC_RENYI_ORDERS];  /* of one gradient */
  double *noise;                 /* d */
  double *own;                   /* d: a row's gradient where the problem does not clip, or that of no rows */
  struct lac_asked *asked;       /* of the clients of this rank, in round asked_in */
  uint64_t asked_in;
} lac_privacy;

/* Parse --dp and find sigma where epsilon asks for it; the method, its batches and the problem are open.  EUSER: the method or the problem
   cannot do it, or the run does not keep to epsilon. */
int lac_privacy_open(struct lac_run *r);
/* After the shards are loaded.  ENOMEM. */
int lac_privacy_prepare(struct lac_run *r);
void lac_privacy_close(lac_privacy *p);
/* Bytes that prepare takes. */
double lac_privacy_bytes(const struct lac_run *r);

/* The gradient of lac_gradient under --dp; *rows is how many it has taken.  EUSER: another gradient of the same step, or one more than the
   accountant knows. */
int lac_private_gradient(struct lac_run *r, const lac_client *c, unsigned step, const double *x, double *g, size_t *rows);

/* Whether there is an epsilon: noise, that is. */
int lac_privacy_counts(const struct lac_run *r);
/* What so many rounds are worth; order NULL: not wanted. */
double lac_privacy_epsilon(const struct lac_run *r, uint64_t rounds, double *order);

#endif
