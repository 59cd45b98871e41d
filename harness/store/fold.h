/* fold.h: from the journal of a run that did not end to a result.  Serial: rank 0 alone calls it. */
#ifndef LAC_FOLD_H
#define LAC_FOLD_H

#include "store/image.h"
#include "store/store.h"

/* The records of a run's journal. */
enum { LAC_RECORD_NOTE = 1, LAC_RECORD_COLUMNS = 2, LAC_RECORD_ROW = 3, LAC_RECORD_MESSAGES = 4 };

/* Add what is in a journal to an image; one that is not there or empty adds nothing.  A record that is damaged, with good ones behind it,
   is named on stderr.  EFORMAT. */
int lac_fold_read(const char *journal, lac_image *im);
/* Open a file for reading, with the journal beside it folded in: in memory, and on disk where we may write and no run is at it.
   EUSER, EFORMAT. */
int lac_load_file(lac_file *f, const char *path);

#endif
