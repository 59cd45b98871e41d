/* idx.h: IDX images and their labels as rows. */
#ifndef LAC_DATASETS_IDX_H
#define LAC_DATASETS_IDX_H

#include "data.h"

/* Whether the bytes begin as an IDX file does, which no text does. */
int lac_is_idx(const char *bytes, size_t size);
/* The file of labels that belongs to a file of images; malloc'd, NULL and lac_fail. */
char *lac_idx_labels(const char *path);
/* Bytes that the rows of such a file of images take; 0: its header is not that of one. */
double lac_idx_bytes(const char *bytes, size_t size);
/* Two IDX files in memory, images and labels.  d = 0: the pixels of an image.  The names are for messages. */
int lac_idx_parse(const char *name, const char *bytes, size_t size, const char *labels_name, const char *labels_bytes, size_t labels_size,
                  size_t d, lac_rows **rows);

#endif
