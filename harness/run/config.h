/* config.h: what one run is, as the user wrote it, and where its result goes. */
#ifndef LAC_CONFIG_H
#define LAC_CONFIG_H

#include "options.h"
#include "rng.h"

typedef struct {
  /* What is computed: these name the result. */
  char *problem, *dataset, *test_dataset, *split, *algorithm, *up, *up2, *down, *sample, *batch, *dp, *x0, *stop;
  int optimum;                       /* enum lac_optimum */
  int weights;                       /* enum lac_weights */
  int evaluate;                      /* enum lac_evaluate */
  int broadcast;                     /* enum lac_broadcast */
  double dropout;
  double clip;                       /* 0: none */
  uint64_t clients, rounds, eval, seed;
  char *axis_seed[LAC_SEED_AXES];    /* "" as seed */
  char *replay[LAC_SEED_AXES];       /* "" or a table, see replay.h */
  /* How and where: the result does not depend on these. */
  char *output, *results, *data_dir;
  int force, progress, overlap;
  int messages;                      /* enum lac_record */
  char *exchange;                    /* see ranks/exchange.h */
  int server;                        /* enum lac_server_place */
  double flush;
  char *checkpoint;                  /* none, rounds, or time: see state.h */
  int resume;                        /* enum lac_resume */
  uint64_t pause;                    /* 0: do not */
} lac_config;

enum lac_optimum { LAC_OPTIMUM_AUTO, LAC_OPTIMUM_NONE, LAC_OPTIMUM_SOLVE };
enum lac_evaluate { LAC_EVALUATE_AUTO, LAC_EVALUATE_ALL, LAC_EVALUATE_HELD_OUT };
enum lac_weights { LAC_WEIGHTS_UNIFORM, LAC_WEIGHTS_SIZE };
enum lac_broadcast { LAC_BROADCAST_F64, LAC_BROADCAST_F32, LAC_BROADCAST_BF16 };
enum lac_overlap { LAC_OVERLAP_YES, LAC_OVERLAP_NO };
enum lac_record { LAC_RECORD_AUTO, LAC_RECORD_FULL, LAC_RECORD_SUMMARY };
enum lac_server_place { LAC_SERVER_SHARED, LAC_SERVER_OWN };
enum lac_resume { LAC_RESUME_NO, LAC_RESUME_YES, LAC_RESUME_AUTO };
enum lac_progress { LAC_PROGRESS_AUTO, LAC_PROGRESS_YES, LAC_PROGRESS_NO };

/* Both tables describe lac_config; the first names the result. */
extern const lac_option lac_what_options[], lac_where_options[];

/* All options at their defaults. */
int lac_config_init(lac_config *c);
void lac_config_clear(lac_config *c);
int lac_config_copy(lac_config *to, const lac_config *from);
/* EUSER for an unknown key, with the nearest; context is "--" or the file's name. */
int lac_config_set(lac_config *c, const char *key, const char *value);
/* The same of "key=value". */
int lac_config_set_pair(lac_config *c, const char *pair);
/* --seed, and --seed.AXIS where it is said; nothing is replayed.  EUSER. */
int lac_config_seeds(const lac_config *c, lac_seeds *seeds);

#endif
