/* tap.h: a test program prints one line a test; what harness/ must not do, tests may.  TAP version 12. */
#ifndef LAC_TAP_H
#define LAC_TAP_H

#include <stdarg.h>
#include <stdio.h>

static unsigned tap_count, tap_failed;

/* One test; returns whether it passed. */
__attribute__((format(printf, 2, 3), unused))
static int ok(int passed, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  printf("%sok %u - ", passed ? "" : "not ", ++tap_count);
  vprintf(format, args);
  putchar('\n');
  va_end(args);
  tap_failed += !passed;
  return passed;
}

/* |got - want| <= tolerance * max(1, |want|); says both numbers when it is not. */
__attribute__((unused))
static int is_near(double got, double want, double tolerance, const char *name)
{
  double scale = want > 1 ? want : want < -1 ? -want : 1, gap = got > want ? got - want : want - got;
  if (!ok(gap <= tolerance * scale, "%s", name))
    printf("#   got %.17g, expected %.17g (tolerance %g)\n", got, want, tolerance);
  return gap <= tolerance * scale;
}

__attribute__((unused))
static void skip(const char *name, const char *reason)
{
  printf("ok %u - %s # SKIP %s\n", ++tap_count, name, reason);
}

/* The plan, and what main returns. */
__attribute__((unused))
static int done(void)
{
  printf("1..%u\n", tap_count);
  return tap_failed ? 1 : 0;
}

#endif
