/* journal.h: an append-only file of checksummed records; a torn end is recognised and dropped, a damaged record in the middle is told. */
#ifndef LAC_JOURNAL_H
#define LAC_JOURNAL_H

#include "store/temporary.h"

typedef struct {
  int fd;
  uint8_t *pending;
  size_t used, cap;
  lac_temporary temporary;          /* of lac_journal_replace */
} lac_journal;

/* Locked until it is closed.  EUSER when it exists (another run may be writing it) or cannot be made. */
int lac_journal_create(lac_journal *j, const char *path);
/* A new one under a temporary name, which takes the name `path`, and the place of the one there, when what was appended is on disk.
   One that is closed before it is settled leaves the one there. */
int lac_journal_replace(lac_journal *j, const char *path);
int lac_journal_settle(lac_journal *j);
/* EUSER while another process is writing it; else, or when there is none, fine.  Locked until *fd is closed; -1: none. */
int lac_journal_lock(const char *path, int *fd);
/* Is no other process writing this open one?  Then it is locked until fd is closed. */
int lac_journal_idle(int fd);
int lac_journal_append(lac_journal *j, uint32_t kind, const void *bytes, size_t size);   /* in memory until flushed */
/* To the operating system.  EIO: full; what it took is not lost, and the next flush goes on from there. */
int lac_journal_flush(lac_journal *j);
void lac_journal_close(lac_journal *j);

/* Call `each` for every whole record in order, up to the first that is torn or damaged; then `lost` for every whole one behind it: if there
   is one, *damaged is the number of the damaged record, from 1, else 0.  EFORMAT: not a journal at all. */
typedef int (*lac_journal_each)(void *self, uint32_t kind, const void *bytes, size_t size);
int lac_journal_read(const char *path, lac_journal_each each, lac_journal_each lost, void *self, size_t *damaged);

#endif
