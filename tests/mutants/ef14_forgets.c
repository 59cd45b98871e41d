/* EF14, wrong: the memory is thrown away every five rounds, as when error feedback starts anew with every epoch. */
#include "algorithm.h"

static int then_forget(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  LAC_TRY(lac_compress(e, lane, client, x, m, s, y));
  if (e->round % 5 == 4)
    lac_zero(e->d, y);
  return LAC_OK;
}

#define lac_compress then_forget
#define lac_algorithm_ef14 mutant_ef14_forgets
#include "../../algorithms/error-feedback/ef14.c"
