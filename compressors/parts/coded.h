/* coded.h: slots of a quantiser that describes itself to scaled.h by

     static lac_scaled code_of(const lac_site *s);

   CODED are those of the wire; CODED_ROUNDED are these and alpha or omega of rounding to the nearest level or, if it draws, at random. */
#ifndef LAC_CODED_H
#define LAC_CODED_H

#include "scaled.h"

#define CODED .encode = encode, .decode_add = decode_add, .bits = bits
#define CODED_ROUNDED CODED, .alpha = alpha_of_nearest, .omega = omega_of_random

static lac_scaled code_of(const lac_site *s);

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  lac_scaled q = code_of(s);
  return lac_scaled_encode(s, &q, x, m);
}

static int decode_add(const lac_site *s, double factor, lac_msg *m, double *y)
{
  lac_scaled q = code_of(s);
  return lac_scaled_decode_add(s, &q, factor, m, y);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  lac_scaled q = code_of(s);
  return lac_scaled_bits(s, &q, exact);
}

static inline int alpha_of_nearest(const lac_site *s, double *alpha)
{
  lac_scaled q = code_of(s);
  if (q.draws)
    return LAC_ENOTSUP;
  *alpha = lac_nearest_alpha(s, &q);
  return LAC_OK;
}

static inline int omega_of_random(const lac_site *s, double *omega)
{
  lac_scaled q = code_of(s);
  if (!q.draws)
    return LAC_ENOTSUP;
  *omega = lac_random_omega(s, &q);
  return LAC_OK;
}

#endif
