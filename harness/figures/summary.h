/* summary.h: results as a table, a row a run. */
#ifndef LAC_SUMMARY_H
#define LAC_SUMMARY_H

#include "experiment/collect.h"
#include "experiment/reduce.h"
#include "sheet.h"

typedef struct {
  const lac_result *result;
  const char *label, *factor;      /* of an experiment file, or "" */
} lac_summary_run;

typedef struct {
  const lac_reduction *metric;     /* columns of their own, behind the others */
  const char *const *metric_name;
  size_t metrics;
  int all;                         /* every option and constant, and the last row of every column of the trace; else what people want first:
                                      the options in which runs differ, as they were given, rounds, the last |grad f|^2, bits, the end */
} lac_summary_wish;

/* Free the sheet.  EUSER: a metric of a column that a result does not have. */
int lac_summary_make(lac_sheet *s, const lac_summary_run *run, size_t count, const lac_summary_wish *wish);

#endif
