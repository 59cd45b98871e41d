/* C(x)/(1 + omega) for an unbiased C behind it, "contract+randk": contractive with alpha = 1/(1 + omega).

   E|C/(1+omega) - x|^2 = E|C - x|^2/(1+omega)^2 + (omega/(1+omega))^2 |x|^2 <= omega/(1+omega) |x|^2.

   Wire: that of C; both sides know omega.  With nothing behind it C is the identity. */
#include "compressor.h"

static int shrink(const lac_site *s, double *factor)
{
  double omega;
  LAC_TRY(lac_values_omega(s, s->d, &omega));
  *factor = 1 / (1 + omega);
  return LAC_OK;
}

static const char *refuse(const lac_site *s)
{
  double factor;
  const char *why = lac_values_refuse(s, s->d);
  return why ? why : shrink(s, &factor) ? "contract needs an unbiased compressor (one with omega) behind it, such as contract+randk" : NULL;
}

static int encode(const lac_site *s, const double *x, lac_msg *m) { return lac_values_put(s, LAC_F64, s->d, x, m); }

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  double factor;
  LAC_TRY(shrink(s, &factor));
  return lac_values_add(s, LAC_F64, s->d, scale * factor, m, y);
}

static uint64_t bits(const lac_site *s, int *exact) { return lac_values_bits(s, LAC_F64, s->d, exact); }
static int alpha(const lac_site *s, double *a) { return shrink(s, a); }

const lac_compressor_type lac_compressor_contract = {
  .name = "contract",
  .summary = "C/(1 + omega) of the unbiased C behind it, contract+randk: contractive, alpha = 1/(1 + omega)",
  .reference = "Richtarik, Sokolov, Fatkhullin 2021, arXiv:2106.05203, Section 2",
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
