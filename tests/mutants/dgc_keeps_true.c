/* DGC, wrong: what the message does not hold is forgotten, as if all of v had been sent. */
#include "algorithm.h"

static int keep_true(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  LAC_TRY(lac_compress(e, lane, client, x, m, 0, NULL));
  lac_axpy(e->d, s, x, y);
  return LAC_OK;
}

#define lac_compress keep_true
#define lac_algorithm_dgc mutant_dgc_keeps_true
#include "../../algorithms/low-communication/dgc.c"
