/* EF21-BC, wrong: the server adds b itself to its g, where everybody else adds what the message decodes to. */
#include "../../algorithms/error-feedback/ef21.h"

static int keep_true(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  LAC_TRY(lac_compress(e, lane, client, x, m, 0, NULL));
  lac_axpy(e->d, s, x, y);
  return LAC_OK;
}

#define lac_compress keep_true
#define lac_algorithm_ef21bc mutant_ef21bc_undecoded
#include "../../algorithms/error-feedback/ef21bc.c"
