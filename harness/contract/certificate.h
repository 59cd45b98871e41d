/* certificate.h: facts about a method that a program can check by running it.  A method declares them in its own file; `laconic certify`
   runs them, beside what every method owes by contract.

     static const lac_certificate certificates[] = {
       { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
       { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 40000 },
       { 0 }
     };  */
#ifndef LAC_CERTIFICATE_H
#define LAC_CERTIFICATE_H

#include <stdint.h>

typedef enum {
  LAC_CLAIMS_END,
  LAC_EQUALS,         /* the same f, |grad f|^2 and last iterate as another method, on several problems and with one client */
  LAC_SOLVES,         /* reaches the exact solution: |x - x*|^2 <= tolerance |x_0 - x*|^2 */
  LAC_GRADIENTS,      /* (1/T) sum_{t<T} |grad f(x_t)|^2 <= 2 scale (f(x_0) - f*)/(gamma T) + G_0/(theta T), theta = 1 - sqrt(1-alpha) */
  LAC_DISTANCES,      /* E |x_t - x*|^2 <= scale (1 - rate gamma mu)^t |x_0 - x*|^2 for all t */
  LAC_KEEPS,          /* a vector of the server is the mean (or sum) of one of the clients, at any time */
  LAC_STARTS,         /* a vector of every client starts from grad f_i(x_0), also of those that --sample does not draw in round 0 */
  LAC_ALSO            /* options with which everything that the contract asks for is to be checked once more */
} lac_claim_kind;

/* What the estimators of the gradients start from: G_0 = (1/n) sum |g_i^0 - grad f_i(x_0)|^2. */
typedef enum { LAC_STARTS_EXACT, LAC_STARTS_COMPRESSED } lac_start;

typedef struct lac_certificate {
  lac_claim_kind claim;
  const char *options;      /* of the method, "gamma=0.3,init=exact"; NULL: its defaults */
  const char *with;         /* options of laconic run, "up=topk:k=2 sample=uniform:s=3", blanks between; NULL: those of the suite */
  const char *as;           /* LAC_EQUALS: the other method with its options; LAC_KEEPS, LAC_STARTS: the same in words */
  unsigned later;           /* LAC_EQUALS: so many rounds behind the other */
  uint64_t rounds;          /* 0: those of the suite */
  double tolerance;         /* 0: 1e-12 */
  lac_start start;          /* LAC_GRADIENTS */
  double rate, scale;       /* LAC_DISTANCES; scale also LAC_GRADIENTS, where 0 is 1 */
  unsigned server_vec, client_vec;      /* LAC_KEEPS; the second also LAC_STARTS */
  int sum;                  /* LAC_KEEPS: the sum, not the mean */
} lac_certificate;

#endif
