/* FedCOMGATE, wrong: delta_i += ((x - y)/eta - q)/K with the client's own term before its compression: sum delta_i does not stay 0. */
#include "algorithm.h"

static int keep_true(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  LAC_TRY(lac_compress(e, lane, client, x, m, 0, NULL));
  lac_axpy(e->d, s, x, y);
  return LAC_OK;
}

#define lac_compress keep_true
#define lac_algorithm_fedcomgate mutant_fedcomgate_keeps_true
#include "../../algorithms/federated/fedcomgate.c"
