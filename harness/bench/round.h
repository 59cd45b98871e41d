/* round.h: laconic bench round: what is measured of one configuration, and how it is shown. */
#ifndef LAC_BENCH_ROUND_H
#define LAC_BENCH_ROUND_H

#include "run/config.h"
#include "ranks/comm.h"

enum { LAC_ROUND_REPEATS_MOST = 101 };

/* One case.  NaN: there is no such number.  Of several ranks, what rank 0 measures of its own clients. */
typedef struct {
  char *name;
  double bytes;                                /* that the gradients of all clients read */
  double read;                                 /* bytes a second, of a streaming read */
  double ns_nonzero;                           /* all gradients, per nonzero of the data */
  double stream, gemm;                         /* gradients over that read, and over dgemm, both measured between them */
  double gradient_cpu;                         /* seconds: all gradients once */
  double round_cpu, round_wall;                /* seconds: a round without evaluation */
  double per_client;                           /* CPU seconds: a round over clients */
  double oracle, compress, harness;            /* shares of a round; harness: all that is not the first two */
  double blas;                                 /* share of a round's CPU time inside OpenBLAS, by samples */
  double beside;                               /* seconds a client: harness, without what a streaming read of its vectors takes */
  double memory, memory_ratio;                 /* resident bytes per client; over (its vectors + its shard) */
  double gradient_other, gradient_spread;      /* --against: the other build's time over this one's; half the distance of quartiles */
  double round_other, round_spread;
  size_t repeats[2];
  double repeat[2][LAC_ROUND_REPEATS_MOST];    /* gradients, rounds: times over that of the streaming read next to them */
} lac_round_cell;

/* Measure it, each part for so many seconds.  Collective.  What a run of these options would refuse. */
int lac_round_measure(lac_comm *comm, const lac_config *config, double seconds, lac_round_cell *c);

/* Another build beside this one, in turns, each as a process of its own: `words` are the options of both, ending with NULL, and the cells
   are those that the processes measured, medians of pairs.  Caller frees *cells with lac_round_free.  EUSER: a build cannot do it. */
int lac_round_pair(const char *other, const char *const *words, double seconds, lac_round_cell **cells, size_t *count);
void lac_round_free(lac_round_cell *cells, size_t count);

/* ---- tables ---- */

void lac_round_head(int paired);
void lac_round_line(const lac_round_cell *c, int paired);
/* As HDF5, for laconic compare. */
int lac_round_write(const char *path, const lac_round_cell *cells, size_t count, double seconds, int ranks);
/* Cells of such a file, without repeats.  EUSER: it is none. */
int lac_round_read(const char *path, lac_round_cell **cells, size_t *count);

/* ---- a core for each rank ---- */

/* Bind this rank to a core of its own, of those that it may use.  Collective.  EUSER: there are fewer cores than ranks. */
int lac_round_pin(lac_comm *comm);

#endif
