/* text.c: numbers and places in a text that somebody else wrote. */
#include "text.h"

#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_DIGITS = 15, EXACT_POWER = 22 };      /* 10^15 < 2^53, and 10^22 is a double */

static const double power10[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static int is_digit(char c) { return (unsigned)(c - '0') < 10; }

/* A locale of our own: the program's may write a decimal comma. */
static locale_t c_locale;
static void make_c_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

static double slow_decimal(const char *text)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_c_locale);
  return c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

/* The digits at p: their value in *mantissa (as far as it fits), how many count from the first non-zero one. */
static const char *digits(const char *p, uint64_t *mantissa, int *significant)
{
  for (; is_digit(*p); p++) {
    if (*significant < EXACT_DIGITS)
      *mantissa = *mantissa * 10 + (uint64_t)(*p - '0');
    if (*mantissa && *significant <= EXACT_DIGITS)
      ++*significant;
  }
  return p;
}

/* The exponent at p, if there is one; its size stops growing where no double is near. */
static const char *exponent(const char *p, long *power)
{
  if (*p != 'e' && *p != 'E')
    return p;
  const char *q = p + 1;
  int negative = *q == '-';
  q += *q == '-' || *q == '+';
  if (!is_digit(*q))
    return p;
  long e = 0;
  for (; is_digit(*q); q++)
    if (e < 1000000)
      e = e * 10 + (*q - '0');
  *power += negative ? -e : e;
  return q;
}

int lac_parse_decimal(const char **at, double *value)
{
  const char *start = *at, *p = start;
  int negative = *p == '-', significant = 0;
  uint64_t mantissa = 0;
  long power = 0;
  p += *p == '-' || *p == '+';
  const char *whole = p;
  p = digits(p, &mantissa, &significant);
  ptrdiff_t count = p - whole;
  if (*p == '.') {
    const char *fraction = p + 1;
    p = digits(fraction, &mantissa, &significant);
    count += p - fraction;
    power = -(long)(p - fraction);
  }
  if (count == 0)
    return 0;
  p = exponent(p, &power);
  *at = p;
  if (significant <= EXACT_DIGITS && power >= -EXACT_POWER && power <= EXACT_POWER) {
    /* both factors are doubles, so that the one operation rounds as strtod must */
    double x = power < 0 ? (double)mantissa / power10[-power] : (double)mantissa * power10[power];
    *value = negative ? -x : x;
  } else
    *value = slow_decimal(start);
  return 1;
}

size_t lac_line_of(const char *text, const char *at)
{
  size_t line = 1;
  for (const char *p = text; p < at; p++)
    line += *p == '\n';
  return line;
}

const char *lac_excerpt(const char *at, char *buf, size_t size)
{
  size_t i = 0;
  for (; i + 1 < size && at[i] && !strchr(" \t\n", at[i]); i++)
    buf[i] = at[i];
  while (i > 0 && (at[i] & 0xc0) == 0x80)      /* no half of a character */
    i--;
  buf[i] = '\0';
  return buf;
}
