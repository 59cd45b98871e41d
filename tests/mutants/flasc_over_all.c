/* FLASC, wrong: the sum of the movements over n in the place of |S|. */
#include "../../algorithms/federated/local_steps.h"

#define draws n
#define lac_algorithm_flasc mutant_flasc_over_all
#include "../../algorithms/federated/flasc.c"
