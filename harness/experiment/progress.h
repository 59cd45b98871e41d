/* progress.h: the progress line of one run, and its rows on their way to the recorder. */
#ifndef LAC_PROGRESS_H
#define LAC_PROGRESS_H

#include "experiment/execute.h"
#include "store/recorder.h"

typedef struct {
  lac_recorder *rec;
  const lac_run *run;
  lac_execution *how;
  double start, from;             /* from: rounds done before */
  int on, width;
} lac_progress;

/* Before the first round of this session.  rec: rank 0. */
void lac_progress_begin(lac_progress *p, const lac_run *run, lac_recorder *rec, lac_execution *how);
/* Where the rows of the run go: to the recorder, and some of them to the line.  p lives as long as the sink. */
lac_sink lac_progress_sink(lac_progress *p);
/* Wipe the line. */
void lac_progress_end(lac_progress *p);

#endif
