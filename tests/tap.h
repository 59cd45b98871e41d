/* tap.h: the Test Anything Protocol in a page.  `return done();` ends a program; it exits with 0 only when all passed. */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

/* One line of diagnosis, for people. */
__attribute__((format(printf, 1, 2), unused)) static void diag(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  printf("# ");
  vprintf(format, args);
  printf("\n");
  va_end(args);
}

__attribute__((format(printf, 2, 0))) static int tap_report(int passed, const char *format, va_list args)
{
  tap_failed += !passed;
  printf("%s %d - ", passed ? "ok" : "not ok", ++tap_count);
  vprintf(format, args);
  printf("\n");
  fflush(stdout);
  return passed;
}

__attribute__((format(printf, 2, 3), unused)) static int ok(int condition, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  tap_report(condition != 0, format, args);
  va_end(args);
  return condition != 0;
}

__attribute__((format(printf, 3, 4), unused)) static int is_u64(uint64_t have, uint64_t want, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  tap_report(have == want, format, args);
  va_end(args);
  if (have != want)
    diag("have %" PRIu64 " (0x%" PRIx64 "), want %" PRIu64 " (0x%" PRIx64 ")", have, have, want, want);
  return have == want;
}

__attribute__((format(printf, 3, 4), unused)) static int is_str(const char *have, const char *want, const char *format, ...)
{
  int same = have && want ? strcmp(have, want) == 0 : have == want;
  va_list args;
  va_start(args, format);
  tap_report(same, format, args);
  va_end(args);
  if (!same)
    diag("have '%s', want '%s'", have ? have : "(null)", want ? want : "(null)");
  return same;
}

__attribute__((unused)) static void skip(const char *reason)
{
  printf("ok %d # SKIP %s\n", ++tap_count, reason);
}

/* Instead of any test. */
__attribute__((unused)) static int skip_all(const char *reason)
{
  printf("1..0 # SKIP %s\n", reason);
  return 0;
}

__attribute__((unused)) static int done(void)
{
  printf("1..%d\n", tap_count);
  if (tap_failed)
    diag("%d of %d failed", tap_failed, tap_count);
  return tap_failed || tap_count == 0;
}

#endif
