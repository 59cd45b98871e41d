/* run.h: one run: its parts, its set-up, its rounds.  For the harness itself; plug-ins see algorithm.h. */
#ifndef LAC_RUN_H
#define LAC_RUN_H

#include "algorithm.h"
#include "store/checkpoint.h"
#include "store/trace.h"
#include "ranks/comm.h"
#include "run/config.h"
#include "problem.h"
#include "run/sampler.h"
#include "ranks/treesum.h"

/* Where the seconds of a round go. */
typedef enum {
  LAC_TIME_ORACLE,        /* gradients that the method asked for */
  LAC_TIME_COMPRESS,      /* encode and decode */
  LAC_TIME_EVALUATE,      /* f and its gradient for the trace */
  LAC_TIME_EXCHANGE,      /* waiting for other ranks, moving bytes */
  LAC_TIME_RECORD,
  LAC_TIME_CHECKPOINT,
  LAC_TIME_TOTAL,         /* of all rounds; what is left is the method's own arithmetic and the harness */
  LAC_TIMES
} lac_time;
extern const char *const lac_time_name[LAC_TIMES];

/* Cumulative, over all clients; functions of the configuration alone. */
typedef struct { uint64_t bits_up, bits_down, msgs_up, msgs_down, oracle_calls; } lac_meter;

/* When to save, and where; path NULL: never. */
typedef struct {
  const char *path;                 /* of the result */
  char config_digest[17];
  uint64_t rounds;                  /* every so many; 0: by the clock, if seconds > 0 */
  double seconds, saved;            /* rank 0: when it was saved last */
} lac_saving;
enum { LAC_KEPT_MOST = 16 };

/* Constants that are found when a method asks: constants.c. */
enum { LAC_L_PLUS, LAC_L_PM, LAC_RARE_C, LAC_RARE_R, LAC_CONSTANTS };
extern const char *const lac_constant_name[LAC_CONSTANTS];

typedef struct lac_run {
  const lac_config *config;
  lac_comm *comm;
  lac_seeds seeds;
  lac_problem problem;
  const lac_algorithm_type *method;
  lac_spec method_spec;
  lac_compressor up, up2, down_compressor;
  lac_sampler sampler;
  lac_amount batch;                 /* rows of a gradient; number = 0: all */
  struct lac_replay *replay[LAC_SEED_AXES];
  lac_env env;
  double *x0;

  lac_column column[LAC_COLUMNS_MOST];
  size_t columns;
  int stop_column;                  /* -1: none */
  double stop_value;

  uint32_t first, last;             /* clients of this rank */
  void **shard;                     /* last - first */
  double *client_store, *server_store, *mirror_store, *tmp_store, *about_store;      /* about: what the server keeps of every client */
  double **vectors;                 /* pointers into the stores, for one client, the mirror, the server and scratch */
  lac_client client;
  lac_server server;
  lac_mirror mirror;

  uint8_t *takes_part;              /* n: in this round */
  uint32_t *batch_rows;             /* of the batch at hand */
  uint64_t *row_set;                /* LAC_CHOICE_WORDS of the largest shard: while they are chosen */

  gsl_rng *rng, *shared;
  double *up_memory, *down_memory;  /* of the compressors: of this rank's clients, of the server on rank 0; NULL: they keep nothing */
  size_t up_memory_stride, down_memory_size;
  lac_msg down, message;            /* this round's broadcast; one client's uplink */
  lac_msg out;                      /* what this rank sends to rank 0 at once: see run.c */
  lac_treesum tree, root;           /* d + 1 wide: gradient, then value */
  double *x_eval, *leaf;            /* the point that is evaluated; gradient of the client at hand there */
  uint32_t leaf_client;             /* whose gradient `leaf` is; n: nobody's */

  lac_msg mail;                     /* this rank's messages of a round: see run.c */
  unsigned lag;
  struct { lac_flight *flight; uint64_t sent; } late[LAC_FLIGHTS];      /* mail under way, oldest first */
  unsigned late_count;
  size_t *post_sizes;               /* of every rank */

  lac_meter meter;                  /* rank 0: of all ranks, at the last row */
  uint64_t oracle_calls, bits_up, msgs_up;      /* of this rank's clients, by the writers themselves */
  uint64_t bits_down, msgs_down;                /* rank 0 */
  uint64_t right, rows;                         /* of this rank's rows, at the point that is evaluated: see score in problem.h */
  double seconds[LAC_TIMES];

  lac_smoothness smoothness;
  int smoothness_known;
  double constant[LAC_CONSTANTS];   /* NaN: nobody has asked */
  double *client_L;                 /* n: the L_i, once smoothness is known */
  double f_star, *x_star;           /* NaN, NULL unless --optimum=solve */
  double star_grad_norm_sq;

  struct lac_keep *keep;            /* of a sweep: keep.h; NULL: none */
  char *key;                        /* the name of the problem there, when it can be given back */

  lac_saving saving;
  lac_state kept[LAC_KEPT_MOST];    /* what a checkpoint holds besides the vectors: see state.h */
  unsigned kept_count;

  uint64_t round;                   /* rounds done */
  const char *reason;               /* converged, budget, rounds, diverged, interrupted; NULL while running */
  double *x;                        /* final iterate, rank 0 */
} lac_run;

