/* Layer by layer: the stages behind it compress every layer that the problem declares as a vector of its own, "layerwise+topk:k=1%".
   Where there are no layers the vector is one.

   The errors of the layers add up: alpha is the least of theirs, omega the largest.

   Wire: the messages of the layers, in their order. */
#include "parts/fragment.h"

#include <math.h>

static const char *refuse(const lac_site *s)
{
  const char *why = NULL;
  lac_fragment f;
  for (size_t i = 0; i < lac_fragment_count(s) && s->stage->next && !why; i++) {
    lac_fragment_of(s, i, &f);
    why = lac_refuse(&f.at);
  }
  return why;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  if (!s->stage->next)
    return lac_values_put(s, LAC_F64, s->d, x, m);
  lac_streams from = lac_fragment_streams(s);
  double *state = s->state;
  lac_fragment f;
  for (size_t i = 0; i < lac_fragment_count(s); i++) {
    lac_fragment_of(s, i, &f);
    lac_fragment_seek(s, from, i);
    f.at.state = state;
    LAC_TRY(lac_encode(&f.at, x + f.offset, m));
    if (state)
      state += lac_state_size(&f.at);
  }
  return LAC_OK;
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  if (!s->stage->next)
    return lac_values_add(s, LAC_F64, s->d, scale, m, y);
  lac_streams from = lac_fragment_streams(s);
  lac_fragment f;
  for (size_t i = 0; i < lac_fragment_count(s); i++) {
    lac_fragment_of(s, i, &f);
    lac_fragment_seek(s, from, i);
    LAC_TRY(lac_decode_add(&f.at, scale, m, y + f.offset));
  }
  return LAC_OK;
}

static uint64_t bits(const lac_site *s, int *exact)
{
  uint64_t sum = 0;
  lac_fragment f;
  int one;
  if (!s->stage->next)
    return lac_values_bits(s, LAC_F64, s->d, exact);
  *exact = 1;
  for (size_t i = 0; i < lac_fragment_count(s); i++) {
    lac_fragment_of(s, i, &f);
    sum += lac_bits(&f.at, &one);
    *exact &= one;
  }
  return sum;
}

static int alpha(const lac_site *s, double *a)
{
  lac_fragment f;
  double one;
  *a = 1;
  for (size_t i = 0; i < lac_fragment_count(s) && s->stage->next; i++) {
    lac_fragment_of(s, i, &f);
    LAC_TRY(lac_alpha(&f.at, &one));
    *a = fmin(*a, one);
  }
  return LAC_OK;
}

static int omega(const lac_site *s, double *w)
{
  lac_fragment f;
  double one;
  *w = 0;
  for (size_t i = 0; i < lac_fragment_count(s) && s->stage->next; i++) {
    lac_fragment_of(s, i, &f);
    LAC_TRY(lac_omega(&f.at, &one));
    *w = fmax(*w, one);
  }
  return LAC_OK;
}

static size_t state_size(const lac_site *s)
{
  size_t sum = 0;
  lac_fragment f;
  for (size_t i = 0; i < lac_fragment_count(s) && s->stage->next; i++) {
    lac_fragment_of(s, i, &f);
    sum += lac_state_size(&f.at);
  }
  return sum;
}

const lac_compressor_type lac_compressor_layerwise = {
  .name = "layerwise",
  .summary = "every layer by itself, layerwise+topk: alpha the least, omega the largest of the layers",
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
  .state_size = state_size,
};
