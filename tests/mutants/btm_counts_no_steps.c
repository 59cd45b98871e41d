/* Branch-Train-Merge, wrong: the bias correction of the first step in every step. */
#include "../../algorithms/parts/optimiser.h"

#define optimise(o, s, ...) optimise(o, 1, __VA_ARGS__)
#define lac_algorithm_btm mutant_btm_counts_no_steps
#include "../../algorithms/low-communication/btm.c"
