#include "setup/alphabet.h"

#include <stdio.h>
#include <string.h>

char *lac_alphabet_text(const lac_problem *p, char text[static LAC_ALPHABET_TEXT])
{
  text[0] = 0;
  for (unsigned i = 0; i < p->symbols; i++)
    snprintf(text + 2 * i, 3, "%02x", p->alphabet[i]);
  return text;
}

static int digit(char c)
{
  static const char digits[] = "0123456789abcdef";
  const char *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) : -1;
}

/* Ascending, so that each byte is there once. */
int lac_alphabet_read(const lac_result *r, lac_problem *p)
{
  const char *text = lac_result_attribute(r, "alphabet");
  size_t length = text ? strlen(text) : 0;
  int last = -1;
  for (size_t i = 0; i + 1 < length && length < LAC_ALPHABET_TEXT; i += 2) {
    int high = digit(text[i]), low = digit(text[i + 1]), byte = 16 * high + low;
    if (high < 0 || low < 0 || byte <= last)
      break;
    p->alphabet[i / 2] = (uint8_t)(last = byte);
    p->symbols = (unsigned)(i / 2 + 1);
  }
  return p->symbols && 2 * (size_t)p->symbols == length ? LAC_OK :
         lac_fail(LAC_EUSER, "%s does not say which symbols its model knows (the attribute alphabet); run it again", r->path);
}

const double *lac_alphabet_numbers(const lac_result *r, const lac_problem *p, size_t *d)
{
  *d = p->base ? r->merged_d : r->d;
  return p->base ? r->merged : r->x;
}
