/* coded.h: the functions of a compressor whose format scaled.h or words.h implements.  The compressor describes its format by

     static lac_KIND code_of(const lac_site *s);

   CODED_BY(KIND), where KIND is scaled or words, defines the functions by lac_KIND_encode ...  CODED fills the slots encode, decode_add and
   bits; CODED_ROUNDED also alpha and omega, those of rounding to nearest or at random. */
#ifndef LAC_CODED_H
#define LAC_CODED_H

#include "scaled.h"
#include "words.h"

#define CODED .encode = encode, .decode_add = decode_add, .bits = bits
#define CODED_ROUNDED CODED, .alpha = alpha_of_rounding, .omega = omega_of_rounding

#define CODED_BY(kind)                                                                 \
  static lac_##kind code_of(const lac_site *s);                                        \
                                                                                       \
  static int encode(const lac_site *s, const double *x, lac_msg *m)                    \
  {                                                                                    \
    lac_##kind code = code_of(s);                                                      \
    return lac_##kind##_encode(s, &code, x, m);                                        \
  }                                                                                    \
                                                                                       \
  static int decode_add(const lac_site *s, double factor, lac_msg *m, double *y)       \
  {                                                                                    \
    lac_##kind code = code_of(s);                                                      \
    return lac_##kind##_decode_add(s, &code, factor, m, y);                            \
  }                                                                                    \
                                                                                       \
  static uint64_t bits(const lac_site *s, int *exact)                                  \
  {                                                                                    \
    lac_##kind code = code_of(s);                                                      \
    return lac_##kind##_bits(s, &code, exact);                                         \
  }                                                                                    \
                                                                                       \
  static inline int alpha_of_rounding(const lac_site *s, double *alpha)                \
  {                                                                                    \
    lac_##kind code = code_of(s);                                                      \
    return lac_##kind##_alpha(s, &code, alpha);                                        \
  }                                                                                    \
                                                                                       \
  static inline int omega_of_rounding(const lac_site *s, double *omega)                \
  {                                                                                    \
    lac_##kind code = code_of(s);                                                      \
    return lac_##kind##_omega(s, &code, omega);                                        \
  }

#endif