/* Check everything that can be checked without loading a shard.  Collective.  EUSER, ENOTSUP before any work. */
int lac_run_open(lac_run *r, const lac_config *config, lac_comm *comm);
/* The same with what a run before has left, to which this one will leave its own. */
int lac_run_open_after(lac_run *r, const lac_config *config, lac_comm *comm, struct lac_keep *keep);
/* Bytes that a run takes, all ranks together, as far as can be told from its options. */
size_t lac_run_bytes(const lac_run *r);
/* The resolved configuration, one key=value a line, and its digest (16 hex digits).  Caller frees. */
char *lac_run_text(const lac_run *r);
void lac_run_digest(const char *text, char digest[static 17]);
/* Load the shards, allocate all state.  Collective. */
int lac_run_prepare(lac_run *r);
/* Resolve step sizes, solve if asked for, start at x0.  Collective. */
int lac_run_start(lac_run *r);
/* Both. */
int lac_run_load(lac_run *r);
/* All rounds that are left, to the end or a stop.  Collective. */
int lac_run_rounds(lac_run *r, const lac_sink *sink);
void lac_run_close(lac_run *r);

/* Late mail that this rank has under way, one row of `words` a client: its bits, its message; and posted again from there. */
size_t lac_late_words(lac_run *r, uint64_t sent);
void lac_late_rows(const lac_run *r, unsigned which, size_t words, uint64_t *rows);
int lac_late_post(lac_run *r, uint64_t sent, size_t words, const uint64_t *rows);

/* f and grad f at x (same on all ranks), to all ranks; not metered.  g: d doubles.  Collective. */
int lac_run_evaluate(lac_run *r, const double *x, double *f, double *g);
/* The parts of that: this rank's tree nodes appended to a buffer of bytes; the mean from the root's tree. */
int lac_mean_append(lac_run *r, lac_msg *to);
void lac_mean_total(lac_run *r, double *mean);
/* (1/n) sum over clients of a vector of d + 1, to all ranks: `leaf` fills one client's.  Collective. */
typedef int (*lac_leaf)(lac_run *r, uint32_t client, const void *arg, double *out);
int lac_run_mean(lac_run *r, lac_leaf leaf, const void *arg, double *mean);
/* Rows of a batch of a shard of so many. */
static inline size_t lac_batch_of(const lac_run *r, size_t rows)
{
  uint64_t batch = r->batch.number > 0 ? lac_amount_of(r->batch, rows) : rows;
  return batch < rows ? (size_t)batch : rows;
}

/* As if nobody had asked. */
void lac_forget_constants(lac_run *r);
/* Whether x* is asked for. */
int lac_run_solves(const lac_run *r);
/* Find x*: of a linear system when the gradient is affine, else by minimising from x0.  Fills x_star, f_star.  Collective. */
int lac_run_solve(lac_run *r);

#endif
