/* VR-MASHA1, wrong: the two gradients whose difference it sends are of different batches. */
#include "algorithm.h"

#define lac_gradient(e, c, step, x, g) lac_gradient(e, c, (x) == m->v[W], x, g)
#define lac_algorithm_vr_masha1 mutant_vr_masha1_other_rows
#include "../../algorithms/variational/vr_masha1.c"
