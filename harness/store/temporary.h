/* temporary.h: a file that takes the place of another one when it is whole and on disk, and not before.

   Its name, PATH.tmp.RANDOM, is its own on every machine that sees the folder: two processes at one path never write to each other's.
   Serial. */
#ifndef LAC_TEMPORARY_H
#define LAC_TEMPORARY_H

#include "base.h"

typedef struct { int fd; char *name; } lac_temporary;      /* fd -1: none */

/* EIO. */
int lac_temporary_create(lac_temporary *t, const char *path);
/* On disk, then renamed to `path`.  Open still; close it with lac_temporary_drop, which then removes nothing.  EIO. */
int lac_temporary_settle(lac_temporary *t, const char *path);
/* Close, and remove what did not take its name. */
void lac_temporary_drop(lac_temporary *t);
/* Remove the temporaries of a result, its journal and its checkpoints.  For who holds the lock of the journal: all that write there hold
   it, so these are of processes that were killed. */
void lac_temporary_clean(const char *path);

/* A name for one, for those that open it themselves; caller frees.  NULL and lac_fail: no memory. */
char *lac_temporary_name(const char *path);
/* All bytes to a file, as far as it takes them: how many; if fewer, errno says why. */
size_t lac_write_bytes(int fd, const void *bytes, size_t size);
/* Renames in this file's folder are on disk, where the system can say so. */
void lac_sync_folder(const char *path);

#endif
