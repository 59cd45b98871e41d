/* MASHA2, wrong: as its slides print it, z^{k+1} = half - gamma g with a second gamma. */
#include "algorithm.h"

#define lac_axpy(d, s, x, y) lac_axpy(d, (s) * masha(e)->gamma.value, x, y)
#define lac_algorithm_masha2 mutant_masha2_second_gamma
#include "../../algorithms/variational/masha2.c"
