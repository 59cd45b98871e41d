/* EF21, wrong: the server takes the messages for the gradient and forgets what it had. */
#include "../../algorithms/error-feedback/ef21.h"

static int forget(const lac_env *e, lac_server *s)
{
  LAC_TRY(ef21_server_step(e, s));
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

#define ef21_server_step forget
#define lac_algorithm_ef21 mutant_ef21_messages_alone
#include "../../algorithms/error-feedback/ef21.c"
