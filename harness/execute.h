/* execute.h: one configuration, from options to a result file. */
#ifndef LAC_EXECUTE_H
#define LAC_EXECUTE_H

#include "comm.h"
#include "config.h"

/* What came out, on rank 0. */
typedef struct {
  char path[1024];
  char digest[17];             /* of the result */
  int skipped;                 /* it was there already, complete */
  int missing;                 /* its data set is not here and the caller said that this is fine */
} lac_outcome;

/* Run it, or find that it was run: with no --output the file is RESULTS/DIGEST.h5, named by the configuration, and a complete one
   is kept.  allow_missing: a data set that cannot be found is not an error.  Collective. */
int lac_execute(lac_comm *comm, const lac_config *config, int allow_missing, lac_outcome *outcome);

/* The path of the result that this configuration has or would have; reads no shard, runs nothing.  Collective. */
int lac_result_path(lac_comm *comm, const lac_config *config, char path[static 1024]);

#endif
