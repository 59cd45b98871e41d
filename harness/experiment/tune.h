/* tune.h: which candidate of an experiment file is the first at a target, in modelled seconds on a network: successive halving (Jamieson
   and Talwalkar, arXiv:1502.07943).

   Rung r runs every candidate that is left to T_r modelled seconds, T_(r+1) = eta T_r, and the best 1/eta of them go on; rungs in front, of
   all candidates, make sure that a target which is near costs little; the first rung in which a candidate arrives is the last one, since
   nobody else can be faster.  A candidate is judged by the median over its seeds: of the seconds to the target, and of
   those that have not arrived by the value of the metric at T_r.

   Each run is one run under its own name, which stops at the target, is paused behind its rung and resumed in the next one; so all that is
   decided is a function of the result files, on any number of ranks, and a search that was killed goes on when it is asked for again. */
#ifndef LAC_TUNE_H
#define LAC_TUNE_H

#include "experiment/candidates.h"
#include "ranks/comm.h"

typedef struct {
  const lac_experiment *e;       /* the same on all ranks; every run has the target as its --stop */
  const char *metric;            /* of the target */
  double level;
  char *const *network;          /* texts of lac_network_find */
  size_t networks;
  double eta;                    /* above 1 */
  double seconds;                /* of the last rung; 0: by `rounds` */
  uint64_t rounds;               /* of the candidate with the shortest rounds, in the last rung; 0: as its --rounds, and then rungs go on
                                    until a candidate arrives or all runs have ended */
  /* Rank 0, once for each rung, when it is decided. */
  void (*rung)(void *self, size_t network, size_t rung, double seconds, size_t candidates, size_t arrived);
  void *self;
} lac_tune_options;

/* What is known of a candidate on a network; seconds over its seeds. */
typedef struct {
  size_t candidate;
  size_t rung;                   /* the last one that it was in */
  double seconds, least, most;   /* to the target, the median and the range; infinite: not in this rung */
  double value;                  /* the median of the metric at the end of the rung, or at the target */
  int diverged;                  /* more than half of its runs did */
} lac_tune_place;

typedef struct {
  lac_tune_place *place;         /* of all candidates, the best one first */
  size_t rungs, left;            /* left: candidates of the last rung, which come first */
  double end;                    /* seconds of the last rung */
  int arrived;                   /* the first one is the winner */
  int ended;                     /* all runs of the last rung have ended: a longer rung shows nothing more */
  char *label;                   /* "wan (100 Mbit/s, 20 ms, n = 20, star)" */
  double rate, latency;          /* of the uplink of client 0 */
} lac_tune_ranking;

typedef struct {
  lac_candidates all;
  lac_tune_ranking *ranking;     /* of each network */
  size_t networks;
  size_t runs;                   /* of the candidates */
  double rounds, grid;           /* that were computed, ever; that all runs would have with --rounds */
} lac_tuning;

/* The number of candidates in rung r of so many, and of the rungs that leave no more than eta; those in front are not counted. */
size_t lac_tune_left(size_t candidates, double eta, size_t rung);
size_t lac_tune_rungs(size_t candidates, double eta);

/* Candidates, networks: all that can be known before any run.  On rank 0; the others have the rest of the struct empty.  Free it also after
   a failure.  Collective.  EUSER. */
int lac_tune_open(lac_comm *comm, const lac_tune_options *o, lac_tuning *t);
/* Run and decide.  EINTERRUPTED as lac_sweep.  Collective; rankings are on rank 0. */
int lac_tune(lac_comm *comm, const lac_tune_options *o, lac_tuning *t);
void lac_tune_free(lac_tuning *t);

#endif
