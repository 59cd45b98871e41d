/* EF21+, wrong: m_i = C(grad f_i(x) - g_i), without the g_i before it. */
#include "../../algorithms/error-feedback/ef21.h"

#define lac_copy(d, x, y) ((x) == c->v[GI] ? lac_zero(d, y) : lac_copy(d, x, y))
#define lac_algorithm_ef21plus mutant_ef21plus_without_g
#include "../../algorithms/error-feedback/ef21plus.c"
