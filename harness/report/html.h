/* html.h: texts of users and files on their way into a page: nothing in them is markup, and every byte is UTF-8. */
#ifndef LAC_HTML_H
#define LAC_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Write the format as it stands, with in the place of %s an escaped text (NULL: nothing), of %r a text that is markup already, of %u a
   size_t, of %g a double with four digits, and of %% a %. */
void lac_html(FILE *to, const char *format, ...);
/* Lines of a text, each escaped by itself. */
void lac_html_lines(FILE *to, const char *text);
/* A string of JSON that may stand inside <script>. */
void lac_html_json(FILE *to, const char *text);
/* A number of JSON with so many digits; null for what is not finite. */
void lac_html_number(FILE *to, double value, int digits);

#endif
