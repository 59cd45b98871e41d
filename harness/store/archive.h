/* archive.h: regular files by plain relative names in a ustar archive, packed with gzip; tar -xzf reads it.  In memory as a whole: nothing
   is unpacked to the disk.

   The same files give the same bytes: they are sorted by name, and have no times and no owners.  What is read is hostile: anything but
   regular files under plain names, each once and whole, is refused. */
#ifndef LAC_ARCHIVE_H
#define LAC_ARCHIVE_H

#include "base.h"

enum { LAC_ARCHIVE_NAME = 100, LAC_ARCHIVE_FILES = 20000 };      /* bytes of a name at most; files at most */
#define LAC_ARCHIVE_BYTES ((size_t)1 << 29)                       /* of all files unpacked */

typedef struct { char *name; uint8_t *bytes; size_t size; } lac_archive_file;      /* a 0 behind the last byte */
typedef struct {
  lac_archive_file *file;
  size_t count, cap, bytes;
} lac_archive;

/* Copy a file into it.  EUSER: the name is not plain ("results/a.h5"), or there already, or all files are too large. */
int lac_archive_add(lac_archive *a, const char *name, const void *bytes, size_t size);
/* NULL: there is none of this name. */
const lac_archive_file *lac_archive_find(const lac_archive *a, const char *name);
void lac_archive_sort(lac_archive *a);      /* by name */
/* Sort the files.  Caller frees the packed bytes.  ENOMEM. */
int lac_archive_pack(lac_archive *a, uint8_t **packed, size_t *size);
/* EUSER: it cannot be read.  EFORMAT: one sentence that says what is wrong with it.  Free it in any case. */
int lac_archive_read(lac_archive *a, const char *path);
/* The same of bytes; `path` is for messages. */
int lac_archive_unpack(lac_archive *a, const char *path, const uint8_t *packed, size_t size);
void lac_archive_free(lac_archive *a);

#endif
