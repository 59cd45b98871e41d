/* EF21-W, wrong: the server takes the mean, where the clients' weights belong. */
#include "../../algorithms/error-feedback/ef21.h"

#define take_estimate(e, sum, client, weight, up) take_estimate(e, sum, client, 1, up)
#define lac_algorithm_ef21w mutant_ef21w_by_mean
#include "../../algorithms/error-feedback/ef21w.c"
