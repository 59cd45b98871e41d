/* EF21-PAGE, wrong: the two gradients whose difference it takes are of different batches. */
#include "../../algorithms/error-feedback/ef21.h"

#define lac_gradient(e, c, step, x, g) lac_gradient(e, c, (x) == m->v[BEFORE], x, g)
#define lac_algorithm_ef21page mutant_ef21page_other_rows
#include "../../algorithms/error-feedback/ef21page.c"
