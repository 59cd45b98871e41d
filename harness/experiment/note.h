/* note.h: what a result says of its run besides the rows.  Serial: rank 0 alone calls it. */
#ifndef LAC_NOTE_H
#define LAC_NOTE_H

#include "run/run.h"
#include "store/recorder.h"

/* Before the first row: the resolved configuration, its digest, the constants that are known, the environment. */
int lac_note_start(lac_recorder *rec, const lac_run *run, const char *config_digest);
/* After the last row: why the run ended, and where its seconds went. */
int lac_note_end(lac_recorder *rec, const lac_run *run);

#endif
