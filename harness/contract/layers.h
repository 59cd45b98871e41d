/* layers.h: the parts of a vector that belong together. */
#ifndef LAC_LAYERS_H
#define LAC_LAYERS_H

#include <stddef.h>

/* A rows x cols matrix, row-major, from x[offset] on.  It maps cols inputs to rows outputs. */
typedef struct {
  const char *name;            /* "W1" */
  size_t rows, cols, offset;
  int bias;                    /* added, not multiplied: starts at zero; a vector, cols = 1 */
} lac_layer;

#endif
