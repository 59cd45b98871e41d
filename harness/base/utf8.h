/* utf8.h: text from elsewhere, on its way in and on its way to a terminal. */
#ifndef LAC_UTF_H
#define LAC_UTF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How many bytes a character has that begins with this one; 0: none does. */
size_t lac_utf8_length(uint8_t first);

/* What no terminal should be told becomes '?', a byte for a byte: control characters, marks without a width or that turn the direction of
   writing, bytes that are not UTF-8. */
void lac_printable(char *text);
/* fprintf of a text with what users and files have named: all but '\t' and '\n' as lac_printable.  How a command says anything. */
int lac_print(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Make the `size` bytes of a text file, which end with a 0 behind the last, a text as its readers want it: lines end with '\n', and blanks
   are ' ' or '\t'.  So much as many editors and systems write otherwise becomes that, in place and without moving a byte: CR, CRLF, marks
   of UTF-8, other blanks of Unicode and of ASCII.  EUSER for UTF-16 and for a zero byte; `name` is for messages. */
int lac_clean_text(const char *name, char *text, size_t size);

#endif
