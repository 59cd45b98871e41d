/* msg.h: the message, the unit of information flow and the only meter of bits.

   A message is a string of bits, written at its end and read from its start.  Numbers are little-endian: bit 0 of
   the first number written is the lowest bit of byte 0.  Nothing is added: no header, no padding between fields. */
#ifndef LAC_MSG_H
#define LAC_MSG_H

#include "base.h"

typedef struct lac_msg {
  uint8_t *buf;
  size_t cap;        /* bytes; 0 for a message that only views somebody's bytes */
  uint64_t nbits;    /* written so far */
  uint64_t rpos;     /* read so far */
  uint64_t from;     /* bit where this message begins: several may stand in one buffer, each written behind the one before */
  uint32_t uses;     /* compressed vectors written or read so far: names the random stream of the next one */
  double *spare;     /* NULL, or bits so far that an ideal code would not have needed; NaN: nothing is known of any */
} lac_msg;

/* Wire formats of one real number. */
typedef enum { LAC_F64, LAC_F32 } lac_value;
#define LAC_VALUE_CHOICES "f64|f32"
unsigned lac_value_bits(lac_value format);

void lac_msg_clear(lac_msg *m);                                     /* empty, back to `from`; keeps the buffer */
void lac_msg_free(lac_msg *m);
void lac_msg_view(lac_msg *m, const void *bytes, uint64_t nbits);    /* read-only message over somebody's bytes */
size_t lac_msg_bytes(const lac_msg *m);                              /* bytes that hold nbits; spare bits are 0 */

/* Forget what was written behind bit nbits, as if it had never been. */
void lac_msg_cut(lac_msg *m, uint64_t nbits);
/* Append the low `width` bits (0..64) of value.  ENOMEM, or EBUG when value does not fit. */
int lac_msg_put(lac_msg *m, uint64_t value, unsigned width);
/* Read `width` bits (0..64).  EFORMAT past the end. */
int lac_msg_get(lac_msg *m, unsigned width, uint64_t *value);

/* The same for any number of bits, the lowest of byte 0 first; spare bits of the last byte are ignored, and 0 when they are read. */
int lac_msg_put_bits(lac_msg *m, const void *bytes, uint64_t nbits);
int lac_msg_get_bits(lac_msg *m, void *bytes, uint64_t nbits);

/* k reals.  Writing refuses what the format cannot hold as a finite number (EDIVERGED); reading refuses what is
   not finite (EFORMAT). */
int lac_msg_put_reals(lac_msg *m, lac_value format, const double *x, size_t k);
int lac_msg_get_reals(lac_msg *m, lac_value format, double *x, size_t k);
int lac_msg_add_reals(lac_msg *m, lac_value format, double s, double *y, size_t k);      /* y += s * (the k reals read) */

/* What was written from bit `from` on, `needed` bits would have said: for laconic bench. */
void lac_msg_spare(lac_msg *m, uint64_t from, double needed);

#endif
