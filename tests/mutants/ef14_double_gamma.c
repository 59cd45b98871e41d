/* EF14, wrong: x -= gamma v although v has gamma in it, as the EF21 poster prints it. */
#include "../../algorithms/parts/descent.h"

static void once_more(const lac_env *e, lac_server *s, double by, double gamma) { descend_prox(e, s, by * gamma, gamma); }

#define descend_prox once_more
#define lac_algorithm_ef14 mutant_ef14_double_gamma
#include "../../algorithms/error-feedback/ef14.c"
