/* index.h: which k of d coordinates, as bits.  One of three codes, chosen by (d, k) alone, so that nothing says which:

     enumerative   ceil(log2 C(d,k)) bits: the number of the set among all k-subsets; when C(d,k) < 2^64
     fixed         k ceil(log2 d) bits: the indices, ascending
     bitmap        d bits

   the smallest, in that order when equal.  Indices are written and read ascending, one at a time: no array is needed. */
#ifndef LAC_INDEX_H
#define LAC_INDEX_H

#include "msg.h"

typedef struct {
  lac_msg *m;
  uint64_t d, k;
  uint64_t from;        /* where the field begins */
  uint64_t done;        /* indices so far */
  uint64_t next;        /* smallest index that may come now */
  uint64_t rank;        /* enumerative: of the set, still to be written or to be taken apart */
  uint64_t word;        /* bitmap, reading: bits of [base, base + 64) not yet looked at */
  uint64_t base;
  int code;
} lac_index;

uint64_t lac_index_bits(uint64_t d, uint64_t k);                  /* exact */

void lac_index_write(lac_index *w, lac_msg *m, uint64_t d, uint64_t k);
int lac_index_put(lac_index *w, uint64_t j);                      /* k times, ascending; the last one completes the field */

int lac_index_read(lac_index *r, lac_msg *m, uint64_t d, uint64_t k);   /* EFORMAT: no such set */
int lac_index_get(lac_index *r, uint64_t *j);                     /* k times; after the last, m stands behind the field */

#endif
