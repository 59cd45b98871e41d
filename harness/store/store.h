/* store.h: what result files and tables of measurements share: attributes, vectors, and a file that is whole or not there. */
#ifndef LAC_STORE_H
#define LAC_STORE_H

#include "store/result.h"
#include <hdf5.h>

/* "1.10.8" */
void lac_store_version(char text[static 32]);

/* 1, or 0: HDF5 refused. */
int lac_store_text(hid_t at, const char *key, const char *value);                                              /* an attribute */
int lac_store_vector(hid_t at, const char *name, hid_t type, const void *values, size_t count);
/* Make path: a temporary beside it, filled by `content` (1, or 0), sealed and on disk before it takes the name.  EIO. */
int lac_store_file(const char *path, int (*content)(hid_t file, const void *self), const void *self);

/* All text attributes of a group or data set, appended to *all, each key behind `prefix`.  ENOMEM. */
int lac_load_texts(hid_t file, const char *name, const char *prefix, lac_attribute **all, size_t *count);
/* A data set as doubles (caller frees); NULL when there is none. */
double *lac_load_vector(hid_t at, const char *name, size_t *count);

#endif
