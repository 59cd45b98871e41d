/* recorder.h: from rows to a result file.  Serial: rank 0 alone calls it.

   While a run goes on, rows go to an append-only journal beside the file (FILE.journal), flushed every `flush` seconds, and the HDF5 file
   is made anew (temporary + fsync + rename) whenever that costs less than a twentieth of the time gone by.  So what is at FILE
   is always a whole HDF5 file, and a killed run loses at most the rows of the last flush.  A journal that its run did
   not end is folded into FILE by the next command that opens it. */
#ifndef LAC_RECORDER_H
#define LAC_RECORDER_H

#include "base.h"
#include "store/messages.h"
#include "store/trace.h"

typedef struct lac_recorder lac_recorder;

/* EUSER when path exists (unless force), or cannot be written. */
int lac_recorder_open(lac_recorder **rec, const char *path, int force, double flush);
/* Go on: rows that the journal of a killed run holds stay, and so does the journal until the new one holds them too.
   EUSER: it is of another configuration, or another run is at it. */
int lac_recorder_reopen(lac_recorder **rec, const char *path, const char *config_digest, double flush);
/* A text attribute of a group ("config", "environment", "timing"), or of the root ("").  Those of before lac_recorder_begin are in the
   journal too; later ones are of FILE alone, since a journal is of a run that did not end. */
int lac_recorder_note(lac_recorder *rec, const char *group, const char *key, const char *value);
/* After the notes that are known at the start: begin the trace. */
int lac_recorder_begin(lac_recorder *rec, const lac_column *columns, size_t count);
/* After begin, when reopened: the rows of a checkpoint (columns + LAC_BESIDE cells each), after which the run goes on.  Rows that the
   killed run recorded later are known; the run computes them again, and they must come out the same (EUSER). */
int lac_recorder_known(lac_recorder *rec, const lac_cell *cells, size_t rows);
/* Before the first row: the messages of the run, which grow with its rows.  They belong to the caller and live until the end. */
int lac_recorder_messages(lac_recorder *rec, lac_message_log *messages);
int lac_recorder_row(void *rec, const lac_cell *cells);
/* The rows so far: *count of *width cells each. */
const lac_cell *lac_recorder_rows(const lac_recorder *rec, size_t *count, size_t *width);
/* Before the end: the vector that the final iterate stands for in a problem inside of the run's; it lives until then.  The digest does not
   depend on it. */
void lac_recorder_merged(lac_recorder *rec, const double *merged, size_t d);
/* The end of a run: its final iterate of d numbers and the `count` numbers that the compressor of client 0 remembers.  Writes FILE and
   removes the journal.  digest receives 16 hex digits. */
int lac_recorder_end(lac_recorder *rec, const double *x, size_t d, const double *memory, size_t count, char digest[static 17]);
/* The run stops before its end and will go on: FILE holds all rows, the journal stays. */
int lac_recorder_interrupt(lac_recorder *rec);
/* Close without an end: the journal stays. */
void lac_recorder_close(lac_recorder *rec);

#endif
