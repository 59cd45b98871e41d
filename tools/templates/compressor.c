/* @NAME@: C(x) = x                       write the map here

   Wire: d values.  Does nothing yet. */
#include "compressor.h"

static int encode(const lac_site *s, const double *x, lac_msg *m) { return lac_msg_put_reals(m, LAC_F64, x, s->d); }

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  return lac_msg_add_reals(m, LAC_F64, scale, y, s->d);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  *exact = 1;
  return 64 * (uint64_t)s->d;
}

static int alpha(const lac_site *s, double *a)
{
  (void)s;
  *a = 1;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_@NAME@ = {
  .name = "@NAME@",
  .summary = "does nothing yet",
  .reference = "none yet",
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
