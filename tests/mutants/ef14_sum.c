/* EF14, wrong: the server adds the messages up and does not divide by n (GRACE's EFSignSGD). */
#include "../../algorithms/parts/descent.h"

static void by_the_sum(const lac_env *e, lac_server *s, double by, double gamma) { descend_prox(e, s, by * e->n, gamma); }

#define descend_prox by_the_sum
#define lac_algorithm_ef14 mutant_ef14_sum
#include "../../algorithms/error-feedback/ef14.c"
