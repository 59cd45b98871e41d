/* file.h: whole files in, folders and files out. */
#ifndef LAC_FILE_H
#define LAC_FILE_H

#include "room.h"

/* EUSER unless the path is that of a file that can be read again and again: no folder, pipe, socket or device. */
int lac_check_file(const char *path);
/* A whole such file, decompressed by its content (gzip, bzip2, xz), as malloc'd bytes with a 0 after the last. */
int lac_read_file(const char *path, char **bytes, size_t *size);
/* The same, where its bytes have to fit into the room, too. */
int lac_read_file_into(const lac_room *room, const char *path, char **bytes, size_t *size);

/* mkdir -p.  EUSER. */
int lac_make_folders(const char *path);

#endif
