/* MASHA1, wrong: the coin is in no message, and nobody counts it. */
#include "algorithm.h"

#define lac_msg_put(m, value, count) LAC_OK
#define lac_msg_get(m, count, value) (*(value) = (uint64_t)coin_of(e), LAC_OK)
#define lac_algorithm_masha1 mutant_masha1_free_coin
#include "../../algorithms/variational/masha1.c"
