/* libsvm.h: LIBSVM text as rows. */
#ifndef LAC_DATASETS_LIBSVM_H
#define LAC_DATASETS_LIBSVM_H

#include "data.h"

/* Parse LIBSVM text in memory, which ends with a 0 behind its last byte and is cleaned in place (utf8.h).  d = 0: the largest index.
   `name` is for messages. */
int lac_libsvm_parse(const char *name, char *text, size_t size, size_t d, lac_rows **rows);
/* Bytes that the rows of such a text take, or a little more: each line a row, each colon an entry. */
double lac_libsvm_bytes(const char *text, size_t size);

#endif
