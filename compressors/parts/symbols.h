/* symbols.h: a run of small numbers, `width` bits each (1 to 8), as bits.

   Without an entropy coder they are packed, width bits each, the first in the lowest bits.  With one ("qsgd+ans"):

     1 bit    0: packed as above, because coding would not save bits; 1: coded
     32 bits  bytes that the coder wrote
     8 x that

   Callers do not know whether there is a coder.  They write long vectors in runs of LAC_RUN symbols, so that a run stays in the cache. */
#ifndef LAC_SYMBOLS_H
#define LAC_SYMBOLS_H

#include "compressor.h"

enum { LAC_RUN = 1 << 14 };

int lac_symbols_put(const lac_site *s, const uint8_t *symbol, size_t count, unsigned width, lac_msg *m);
/* EFORMAT: the bits are no run of so many symbols. */
int lac_symbols_get(const lac_site *s, lac_msg *m, uint8_t *symbol, size_t count, unsigned width);
/* Bits of `count` symbols in runs of LAC_RUN: the number, or an upper bound with a coder. */
uint64_t lac_symbols_bits(const lac_site *s, size_t count, unsigned width, int *exact);
/* How often each symbol occurs. */
void lac_symbols_count(const uint8_t *symbol, size_t count, uint32_t of[256]);
/* Of a run with so many of each symbol, order 0, in bits. */
double lac_symbols_entropy(const uint32_t of[256]);

#endif
