/* compressor.h: the contract of a compressor: a map C: R^d -> R^d and its wire format.

   A compressor is one file compressors/NAME.c that ends with one `const lac_compressor_type lac_compressor_NAME`.
   It keeps no state, allocates no vectors, prints nothing and draws only from the stream that it is handed. */
#ifndef LAC_COMPRESSOR_H
#define LAC_COMPRESSOR_H

#include "msg.h"
#include "options.h"
#include <gsl/gsl_rng.h>

typedef struct lac_compressor_type {
  const char *name, *summary, *reference;
  const lac_option *options;      /* NULL: none */
  size_t params_size;

  /* NULL, or why these options cannot serve vectors of length d ("k=9 is larger than d=8").  May be NULL.
     The sentence lives until the next call. */
  const char *(*refuse)(const void *params, size_t d);

  /* Append C(x) to m.  Same x and same stream, same bits.  EDIVERGED when x has an entry that is not finite. */
  int (*encode)(const void *params, size_t d, const double *x, gsl_rng *rng, lac_msg *m);

  /* Read what encode wrote, all of it and nothing more, and add it: y += s C(x).  rng stands where it stood for
     encode, so what both sides can draw need not be sent.  The bits are hostile: EFORMAT for what no encode wrote,
     and y is then unspecified but finite. */
  int (*decode_add)(const void *params, size_t d, double s, lac_msg *m, gsl_rng *rng, double *y);

  /* Bits that encode writes: the number itself (*exact = 1) or an upper bound (0).  Checked on every message. */
  uint64_t (*bits)(const void *params, size_t d, int *exact);

  /* Constants of the map, or ENOTSUP; NULL means ENOTSUP.
     alpha in (0,1]: E|C(x)-x|^2 <= (1-alpha) |x|^2 (contractive).   omega >= 0: E C(x) = x and E|C(x)-x|^2 <= omega |x|^2. */
  int (*alpha)(const void *params, size_t d, double *alpha);
  int (*omega)(const void *params, size_t d, double *omega);
} lac_compressor_type;

typedef struct {
  const lac_compressor_type *type;
  lac_spec spec;
} lac_compressor;

/* Parse "topk:k=1%".  `what` names the long option in messages. */
int lac_compressor_open(lac_compressor *c, const char *what, const char *text);
void lac_compressor_close(lac_compressor *c);
int lac_compressor_alpha(const lac_compressor *c, size_t d, double *alpha);
int lac_compressor_omega(const lac_compressor *c, size_t d, double *omega);

#endif
