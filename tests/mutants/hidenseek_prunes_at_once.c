/* HideNseek, wrong: SynFlow in one step. */
#include "../../algorithms/federated/synflow.h"

#define synflow_prune(e, w, density, steps, ...) synflow_prune(e, w, density, 1, __VA_ARGS__)
#define lac_algorithm_hidenseek mutant_hidenseek_prunes_at_once
#include "../../algorithms/federated/hidenseek.c"
