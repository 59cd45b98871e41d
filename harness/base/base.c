#include "base.h"

#include "utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char sentence[1024];

int lac_fail(int code, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(sentence, sizeof sentence, format, args);
  va_end(args);
  lac_printable(sentence);
  return code;
}

int lac_context(int code, const char *format, ...)
{
  if (code == LAC_OK)
    return code;
  char front[256], all[sizeof front + sizeof sentence + 2];
  va_list args;
  va_start(args, format);
  vsnprintf(front, sizeof front, format, args);
  va_end(args);
  lac_printable(front);
  snprintf(all, sizeof all, "%s: %s", front, sentence);
  memcpy(sentence, all, sizeof sentence);
  sentence[sizeof sentence - 1] = 0;
  lac_printable(sentence);
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
