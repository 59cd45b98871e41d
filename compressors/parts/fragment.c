#include "fragment.h"

#include "rng.h"

size_t lac_fragment_count(const lac_site *s) { return s->layer_count ? s->layer_count : 1; }

void lac_fragment_of(const lac_site *s, size_t i, lac_fragment *f)
{
  f->layer = s->layer_count ? s->layers[i] : (lac_layer){ .name = "x", .rows = s->d, .cols = 1 };
  f->offset = f->layer.offset;
  f->layer.offset = 0;
  f->at = lac_next(s, f->layer.rows * f->layer.cols);
  f->at.layers = &f->layer;
  f->at.layer_count = 1;
  f->at.state = NULL;
}

lac_streams lac_fragment_streams(const lac_site *s) { return (lac_streams){ lac_rng_tell(s->rng), lac_rng_tell(s->shared) }; }

/* A stream has 2^32 blocks; the first segment is that of the stages in front. */
void lac_fragment_seek(const lac_site *s, lac_streams from, size_t i)
{
  uint32_t segment = UINT32_MAX / (uint32_t)(lac_fragment_count(s) + 1) * (uint32_t)(i + 1);
  lac_rng_seek(s->rng, from.own + segment);
  lac_rng_seek(s->shared, from.shared + segment);
}
