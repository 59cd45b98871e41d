/* alphabet.h: a language model in a result: its symbols in hexadecimal digits, "0a2021" are a line feed, a blank and '!', and its
   numbers. */
#ifndef LAC_ALPHABET_H
#define LAC_ALPHABET_H

#include "problem.h"
#include "store/result.h"

/* With two digits for each of the p->symbols of p->alphabet; text holds up to 256. */
enum { LAC_ALPHABET_TEXT = 2 * 256 + 1 };
char *lac_alphabet_text(const lac_problem *p, char text[static LAC_ALPHABET_TEXT]);
/* Into p->alphabet and p->symbols before the problem is opened, which then keeps to these symbols.  EUSER: the result has none. */
int lac_alphabet_read(const lac_result *r, lac_problem *p);
/* The numbers of the model itself, *d of them: where p, which the result is of, is adapters, those that they were merged into.  NULL: the
   result has none. */
const double *lac_alphabet_numbers(const lac_result *r, const lac_problem *p, size_t *d);

#endif
