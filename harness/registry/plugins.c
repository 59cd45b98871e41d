/* The tables of registry.h, made from the lists in local.mk.  Programs of tests include this file and change what they hold. */
#include "algorithm.h"
#include "compressor.h"
#include "problem.h"

#ifndef LAC_TABLE
#define LAC_TABLE const
#define LAC_MORE_COMPRESSORS
#endif

#define ALGORITHM(family, name) extern const lac_algorithm_type lac_algorithm_##name;
#define COMPRESSOR(name) extern const lac_compressor_type lac_compressor_##name;
#define PROBLEM(name) extern const lac_problem_type lac_problem_##name;
#include "registry/registry_list.h"
#undef ALGORITHM
#undef COMPRESSOR
#undef PROBLEM

#define COMPRESSOR(name)
#define PROBLEM(name)
#define ALGORITHM(family, name) &lac_algorithm_##name,
const lac_algorithm_type *LAC_TABLE lac_algorithms[] = {
#include "registry/registry_list.h"
  NULL };
#undef ALGORITHM
#define ALGORITHM(family, name) #family,
const char *const lac_algorithm_families[] = {
#include "registry/registry_list.h"
  NULL };
#undef ALGORITHM
#undef COMPRESSOR
#define ALGORITHM(family, name)
#define COMPRESSOR(name) &lac_compressor_##name,
const lac_compressor_type *LAC_TABLE lac_compressors[] = {
#include "registry/registry_list.h"
  LAC_MORE_COMPRESSORS
  NULL };
#undef COMPRESSOR
#undef PROBLEM
#define COMPRESSOR(name)
#define PROBLEM(name) &lac_problem_##name,
const lac_problem_type *LAC_TABLE lac_problems[] = {
#include "registry/registry_list.h"
  NULL };
