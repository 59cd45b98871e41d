/* run.h: one run: its parts.  For the harness itself; plug-ins see algorithm.h. */
#ifndef LAC_RUN_H
#define LAC_RUN_H

#include "algorithm.h"
#include "store/checkpoint.h"
#include "store/messages.h"
#include "store/trace.h"
#include "ranks/exchange.h"
#include "run/batch.h"
#include "run/config.h"
#include "run/privacy.h"
#include "problem.h"
#include "run/sampler.h"
#include "ranks/treesum.h"
#include <math.h>

/* Where the seconds of a round go. */
typedef enum {
  LAC_TIME_ORACLE,        /* gradients that the method asked for */
  LAC_TIME_COMPRESS,      /* encode and decode */
  LAC_TIME_EVALUATE,      /* f and its gradient for the trace */
  LAC_TIME_EXCHANGE,      /* moving bytes and waiting, all in all */
  LAC_TIME_NETWORK,       /* of it: waiting for the method's bytes */
  LAC_TIME_SKEW,          /* waiting for a rank that computes for longer */
  LAC_TIME_TRACE,         /* waiting for what the trace needs */
  LAC_TIME_RECORD,
  LAC_TIME_CHECKPOINT,
  LAC_TIME_TOTAL,         /* of all rounds; what is left is the method's own arithmetic and the harness */
  LAC_TIMES
} lac_time;

/* Cumulative, over all clients; functions of the configuration alone. */
typedef struct { uint64_t bits_up, bits_down, msgs_up, msgs_down, oracle_calls, samples; } lac_meter;

/* When to save, and where; path NULL: never. */
typedef struct {
  const char *path;                 /* of the result */
  char config_digest[17];
  uint64_t rounds;                  /* every so many; 0: by the clock, if seconds > 0 */
  uint64_t pause;                   /* after so many save and stop; 0: do not */
  double seconds, saved;            /* rank 0: when it was saved last */
} lac_saving;

/* Constants that are found when a method asks: constants.c. */
enum { LAC_L_PLUS, LAC_L_PM, LAC_RARE_C, LAC_RARE_R, LAC_CONSTANTS };

/* What the options say to do. */
typedef struct {
  const lac_algorithm_type *method;
  lac_spec spec;                    /* of the method, and of the schedule of its step sizes */
  void *scheduled;                  /* its parameters in the round at hand and in the one before: schedule.h; NULL: they do not change */
  lac_compressor up, up2, down;
  lac_compressor broadcast;         /* of vectors in full from the server */
  lac_sampler sampler;
  lac_batch batch;
  lac_privacy privacy;
} lac_recipe;

/* A problem on this rank and what is known of it: what a run of a sweep leaves to the next (setup/keep.h). */
typedef struct {
  lac_problem problem;
  uint32_t first, last;             /* clients of this rank */
  void **shard;                     /* last - first; NULL: not loaded */
  lac_data *test;                   /* NULL: no test set */
  void **test_shard;                /* last - first, loaded with the shards; NULL for a client without rows of it */
  double *x0;
  char x0_digest[17];               /* of the result that it comes from; "": from none */
  int smoothness_known;
  lac_smoothness smoothness;
  double *client_L;                 /* n: the L_i, once smoothness is known */
  double *weight;                   /* n: n w_i; NULL: 1 */
  double *x_star;                   /* NULL: not solved for */
  double f_star, star_grad_norm_sq; /* once solved */
} lac_instance;

/* Vectors that live from round to round, and scratch.  Allocation, clearing, checkpoint, size and freeing are loops over the rows. */
enum {
  LAC_STORE_SERVER, LAC_STORE_MIRROR, LAC_STORE_CLIENT,
  LAC_STORE_ABOUT,                  /* what the server keeps of every client */
  LAC_STORE_STEPS,                  /* of every client, for methods that count them: how many it has made */
  LAC_STORE_UP_MEMORY, LAC_STORE_DOWN_MEMORY,      /* of the compressors */
  LAC_STORE_BATCHES,                /* steps that each client has taken, order=epoch */
  LAC_STORE_SCRATCH,
  LAC_STORES
};
typedef struct {
  lac_state row[LAC_STORES];        /* doubles; name NULL: not in a checkpoint */
  double **pointers;                /* into the rows, for one client, scratch, the mirror, the server */
  lac_client client;
  lac_mirror mirror;
  lac_server server;
} lac_vectors;

/* Messages on their way. */
typedef struct {
  lac_msg down;                     /* this round's broadcast */
  lac_msg opening;                  /* what goes before it, with as much of it as fits */
  lac_msg out;                      /* what this rank sends to rank 0 at once: see round.c */
  lac_msg mail;                     /* this rank's messages where they do not travel in out: late, or not at all */
  lac_msg row;                      /* what it sends for the trace where that does not travel in out */
  lac_msg *at;                      /* the one of the two that this exchange's messages are written to: mail.h */
  unsigned lag;
  struct { lac_flight *flight; uint64_t sent; } late[LAC_FLIGHTS];      /* mail under way, oldest first */
  unsigned late_count;
  lac_message_log log;              /* rank 0: of all exchanges */
  uint64_t *passed;                 /* bits that each client of this rank handed on in each exchange of this round: pass.h */
  size_t passed_cap;
  unsigned passes;                  /* these exchanges so far */
  size_t *sizes, *row_sizes;        /* bytes of every rank: of its mail at most, of what it sends for the trace */
} lac_post;

