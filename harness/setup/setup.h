/* setup.h: a run before its first round and after its last.  Everything here is collective. */
#ifndef LAC_SETUP_H
#define LAC_SETUP_H

#include "run/run.h"

struct lac_keep;

/* Check everything that can be checked without loading a shard.  EUSER, ENOTSUP before any work. */
int lac_run_open(lac_run *r, const lac_config *config, lac_comm *comm);
/* The same with what a run before has left, to which this one will leave its own.  To be named only: it need not fit into the memory of
   this rank beyond what opening takes. */
int lac_run_open_after(lac_run *r, const lac_config *config, lac_comm *comm, struct lac_keep *keep);
int lac_run_open_to_name(lac_run *r, const lac_config *config, lac_comm *comm, struct lac_keep *keep);
/* Load the shards, allocate all state. */
int lac_run_prepare(lac_run *r);
/* Resolve step sizes, solve if asked for, start at x0. */
int lac_run_start(lac_run *r);
/* Both. */
int lac_run_load(lac_run *r);
void lac_run_close(lac_run *r);

/* Bytes that a run takes, all ranks together, as far as can be told from its options.  Not collective. */
size_t lac_run_bytes(const lac_run *r);

/* x of p->d numbers as --x0=glorot says, drawn from stream `which` of x0; the problem has layers. */
int lac_start_layers(const lac_problem *p, uint32_t which, double *x);

/* A model of text that goes on from a result, that of --x0 or its base, knows the result's symbols and no others.  Before open. */
int lac_start_alphabet(lac_problem *p, const char *x0);

/* r->x0 as --x0 says; then, whether the problem can start there.  EUSER. */
int lac_x0_make(lac_run *r);
int lac_x0_check(const lac_run *r);

#endif
