/* image.h: all that is in a result file, in memory.  Serial: rank 0 alone calls it. */
#ifndef LAC_IMAGE_H
#define LAC_IMAGE_H

#include "store/messages.h"
#include "store/store.h"
#include "store/trace.h"

typedef struct { char *group, *key, *value; } lac_note;

/* Rows of `columns` cells and LAC_BESIDE more. */
typedef struct {
  lac_note *notes;
  size_t note_count, note_cap;
  lac_column column[LAC_COLUMNS_MOST];
  char names[LAC_COLUMNS_MOST][24];
  size_t columns;
  lac_cell *cells;
  size_t rows, cap;
  const double *x;           /* of a run that ended, else NULL: its final iterate */
  size_t d;
  const double *merged;      /* the vector of another problem that it stands for, merged_d numbers; NULL: of none */
  size_t merged_d;
  lac_message_log *messages; /* of the run, or those of its journal; NULL: none */
  lac_message_log folded;
  const double *memory;      /* of client 0's compressor */
  size_t memory_size;
  const char *digest;
} lac_image;

/* A note of the same name is replaced. */
int lac_image_note(lac_image *im, const char *group, const char *key, const char *value);
int lac_image_columns(lac_image *im, const lac_column *columns, size_t count);
int lac_image_row(lac_image *im, const lac_cell *cells);
void lac_image_free(lac_image *im);
/* The value of a note, of any group; NULL when there is none. */
const char *lac_image_find(const lac_image *im, const char *key);
/* Of /trace, /final and /messages, names and bytes: 16 hex digits. */
void lac_image_digest(const lac_image *im, char digest[static 17]);
/* The result file: in memory (caller frees), or on disk, whole or as it was.  EIO. */
int lac_image_make(const lac_image *im, lac_bytes *b);
int lac_image_write(const lac_image *im, const char *path);

#endif
