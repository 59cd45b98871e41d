/* execute.h: one configuration, from options to a result file. */
#ifndef LAC_EXECUTE_H
#define LAC_EXECUTE_H

#include "ranks/comm.h"
#include "run/config.h"
#include "setup/keep.h"

enum { LAC_PATH = 4096 };      /* bytes of the path of a result */

/* What came out, on rank 0. */
typedef struct {
  char path[LAC_PATH];
  char digest[17];             /* of the result */
  int skipped;                 /* it was there already, complete */
  int interrupted;             /* a signal stopped it */
  int paused;                  /* on all ranks: --pause stopped it, which the caller allows */
  int fresh;                   /* on all ranks: without a usable checkpoint it starts from the beginning */
  int missing;                 /* its data set is not here and the caller said that this is fine */
} lac_outcome;

/* Run it, or find that it was run: with no --output the file is RESULTS/DIGEST.h5, named by the configuration, and a complete one
   is kept.  EINTERRUPTED: a signal came; the state is in a checkpoint, the trace in the file.
   allow: LAC_ALLOW_MISSING, a data set that cannot be found is not an error; LAC_ALLOW_FRESH, --resume without a usable checkpoint starts
   from the beginning; LAC_ALLOW_PAUSE, --pause is no interruption, and OK is returned.  Collective. */
enum { LAC_ALLOW_MISSING = 1, LAC_ALLOW_FRESH = 2, LAC_ALLOW_PAUSE = 4 };
/* Of all runs: which this is, of how many, and the seconds that are left. */
typedef struct { size_t run, runs; double seconds; } lac_sweep_progress;
typedef struct {
  unsigned allow;
  lac_keep *keep;              /* what runs leave to each other, or NULL */
  int quiet;                   /* no progress line, whatever --progress says: another run has it */
  double shown;                /* seconds: when the progress line was written last */
  void (*progress)(void *self, double fraction, lac_sweep_progress *p);      /* when this run has got so far; NULL: it is the only one */
  void *self;
} lac_execution;
int lac_execute(lac_comm *comm, const lac_config *config, lac_execution *how, lac_outcome *outcome);

/* The path of the result that this configuration has or would have, the digest of the configuration, and bytes that the run takes; loads no
   shard, runs nothing.  Collective. */
int lac_result_path(lac_comm *comm, const lac_config *config, lac_keep *keep, char path[static LAC_PATH], char config_digest[static 17],
                    size_t *bytes);

#endif
