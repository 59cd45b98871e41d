/* interrupt.h: SIGINT, SIGHUP, SIGTERM and SIGUSR1 end a command.

   A signal takes effect at once: what is registered here is removed, and the process ends as if the signal had its default action.  That
   holds wherever the process is, also in a library or in a system call that waits.  Who has something to finish first holds signals
   back, looks whether one came, and ends in its own way. */
#ifndef LAC_INTERRUPT_H
#define LAC_INTERRUPT_H

#include <sys/types.h>

/* From now on, for the whole command.  SIGHUP that is ignored already (nohup) stays ignored.  SIGXFSZ is ignored: the write fails. */
void lac_interrupt_watch(void);
/* Hold signals back, and say whether they were before.  SIGINT that comes again after a second takes effect all the same. */
int lac_interrupt_hold(void);
/* No longer; a signal that was held back takes effect now. */
void lac_interrupt_release(void);
/* The signal that came last while they were held back; 0: none. */
int lac_interrupted(void);
/* "SIGTERM" */
const char *lac_interrupt_name(int signal);

/* Signals take effect after so many seconds at least, in which other ranks come to their own ends: when this one is gone
   MPI may kill them. */
void lac_interrupt_grace(double seconds);

/* A temporary file, or a folder while it is empty: remove it when a signal takes effect; forget: it is gone, or to stay. */
void lac_interrupt_remove(const char *path);
void lac_interrupt_forget(const char *path);
/* The child that is waited for, which gets the signal too; 0: none.  Hold signals back from its start to this call. */
void lac_interrupt_child(pid_t child);

#endif
