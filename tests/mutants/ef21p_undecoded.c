/* EF21-P, wrong: the server adds x - w itself to its w, where everybody else adds what the message decodes to. */
#include "../../algorithms/parts/descent.h"

static int keep_true(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  LAC_TRY(lac_compress(e, lane, client, x, m, 0, NULL));
  lac_axpy(e->d, s, x, y);
  return LAC_OK;
}

#define lac_compress keep_true
#define lac_algorithm_ef21p mutant_ef21p_undecoded
#include "../../algorithms/error-feedback/ef21p.c"
