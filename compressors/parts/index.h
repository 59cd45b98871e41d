/* index.h: which k of d coordinates, as bits; d < 2^32.

     fixed         ceil(log2 d) bits an index
     bitmap        a bit a coordinate
     golomb        Golomb-Rice: of the gap between two indices the low w bits, and the others in unary
     enumerative   the number of the set among all k-subsets, where there are fewer than 2^64; else an arithmetic code of the gaps that
                   takes log2 C(d,k) bits and some ten more for every set
     auto          enumerative, where there are fewer than 2^64 sets; else what is the smallest for this set, and 2 bits that say which

   Where 2k > d, all but bitmap code the d - k other coordinates.  FORMATS.md has the bits. */
#ifndef LAC_INDEX_H
#define LAC_INDEX_H

#include "msg.h"

typedef enum { LAC_INDEX_FIXED, LAC_INDEX_BITMAP, LAC_INDEX_GOLOMB, LAC_INDEX_ENUMERATIVE, LAC_INDEX_AUTO } lac_index;
#define LAC_INDEX_CHOICES "fixed|bitmap|golomb|enumerative|auto"
/* The line of an option table. */
#define LAC_INDEX_OPTION(params) \
  { "index", LAC_CHOICE, offsetof(params, index), "auto", NULL, LAC_INDEX_CHOICES, "code of the set of indices" }

/* NULL, or why vectors of length d are too long. */
const char *lac_index_refuse(uint64_t d);

/* Bits of a set: the number (*exact = 1) or an upper bound (0), which grows with k up to k = d/2. */
uint64_t lac_index_bits(lac_index code, uint64_t d, uint64_t k, int *exact);

/* The set, ascending.  EBUG when it is not, or not below d. */
int lac_index_put(lac_index code, lac_msg *m, uint64_t d, uint64_t k, const uint32_t *set);
/* EFORMAT: no set of k ascending indices below d. */
int lac_index_get(lac_index code, lac_msg *m, uint64_t d, uint64_t k, uint32_t *set);

#endif
