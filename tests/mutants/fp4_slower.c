/* FP4 that packs a tenth of the vector twice: nothing is wrong, it only takes a tenth longer. */
#define lac_compressor_fp4 honest_fp4
#include "../../compressors/fp4.c"
#undef lac_compressor_fp4

lac_compressor_type mutant_fp4_slower;

static int slower_encode(const lac_site *s, const double *x, lac_msg *m)
{
  lac_site tenth = *s;
  tenth.d = s->d / 10;
  if (tenth.d)
    LAC_TRY(honest_fp4.encode(&tenth, x, m));
  lac_msg_clear(m);
  return honest_fp4.encode(s, x, m);
}

/* plugins.c reads it later. */
static __attribute__((constructor(1000))) void make(void)
{
  mutant_fp4_slower = honest_fp4;
  mutant_fp4_slower.encode = slower_encode;
}
