/* layers.h: the parts of a vector that belong together. */
#ifndef LAC_LAYERS_H
#define LAC_LAYERS_H

#include <stddef.h>

typedef enum {
  LAC_WEIGHT,                  /* multiplied: drawn at the start */
  LAC_TABLE,                   /* an embedding, whose rows are symbols or positions: drawn at the start, too */
  LAC_BIAS,                    /* added: starts at 0; a vector, cols = 1 */
  LAC_GAIN                     /* a factor of what is normalised: starts at 1; a vector, cols = 1 */
} lac_layer_kind;

/* A rows x cols matrix, row-major, from x[offset] on.  It maps cols inputs to rows outputs. */
typedef struct {
  const char *name;            /* "W1" */
  size_t rows, cols, offset;
  lac_layer_kind kind;
  unsigned group;              /* of what moves together as a unit of fragments, such as a matrix and its bias: from 1 on, in their order;
                                  0: a part of none of them, all of which are one more unit */
  unsigned taps;               /* inputs that a weight is multiplied with at a time, 25 of a 5 x 5 convolution; 0 means 1 */
} lac_layer;

/* Whether a start draws it: a weight or a table. */
static inline int lac_layer_drawn(const lac_layer *l) { return l->kind == LAC_WEIGHT || l->kind == LAC_TABLE; }

#endif
