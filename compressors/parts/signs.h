/* signs.h: signs of coordinates as the bits of words, 64 a word: a run of them is a string of bits of the message. */
#ifndef LAC_SIGNS_H
#define LAC_SIGNS_H

#include "symbols.h"

#define LAC_SIGN_WORDS(count) (((count) + 63) / 64)

/* Bit j: x_j < 0; the bits behind are 0. */
void lac_sign_bits(size_t count, const double *x, uint64_t *word);
/* Bit j: c_j != 0; the bits behind are 0. */
void lac_nonzero_bits(size_t count, const uint8_t *c, uint64_t *word);
/* y_j += s, or -s where bit from + j is set.  Seven bytes behind the words may be read. */
void lac_add_signs(size_t count, const uint64_t *word, size_t from, double s, double *y);

/* A run of at most LAC_RUN 1-bit symbols (symbols.h). */
int lac_sign_bits_put(const lac_site *s, const uint64_t *word, size_t count, lac_msg *m);
int lac_sign_bits_get(const lac_site *s, lac_msg *m, uint64_t *word, size_t count);

#endif
