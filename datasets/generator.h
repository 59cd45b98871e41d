/* generator.h: the contract of a generator, rows that are a function of (params, seeds, n, client). */
#ifndef LAC_DATASETS_GENERATOR_H
#define LAC_DATASETS_GENERATOR_H

#include "data.h"

typedef struct {
  lac_data_kind kind;
  int (*open)(void **self, const void *params, const lac_seeds *seeds, uint32_t n, const lac_room *room, lac_data_info *info);
  /* Rows of the same clients behind those of `train`, by the same laws: params of the same kind, which differ in the number of rows alone.
     `info` is complete but for its hash.  EUSER.  NULL: it has no such rows. */
  int (*hold_out)(void **self, const void *train, const void *params, uint32_t n, const lac_room *room, lac_data_info *info);
  size_t (*rows)(const void *self, uint32_t client);
  int (*sparse)(const void *self);                          /* how all its rows are stored */
  /* Into own, shards, ones, largest and loading; ENOMEM. */
  int (*measure)(const void *self, uint32_t first, uint32_t last, lac_data_size *size);
  int (*shard)(const void *self, uint32_t client, lac_rows **rows);
  void (*close)(void *self);                                /* NULL is fine */
} lac_generator;
extern const lac_generator lac_generator_fedprox, lac_generator_spectral, lac_generator_synthetic;

#endif
