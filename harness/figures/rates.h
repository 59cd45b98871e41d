/* rates.h: what runs take until a level, over the rate of a network.

     [figure]
     x     = rate
     y     = time_to(grad_norm_sq, 1e-6, wan)      ; on wan with each of these rates in place of its own
     rates = 1Mbit/s..100Gbit/s, 10                ; so many a decade; this is the default
     [claim lossy-below]
     relation = < below 1Gbit/s..4Gbit/s           ; figures/claims.h

   It is the key `rate` of the network that changes: links that have a rate of their own (up, down, server_rate) keep it. */
#ifndef LAC_FIGURE_RATES_H
#define LAC_FIGURE_RATES_H

#include "experiment/collect.h"
#include "experiment/reduce.h"

#define LAC_RATES_DEFAULT "1Mbit/s..100Gbit/s"
typedef struct { double low, high; size_t count; } lac_rates;      /* evenly in their logarithm */

/* EUSER: not LOW..HIGH, or LOW..HIGH, N with `many`. */
int lac_rates_parse(lac_rates *r, const char *text, int many);
double lac_rates_at(const lac_rates *r, size_t i);
/* The time_to of a text; EUSER unless it is one, alone, on a network whose links follow its rate. */
int lac_rates_reduction(lac_reduction *of, const char *text, const lac_networks *all, const lac_rates *r);
/* EUSER: it is no time_to, or no link follows the rate. */
int lac_rates_check(const lac_reduction *of, const lac_networks *all, const lac_rates *r);
/* The same on the network with another rate. */
int lac_rates_set(lac_reduction *to, const lac_reduction *of, double rate);

/* A result with the columns "rate" and `name`, a row a rate; infinite where the run never arrives.  Attributes stay those of the member.
   Free it by lac_rates_free. */
int lac_rates_result(lac_result *swept, const lac_member *m, const lac_reduction *of, const char *name, const lac_rates *r);
void lac_rates_free(lac_result *swept);

/* "seconds until f(x) = 0.1"; caller frees; NULL: no memory. */
char *lac_rates_level(const lac_reduction *of);
/* "seconds on wan (20 ms, n = 20, star)".  Caller frees. */
int lac_rates_words(const lac_reduction *of, const lac_networks *all, const lac_rates *r, uint32_t least, uint32_t most, char **words);

#endif
