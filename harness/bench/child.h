/* child.h: another build of laconic beside this one.  Both are processes of their own, so that they start alike, and may measure in
   turns.  Serial. */
#ifndef LAC_BENCH_CHILD_H
#define LAC_BENCH_CHILD_H

#include "base.h"
#include <sys/types.h>

/* The program of this process, for lac_child_start. */
#define LAC_CHILD_SELF "/proc/self/exe"

/* Start `program bench WORDS`; words end with NULL.  What it prints goes nowhere but for its errors, it is no rank of the job that this
   process may belong to, and it ends when this process does.  Descriptors that are not CLOEXEC are its own, too.  EUSER. */
int lac_child_start(const char *program, const char *const *words, pid_t *child);
/* EUSER unless it ends with success. */
int lac_child_wait(const char *program, const char *const *words, pid_t child);

/* Two processes that measure in turns pass a byte to and fro through a pair of sockets, of which each has one; who has the byte measures.
   -1: alone. */
void lac_turn_take(int *socket);      /* waits; the other process has ended: -1 from now on */
void lac_turn_pass(int socket);

#endif
