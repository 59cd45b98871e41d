/* text.h: numbers and places in a text that somebody else wrote. */
#ifndef LAC_DATASETS_TEXT_H
#define LAC_DATASETS_TEXT_H

#include <stddef.h>

/* Read one decimal number at *p, whatever the locale, to exactly what strtod gives in the C locale, and move *p behind
   it.  0 when there is none; the value may be infinite (1e999).  Hexadecimal, "inf" and "nan" are not numbers here. */
int lac_parse_decimal(const char **p, double *value);
/* The 1-based line on which `at` stands. */
size_t lac_line_of(const char *text, const char *at);
/* Copy what stands at `at` up to a blank into buf for a message: at most size - 1 bytes, whole characters. */
const char *lac_excerpt(const char *at, char *buf, size_t size);

#endif
