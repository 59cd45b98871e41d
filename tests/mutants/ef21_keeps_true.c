/* EF21, wrong: the client keeps the true gradient instead of what its message decodes to, so that it and the server drift apart. */
#include "algorithm.h"

static int keep_true(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  LAC_TRY(lac_compress(e, lane, client, x, m, 0, NULL));
  lac_axpy(e->d, s, x, y);
  return LAC_OK;
}

#define lac_compress keep_true
#define lac_algorithm_ef21 mutant_ef21_keeps_true
#include "../../algorithms/error-feedback/ef21.c"
