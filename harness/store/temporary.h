/* temporary.h: a file that takes the place of another one when it is whole and on disk, and not before.

   Its name, PATH.tmp.RANDOM, is its own on every machine that sees the folder: two processes at one path never write to each other's.
   It is locked while its process lives, so that one that was killed is told from one that is being written; where the file system has no
   locks none is ever removed, and where its locks hold on one node alone, the rename of a process on another node may fail.  Serial. */
#ifndef LAC_TEMPORARY_H
#define LAC_TEMPORARY_H

#include "base.h"
#include <stdio.h>

typedef struct { int fd; FILE *to; char *path, *name; } lac_temporary;      /* fd -1: none; name NULL: it is in its place */

/* ---- a file that is written at once; cheap enough for one that is made again and again ---- */

/* EIO. */
int lac_temporary_create(lac_temporary *t, const char *path);
/* On disk, then renamed to `path`.  Open still; close it with lac_temporary_drop, which then removes nothing.  EIO. */
int lac_temporary_settle(lac_temporary *t);
/* Close, and remove what did not take its name. */
void lac_temporary_drop(lac_temporary *t);
/* All bytes to a file, as far as it takes them: how many; if fewer, errno says why. */
size_t lac_write_bytes(int fd, const void *bytes, size_t size);

/* ---- a stream, for a file that an option asked for ---- */

/* Write to t->to.  What killed processes left there is removed.  A device or pipe is written itself.  EUSER names the option.
   `format` and what follows make the path. */
int lac_temporary_open(lac_temporary *t, const char *option, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* With `status` OK put it in its place, when every byte is on the disk; else take it away and return status.  EIO names the file. */
int lac_temporary_close(lac_temporary *t, int status);
/* Can the file be written?  To be known before the work that fills it.  EUSER names the option. */
int lac_temporary_try(const char *option, const char *path);

/* ---- a folder in which another program works ---- */

/* In TMPDIR, or /tmp: with files of these names, which may never be made. */
enum { LAC_WORKPLACE_FILES = 3 };
typedef struct { char *folder, *file[LAC_WORKPLACE_FILES]; size_t files; } lac_workplace;

/* What is there when a signal ends the process is removed.  EIO; remove it in any case. */
int lac_workplace_make(lac_workplace *w, const char *const *names, size_t files);
void lac_workplace_remove(lac_workplace *w);

/* Remove the temporaries of a file, and of its journal and its checkpoints if it is a result, that killed processes left. */
void lac_temporary_clean(const char *path);

#endif
