/* fragment.h: the layers of a vector, one by one, for a stage that hands each of them to the next stage.

   Every layer has a segment of the streams of its own: the two ends of the wire may draw differently many numbers for one layer and still
   agree on the next. */
#ifndef LAC_FRAGMENT_H
#define LAC_FRAGMENT_H

#include "compressor.h"

typedef struct {
  lac_site at;            /* the layer at the next stage, without state */
  size_t offset;          /* where it is in the vector */
  lac_layer layer;        /* at.layers */
} lac_fragment;

typedef struct { uint32_t own, shared; } lac_streams;      /* where they stood in front of the first layer */

size_t lac_fragment_count(const lac_site *s);              /* at least 1: a vector without layers is one */
void lac_fragment_of(const lac_site *s, size_t i, lac_fragment *f);

lac_streams lac_fragment_streams(const lac_site *s);
void lac_fragment_seek(const lac_site *s, lac_streams from, size_t i);

#endif
