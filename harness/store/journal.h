/* journal.h: an append-only file of checksummed records; a torn end is recognised and dropped. */
#ifndef LAC_JOURNAL_H
#define LAC_JOURNAL_H

#include "base.h"

typedef struct { int fd; uint8_t *pending; size_t used, cap; } lac_journal;

/* Locked until it is closed.  EUSER when it exists (another run may be writing it) or cannot be made. */
int lac_journal_create(lac_journal *j, const char *path);
/* A new one under a temporary name, which takes the name `path`, and the place of the one there, when what was appended is on disk. */
int lac_journal_replace(lac_journal *j, const char *path);
int lac_journal_settle(lac_journal *j, const char *path);
/* Not to be settled after all. */
void lac_journal_abandon(const char *path);
/* EUSER while another process is writing it; else, or when there is none, fine.  Locked until *fd is closed; -1: none. */
int lac_journal_lock(const char *path, int *fd);
int lac_journal_append(lac_journal *j, uint32_t kind, const void *bytes, size_t size);   /* in memory until flushed */
int lac_journal_flush(lac_journal *j);                                                   /* to the operating system */
void lac_journal_close(lac_journal *j);

/* Call `each` for every whole record in order.  EFORMAT: not a journal at all. */
typedef int (*lac_journal_each)(void *self, uint32_t kind, const void *bytes, size_t size);
int lac_journal_read(const char *path, lac_journal_each each, void *self);

#endif
