#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came;

static void note(int signal) { came = signal; }

/* Not reset after the first: mpiexec and the batch system may both deliver it, and the second one must not kill. */
void lac_interrupt_watch(void)
{
  struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
}

int lac_interrupted(void) { return came; }
