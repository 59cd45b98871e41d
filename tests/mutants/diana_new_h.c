/* DIANA, wrong: the step is made with h after its update. */
#include "../../algorithms/parts/descent.h"

#define descend_drawn(e, s, gamma) descend_drawn(e, s, (gamma) * (1 + rate(e)))
#define lac_algorithm_diana mutant_diana_new_h
#include "../../algorithms/unbiased/diana.c"
