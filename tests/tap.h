/* tap.h: Test Anything Protocol for C, plan at the end.

     int main(void) { ok(1 + 1 == 2, "sums"); is_str(name, "ef21", "the name"); return done(); }

   done() prints the plan and gives the exit status: 0 only if every test passed.

   PROGRAM WORD... prints and counts only the tests in whose description one of the words stands; a word that stands in none is a failure.
   A loop over many cases asks tap_wants() before it works on one. */
#ifndef LAC_TAP_H
#define LAC_TAP_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static unsigned tap_count, tap_failed;
static int tap_shown = 1;      /* the last test is one that is wanted */
static char **tap_words;       /* ends with NULL; empty: all */

/* glibc hands main's arguments to constructors, too. */
static inline __attribute__((constructor)) void tap_start(int argc, char **argv) { tap_words = argc > 0 ? argv + 1 : NULL; }

/* Whether a test with this description, or one whose description begins with it, is to be run. */
static inline __attribute__((unused)) int tap_wants(const char *description)
{
  int wanted = !tap_words || !*tap_words;
  for (char **word = tap_words; !wanted && *word; word++)
    wanted = strcasestr(description, *word) != NULL;
  return wanted;
}

static inline __attribute__((format(printf, 3, 0))) int tap_line(int pass, const char *skipped, const char *format,
                                                                  va_list args)
{
  char description[1024];
  vsnprintf(description, sizeof description, format, args);
  tap_shown = tap_wants(description);
  if (!tap_shown)
    return pass;
  tap_count++;
  tap_failed += !pass;
  printf("%sok %u - %s", pass ? "" : "not ", tap_count, description);
  if (skipped)
    printf(" # SKIP %s", skipped);
  putchar('\n');
  fflush(stdout);      /* a crash later must not hide what was done */
  return pass;
}

#define TAP_LINE(pass, skipped, format)            \
  do {                                             \
    va_list args_;                                 \
    va_start(args_, format);                       \
    tap_line(pass, skipped, format, args_);        \
    va_end(args_);                                 \
  } while (0)

static inline __attribute__((format(printf, 2, 3), unused)) int ok(int pass, const char *format, ...)
{
  TAP_LINE(pass, NULL, format);
  return pass;
}

static inline __attribute__((format(printf, 3, 4), unused)) int is_str(const char *got, const char *want,
                                                                        const char *format, ...)
{
  int pass = got && want ? strcmp(got, want) == 0 : got == want;
  TAP_LINE(pass, NULL, format);
  if (!pass && tap_shown)
    printf("#   got  '%s'\n#   want '%s'\n", got ? got : "(NULL)", want ? want : "(NULL)");
  return pass;
}

static inline __attribute__((format(printf, 3, 4), unused)) int is_u64(uint64_t got, uint64_t want, const char *format,
                                                                        ...)
{
  TAP_LINE(got == want, NULL, format);
  if (got != want && tap_shown)
    printf("#   got  %" PRIu64 "\n#   want %" PRIu64 "\n", got, want);
  return got == want;
}

/* |got - want| <= tolerance; a NaN is never near. */
static inline __attribute__((format(printf, 4, 5), unused)) int is_near(double got, double want, double tolerance,
                                                                         const char *format, ...)
{
  int pass = fabs(got - want) <= tolerance;
  TAP_LINE(pass, NULL, format);
  if (!pass && tap_shown)
    printf("#   got  %.17g\n#   want %.17g within %g\n", got, want, tolerance);
  return pass;
}

/* The larger of two errors; a NaN is the largest. */
static inline __attribute__((unused)) double tap_worse(double worst, double error)
{
  return isnan(worst) || isnan(error) ? INFINITY : fmax(worst, error);
}

/* One test that cannot run here, with the reason. */
static inline __attribute__((format(printf, 2, 3), unused)) void skip(const char *reason, const char *format, ...)
{
  TAP_LINE(1, reason, format);
}

/* Instead of any test: `return skip_all("why");`. */
static inline __attribute__((unused)) int skip_all(const char *reason)
{
  printf("1..0 # SKIP %s\n", reason);
  return 0;
}

/* A line for people. */
static inline __attribute__((format(printf, 1, 2), unused)) void diag(const char *format, ...)
{
  va_list args;
  if (!tap_shown)
    return;
  va_start(args, format);
  printf("# ");
  vprintf(format, args);
  putchar('\n');
  va_end(args);
}

static inline __attribute__((unused)) int done(void)
{
  printf("1..%u\n", tap_count);
  if (tap_failed)
    printf("# %u of %u tests failed\n", tap_failed, tap_count);
  if (tap_count == 0)
    printf("# no test has one of these words\n");
  return tap_failed != 0 || tap_count == 0;
}

#endif
