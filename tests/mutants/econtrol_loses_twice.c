/* EControl, wrong: h is updated before e, so that e loses Delta once more: e += g - (h + Delta) - Delta. */
#include "../../algorithms/error-feedback/control.h"

static int told_late(const lac_env *e, lac_client *c, double weight, lac_msg *up)
{
  LAC_TRY(send_with_memory(e, c, weight, up));
  lac_axpy(e->d, -1, c->tmp[SENT], c->v[E]);
  return LAC_OK;
}

#define send_with_memory told_late
#define lac_algorithm_econtrol mutant_econtrol_loses_twice
#include "../../algorithms/error-feedback/econtrol.c"