/* What is counted. */
typedef struct {
  lac_meter total;                              /* rank 0: of all ranks, at the last row */
  uint64_t oracle_calls, samples, bits_up, msgs_up;      /* of this rank's clients, by the writers themselves */
  uint64_t bits_down, msgs_down;                /* rank 0 */
  uint64_t wire, trace_wire;                    /* rank 0, at the last row: bytes between ranks, of the method and of the trace */
  uint64_t wire_before, trace_wire_before;      /* rank 0: of the sessions before this one */
  double seconds[LAC_TIMES];
  uint64_t ticks[LAC_TIMES];                    /* not in seconds yet: of what every client does, where two readings of a clock count */
} lac_ledger;

/* f and its gradient at one point. */
typedef struct {
  lac_treesum tree, root;           /* gradient and value, where rows take them, and with a test set the sum of its losses; of this rank,
                                       of all on rank 0 */
  double *x;                        /* the point */
  double *leaf;                     /* gradient of the client at hand there; d + 1 */
  double *moved;                    /* rank 0: where a step of size 1 leads from there; NULL: the problem has no prox */
  uint32_t leaf_client;             /* whose gradient `leaf` is; n: nobody's */
  uint64_t leaf_ticks;              /* that it took, as long as they count as evaluation */
  lac_score train, test;            /* of this rank's clients, but for the losses */
} lac_evaluation;

/* Columns of the trace, and when it ends: row.h. */
typedef struct {
  lac_column column[LAC_COLUMNS_MOST];
  size_t columns;
  size_t finite[3], finites;        /* columns that are no number where the run has diverged */
  int stop_column;                  /* -1: none */
  double stop_value;
} lac_trace_layout;

/* Random choices. */
typedef struct {
  lac_seeds seeds;
  struct lac_replay *replay[LAC_SEED_AXES];
  gsl_rng *rng, *shared;
  int supposed_coin;                /* what a coin shows before there are streams: for the forecast of memory */
  uint32_t *times;                  /* n: how often drawn in this round; 0: does not take part */
  uint8_t *lost;                    /* n: whether the message of a client that takes part is lost */
  uint32_t awake;                   /* clients that take part; participants of lac_env are those that are heard */
  uint32_t *batch_rows;             /* of the batch at hand */
  uint64_t *row_set;                /* LAC_CHOICE_WORDS of the largest shard: while they are chosen */
  uint32_t *order;                  /* order=epoch: the largest shard's rows, in the order of (order_client, order_epoch) */
  int ordered;                      /* ... which has been drawn */
  uint32_t order_client;
  uint64_t order_epoch;
  unsigned steps_asked;             /* order=epoch: the largest step of this exchange that the client has asked for, plus 1 */
} lac_draws;

typedef struct lac_run {
  const lac_config *config;
  lac_comm *comm;
  lac_exchange *exchange;
  lac_env env;
  lac_recipe recipe;
  lac_instance instance;
  lac_vectors store;
  lac_post post;
  lac_ledger ledger;
  lac_evaluation eval;
  lac_trace_layout trace;
  lac_draws draws;
  lac_saving saving;
  double forecast;                  /* bytes that this rank was said to take: setup/memory.h */

  /* Constants that the method has asked for, so that the result can name them. */
  int smoothness_used;
  double constant[LAC_CONSTANTS];   /* NaN: not asked for */

  struct lac_keep *keep;            /* of a sweep: keep.h; NULL: none */
  char *key;                        /* the name of the instance there, when it can be given back */

  uint64_t round;                   /* rounds done */
  const char *reason;               /* why it ended, lac_end_name; NULL while running */
  double *x;                        /* final iterate, rank 0 */
} lac_run;

/* Vector `which` of a client of this rank. */
static inline double *lac_client_vector(const lac_run *r, uint32_t client, unsigned which)
{
  const lac_state *s = &r->store.row[LAC_STORE_CLIENT];
  return (double *)s->at + ((client - r->instance.first) * s->vectors + which) * s->stride;
}

/* This client's number and vectors, for a function of the method. */
static inline lac_client *lac_run_client(lac_run *r, uint32_t id)
{
  lac_client *c = &r->store.client;
  c->id = id;
  c->shard = r->instance.shard[id - r->instance.first];
  c->steps = r->round;
  for (unsigned k = 0; k < r->recipe.method->client_vecs; k++)
    c->v[k] = lac_client_vector(r, id, k);
  return c;
}

/* Whether messages of clients have a second compressor. */
static inline int lac_sends_second(const lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  return m->sends_second ? m->sends_second(&r->env) : m->sends_two;
}

/* The method has not asked for any constant yet. */
static inline void lac_forget_constants(lac_run *r)
{
  r->smoothness_used = 0;
  for (int k = 0; k < LAC_CONSTANTS; k++)
    r->constant[k] = NAN;
}

#endif
