#include "planes.h"

#include "vec.h"

enum { PLANES = sizeof(double) };

LAC_VECTORISED
static void take_plane(size_t count, const double *x, unsigned plane, uint8_t *restrict to)
{
  const char *from = (const char *)x;
  for (size_t i = 0; i < count; i++) {
    uint64_t word;
    memcpy(&word, from + i * sizeof word, sizeof word);
    to[i] = (uint8_t)(word >> 8 * plane);
  }
}

/* The planes below are there, and 0 above. */
LAC_VECTORISED
static void add_plane(size_t count, const uint8_t *restrict from, unsigned plane, uint64_t *restrict word)
{
  for (size_t i = 0; i < count; i++)
    word[i] = (plane ? word[i] : 0) | (uint64_t)from[i] << 8 * plane;
}

static size_t run_at(size_t d, size_t at) { return d - at < LAC_RUN ? d - at : LAC_RUN; }

int lac_planes_encode(const lac_site *s, const double *x, lac_msg *m)
{
  uint8_t *plane = lac_scratch(s, 0, LAC_RUN);
  if (!plane)
    return LAC_ENOMEM;
  if (!lac_all_finite(s->d, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  for (size_t at = 0; at < s->d; at += LAC_RUN) {
    size_t count = run_at(s->d, at);
    for (unsigned b = 0; b < PLANES; b++) {
      take_plane(count, x + at, b, plane);
      LAC_TRY(lac_symbols_put(s, plane, count, 8, m));
    }
  }
  return LAC_OK;
}

int lac_planes_decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  uint8_t *plane = lac_scratch(s, 0, LAC_RUN);
  uint64_t *word = lac_scratch(s, 1, LAC_RUN * sizeof *word);
  double *part = (double *)word;
  if (!plane || !word)
    return LAC_ENOMEM;
  for (size_t at = 0; at < s->d; at += LAC_RUN) {
    size_t count = run_at(s->d, at);
    for (unsigned b = 0; b < PLANES; b++) {
      LAC_TRY(lac_symbols_get(s, m, plane, count, 8));
      add_plane(count, plane, b, word);
    }
    if (!lac_all_finite(count, part))
      return lac_fail(LAC_EFORMAT, "the message holds a value that is not finite");
    lac_axpy(count, scale, part, y + at);
  }
  return LAC_OK;
}

/* Every plane of a run is a run of symbols. */
uint64_t lac_planes_bits(const lac_site *s, int *exact) { return PLANES * lac_symbols_bits(s, s->d, 8, exact); }

int lac_planes_alpha(const lac_site *s, double *alpha)
{
  (void)s;
  *alpha = 1;
  return LAC_OK;
}

int lac_planes_omega(const lac_site *s, double *omega)
{
  (void)s;
  *omega = 0;
  return LAC_OK;
}
