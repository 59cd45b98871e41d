/* interrupt.h: SIGTERM and SIGUSR1 ask a run to save its state and stop (Slurm sends them before it takes the machine away). */
#ifndef LAC_INTERRUPT_H
#define LAC_INTERRUPT_H

/* From now on these signals are noted instead of obeyed at once. */
void lac_interrupt_watch(void);
/* The signal that came last; 0: none. */
int lac_interrupted(void);

#endif
