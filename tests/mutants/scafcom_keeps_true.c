/* SCAFCOM, wrong: c_i changes by the increment before its compression, so that c is no longer the mean of the c_i. */
#include "algorithm.h"

static int keep_true(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  LAC_TRY(lac_compress(e, lane, client, x, m, 0, NULL));
  lac_axpy(e->d, s, x, y);
  return LAC_OK;
}

#define lac_compress keep_true
#define lac_algorithm_scafcom mutant_scafcom_keeps_true
#include "../../algorithms/federated/scafcom.c"
