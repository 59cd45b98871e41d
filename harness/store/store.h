/* store.h: what result files and tables of measurements share: writing a file that is whole or not there, and reading one in which nothing
   is believed.  Serial: rank 0 alone calls it. */
#ifndef LAC_STORE_H
#define LAC_STORE_H

#include "store/result.h"
#include <hdf5.h>

/* "1.10.8" */
void lac_store_version(char text[static 32]);

/* ---- writing ---- */

/* 1, or 0: HDF5 refused. */
int lac_store_scalar(hid_t at, const char *key, hid_t type, const void *value);                                /* an attribute */
int lac_store_text(hid_t at, const char *key, const char *value);                                              /* an attribute */
/* The same, as a number (64 bits, an integer or a real) where lac_load_texts gives the very same text for it. */
int lac_store_value(hid_t at, const char *key, const char *value);
int lac_store_vector(hid_t at, const char *name, hid_t type, const void *values, size_t count);

/* A file of HDF5 in memory, with its seal.  HDF5 1.10 does not survive a disk that fills up under a file it has open: it crashes when it
   closes it.  So it never has one open for writing, and what goes to the disk is written, and checked, here. */
typedef struct { uint8_t *bytes; size_t size; } lac_bytes;
/* `content` fills it: 1, or 0.  Caller frees.  EIO: HDF5 refused. */
int lac_store_make(lac_bytes *b, int (*content)(hid_t file, const void *self), const void *self);
/* Into a temporary, which takes the name when it is on disk; else what was there stays.  EIO. */
int lac_store_put(const lac_bytes *b, const char *path);
/* Both. */
int lac_store_file(const char *path, int (*content)(hid_t file, const void *self), const void *self);

/* ---- reading ---- */

/* An open file.  left: bytes that it can still yield: no more than it has, whatever it says of itself. */
typedef struct { hid_t id; const char *path; uint64_t left; } lac_file;

/* Of a sealed file, by its name or from memory.  EUSER, EFORMAT. */
int lac_load_open(lac_file *f, const char *path);
int lac_load_bytes(lac_file *f, const char *path, const lac_bytes *b);
void lac_load_close(lac_file *f);

/* What lies behind a hard link in the file itself, a group or a data set; -1: there is nothing or something else. */
hid_t lac_load_object(hid_t at, const char *name, H5I_type_t kind);
/* One value of exactly this type and size; 0: there is none. */
int lac_load_attribute(hid_t at, const char *key, hid_t type, void *value);
/* All attributes of a group or data set: texts and, with `numbers`, 64-bit integers and reals, as texts.  They are appended to *all, each
   key behind `prefix`.  EFORMAT, ENOMEM. */
int lac_load_texts(lac_file *f, hid_t at, const char *prefix, int numbers, lac_attribute **all, size_t *count);

/* A data set of numbers (64-bit counts or reals, in one or two dimensions) or of texts (in one). */
typedef enum { LAC_SET_COUNTS, LAC_SET_REALS, LAC_SET_TEXTS } lac_set_kind;
typedef struct { lac_set_kind kind; size_t rows, width; double *real; char **text; } lac_set;
/* Caller frees.  EFORMAT: not one of these, stored elsewhere, or larger than the file. */
int lac_load_set(lac_file *f, hid_t group, const char *name, lac_set *s);
void lac_set_free(lac_set *s);
/* The sizes of a data set that lies in the file itself, without filters; 0 when it does not, or has another number of dimensions. */
int lac_load_shape(hid_t set, int dimensions, hsize_t *size);
/* Call `each` for every member of a group, of which there may be so many.  EFORMAT. */
typedef int (*lac_load_each)(void *self, lac_file *f, hid_t group, const char *name);
int lac_load_members(lac_file *f, hid_t group, size_t most, lac_load_each each, void *self);

#endif
