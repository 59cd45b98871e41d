/* verdicts.h: findings of a check, as continuous integration reads them. */
#ifndef LAC_VERDICTS_H
#define LAC_VERDICTS_H

#include <stddef.h>
#include <stdio.h>

typedef enum { LAC_PASS, LAC_FAIL, LAC_NOT_APPLICABLE, LAC_NOT_TESTED, LAC_VERDICTS } lac_verdict;
extern const char *const lac_verdict_name[LAC_VERDICTS];      /* "PASS", ... */

/* It passes when number <= bound. */
typedef struct {
  const char *kind, *name;      /* "algorithms", "ef21" */
  char check[160];              /* what is checked, in words */
  lac_verdict verdict;
  double number, bound;         /* NaN where there is none */
  char figure[200];             /* what the number is; or why there is none */
} lac_finding;

/* Test Anything Protocol: the line of the number-th finding and a comment; the plan "1..N" is the caller's. */
void lac_put_tap(FILE *to, size_t number, const lac_finding *f);
/* JUnit XML, all findings as one suite. */
void lac_put_junit(FILE *to, const char *suite, const lac_finding *f, size_t count);

#endif
