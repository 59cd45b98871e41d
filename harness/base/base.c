#include "base.h"

#include "utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char sentence[1024];

/* A long sentence loses its middle: it begins with the name of a file or an option, and the reason stands at its end. */
static void keep_sentence(const char *text)
{
  static const char gap[] = " ... ";
  size_t length = strlen(text), half = (sizeof sentence - sizeof gap) / 2;
  if (length < sizeof sentence)
    memmove(sentence, text, length + 1);
  else {
    memcpy(sentence, text, half);
    memcpy(sentence + half, gap, sizeof gap - 1);
    memcpy(sentence + half + sizeof gap - 1, text + length - half, half + 1);
  }
  lac_printable(sentence);
}

int lac_fail(int code, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  char *text = NULL;
  int length = vasprintf(&text, format, args);
  va_end(args);
  keep_sentence(length < 0 ? format : text);
  if (length >= 0)
    free(text);
  return code;
}

int lac_context(int code, const char *format, ...)
{
  if (code == LAC_OK)
    return code;
  va_list args;
  va_start(args, format);
  char *front = NULL, *all = NULL;
  if (vasprintf(&front, format, args) < 0)
    front = NULL;
  va_end(args);
  if (front && asprintf(&all, "%s: %s", front, sentence) >= 0) {
    keep_sentence(all);
    free(all);
  }
  free(front);
  return code;
}

const char *lac_error(void) { return sentence; }

void *lac_alloc(size_t bytes)
{
  size_t padded = (bytes + 63) & ~(size_t)63;
  void *p = padded < bytes ? NULL : aligned_alloc(64, padded ? padded : 64);
  if (p)
    memset(p, 0, padded ? padded : 64);
  else
    lac_fail(LAC_ENOMEM, "out of memory: %zu bytes asked for", bytes);
  return p;
}

int lac_grow(void *array, size_t *cap, size_t need, size_t size)
{
  if (need <= *cap)
    return LAC_OK;
  size_t to = *cap + *cap / 2 + 16;
  if (to < need)
    to = need;
  void **p = array, *moved = to > SIZE_MAX / size ? NULL : realloc(*p, to * size);
  if (!moved)
    return lac_fail(LAC_ENOMEM, "out of memory: %zu elements of %zu bytes asked for", to, size);
  *p = moved;
  *cap = to;
  return LAC_OK;
}

size_t lac_stride(size_t d) { return (d + 7) & ~(size_t)7; }

char *lac_strdup(const char *s) { return lac_asprintf("%s", s); }

char *lac_asprintf(const char *format, ...)
{
  char *s = NULL;
  va_list args;
  va_start(args, format);
  if (vasprintf(&s, format, args) < 0) {
    s = NULL;
    lac_fail(LAC_ENOMEM, "out of memory for a text");
  }
  va_end(args);
  return s;
}

char *lac_shell_word(const char *text)
{
  static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./:,=%@";
  if (*text && !text[strspn(text, safe)])
    return lac_strdup(text);
  char *word = lac_alloc(4 * strlen(text) + 3), *end = word;
  if (!word)
    return NULL;
  *end++ = '\'';
  for (; *text; text++)
    if (*text == '\'')
      end = stpcpy(end, "'\\''");
    else
      *end++ = *text;
  *end = '\'';
  return word;
}

double lac_seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

char *lac_format_real(double x, char *buf)
{
  if (fabs(x) < 1e15 && x == floor(x)) {      /* 1000, not 1e+03 */
    snprintf(buf, 32, "%.0f", x);
    return buf;
  }
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(buf, 32, "%.*g", digits, x);
    if (strtod(buf, NULL) == x)
      break;
  }
  return buf;
}
