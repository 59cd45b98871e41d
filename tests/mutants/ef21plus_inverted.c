/* EF21+, wrong: the test is the other way round, the worse of the two is taken. */
#define lac_algorithm_ef21plus right
#include "../../algorithms/error-feedback/ef21plus.c"

static int take_the_worse(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *grad = c->tmp[NOW], *g = c->v[GI], *markov = c->tmp[MARKOV], *plain = c->tmp[PLAIN], *zero = c->tmp[ZEROS];
  if (e->round == 0)
    return ef21_client_step(e, m, c, up);
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], grad));
  lac_zero(e->d, zero);
  lac_zero(e->d, plain);
  lac_copy(e->d, g, markov);
  LAC_TRY(try_vector(e, c, grad, g, markov, up));
  LAC_TRY(try_vector(e, c, grad, zero, plain, up));
  int replaces = distance_sq(e->d, plain, grad) > distance_sq(e->d, markov, grad);
  if (!replaces)
    LAC_TRY(try_vector(e, c, grad, g, plain, up));
  lac_copy(e->d, replaces ? plain : markov, g);
  return lac_msg_put(up, (uint64_t)replaces, 1);
}

/* plugins.c reads it later. */
lac_algorithm_type mutant_ef21plus_inverted;
static __attribute__((constructor(1000))) void make(void)
{
  mutant_ef21plus_inverted = right;
  mutant_ef21plus_inverted.client_step = take_the_worse;
}
