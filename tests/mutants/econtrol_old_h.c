/* EControl, wrong: the step is made with h before the messages of its round. */
#include "../../algorithms/error-feedback/control.h"

static void with_the_old(const lac_env *e, lac_server *s, double gamma)
{
  lac_axpy(e->d, -gamma / e->n, s->v[SHIFT], s->v[X]);
  lac_copy(e->d, s->v[SUM], s->v[SHIFT]);
}

#define descend with_the_old
#define DESCENT_SERVER_VECS CONTROL_SERVER_VECS
#define lac_algorithm_econtrol mutant_econtrol_old_h
#include "../../algorithms/error-feedback/econtrol.c"
