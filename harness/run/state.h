/* state.h: all that a run is between two rounds, saved and restored.

   The rows of lac_vectors that have a name, counts, resolved step sizes, constants, x*, the trace so far, and late mail under way.
   Random streams are functions of (client, round), so they are no state. */
#ifndef LAC_STATE_H
#define LAC_STATE_H

#include "run/run.h"

/* "none", "500" (rounds), "30s", "10m", "2h".  EUSER. */
int lac_saving_parse(lac_saving *s, const char *text);

/* One checkpoint of the state after r->round rounds; rows come from the sink.  Collective. */
int lac_state_save(lac_run *r, const lac_sink *sink);

/* The trace of a checkpoint, on rank 0. */
typedef struct { lac_cell *cells; size_t rows; } lac_trace;

/* From the newest checkpoint that is whole and of this configuration, on any number of ranks; a bad one is named on stderr.
   EFORMAT: none is usable, and the sentence says why; the run can then start from the beginning.  Collective. */
int lac_state_restore(lac_run *r, lac_trace *trace);

#endif
