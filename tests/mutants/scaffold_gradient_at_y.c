/* SCAFFOLD, wrong: option=I takes the gradient at y after the local steps in the place of x. */
#include "../../algorithms/federated/control_variates.h"

#define lac_gradient(e, c, step, x, g) lac_gradient(e, c, step, (c)->tmp[Y], g)
#define lac_algorithm_scaffold mutant_scaffold_gradient_at_y
#include "../../algorithms/federated/scaffold.c"
