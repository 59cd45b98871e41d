/* trial.h: runs whose rows stay in memory, for certificates. */
#ifndef LAC_CERTIFY_TRIAL_H
#define LAC_CERTIFY_TRIAL_H

#include "certify/certify.h"
#include "run/mean.h"
#include "run/round.h"
#include "setup/setup.h"

typedef struct {
  lac_config config;
  lac_run run;
  int opened;
  size_t rows, cap;         /* rank 0 */
  lac_cell *cell;           /* rows * run.columns */
  uint64_t digest;          /* rank 0: of rows and last iterate */
} lac_trial;

/* Options of laconic run as "key=value key=value", lists of such ending with NULL; later ones win.  Collective over comm, as all of
   these.  Close it whatever happened. */
int lac_trial_open(lac_trial *t, lac_comm *comm, const char *algorithm, const char *const words[]);
int lac_trial_rounds(lac_trial *t);
int lac_trial_run(lac_trial *t, lac_comm *comm, const char *algorithm, const char *const words[]);      /* both */
void lac_trial_close(lac_trial *t);
/* A cell of the trace, rank 0; NaN when there is no such column. */
double lac_trial_real(const lac_trial *t, size_t row, const char *column);

/* What says nothing about the plug-in: no memory, no network. */
int lac_trial_is_fatal(int status);
/* What a plug-in may well say: these options and this compressor do not go together. */
int lac_trial_is_refused(int status);

#endif
