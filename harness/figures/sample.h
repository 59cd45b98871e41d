/* sample.h: one verdict of several cases; claims.h has the definitions. */
#ifndef LAC_SAMPLE_H
#define LAC_SAMPLE_H

#include "figures/claims.h"

/* in = needed of `of`, from the counts of the sample. */
int lac_sample_count(lac_claim_sample *s, size_t needed, size_t of);
/* Of s->cases pairs, which are overwritten; confidence from 0 to 1. */
int lac_sample_interval(lac_claim_sample *s, double *left, const double *right, double confidence, lac_relation relation, double factor);

#endif
