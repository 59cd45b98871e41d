#include "interrupt.h"

#include "base.h"
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct { int number; const char *name; } signals[] = {
  { SIGINT, "SIGINT" }, { SIGHUP, "SIGHUP" }, { SIGTERM, "SIGTERM" }, { SIGUSR1, "SIGUSR1" },
};

/* A path that does not fit is not registered, and may stay behind. */
static struct { volatile sig_atomic_t used; char path[1280]; } registered[8];
static volatile sig_atomic_t came, held;
static volatile pid_t child;
static double first;                    /* seconds: when the first one was held back */
static struct timespec grace;

static void leave(int signal)
{
  sigset_t set;
  if (child > 0)
    kill(child, signal);
  for (size_t i = LAC_COUNT(registered); i-- > 0;)      /* files before their folder */
    if (registered[i].used && unlink(registered[i].path) && (errno == EISDIR || errno == EPERM))
      rmdir(registered[i].path);
  nanosleep(&grace, NULL);
  sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  raise(signal);
}

/* mpiexec and the batch system may both deliver one wish: what comes within a second of the first is no other. */
static void take_signal(int signal)
{
  int error = errno, again = came == SIGINT && signal == SIGINT && lac_seconds() - first > 1;
  if (!held || again)
    leave(signal);
  if (!came)
    first = lac_seconds();
  came = signal;
  errno = error;
}

/* SIGHUP that is ignored is nohup's; SIGINT is ignored in every background job of a script, also when it is sent on purpose.
   A write beyond `ulimit -f` fails as on a full disk, in place of a signal. */
void lac_interrupt_watch(void)
{
  struct sigaction action = { .sa_handler = take_signal, .sa_flags = SA_RESTART }, before;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < LAC_COUNT(signals); i++)
    sigaddset(&action.sa_mask, signals[i].number);
  for (size_t i = 0; i < LAC_COUNT(signals); i++)
    if (signals[i].number != SIGHUP || (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN))
      sigaction(signals[i].number, &action, NULL);
  sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

int lac_interrupt_hold(void)
{
  int before = held;
  held = 1;
  return before;
}

void lac_interrupt_release(void)
{
  held = 0;
  if (came)
    leave(came);
}

int lac_interrupted(void) { return came; }

const char *lac_interrupt_name(int signal)
{
  for (size_t i = 0; i < LAC_COUNT(signals); i++)
    if (signals[i].number == signal)
      return signals[i].name;
  return NULL;
}

void lac_interrupt_grace(double seconds)
{
  if (seconds <= (double)grace.tv_sec + 1e-9 * (double)grace.tv_nsec)
    return;
  grace.tv_sec = (time_t)seconds;
  grace.tv_nsec = (long)(1e9 * (seconds - (double)grace.tv_sec));
}

void lac_interrupt_remove(const char *path)
{
  for (size_t i = 0; i < LAC_COUNT(registered) && strlen(path) < sizeof registered[i].path; i++)
    if (!registered[i].used) {
      snprintf(registered[i].path, sizeof registered[i].path, "%s", path);
      registered[i].used = 1;
      return;
    }
}

void lac_interrupt_forget(const char *path)
{
  for (size_t i = 0; i < LAC_COUNT(registered); i++)
    if (registered[i].used && strcmp(registered[i].path, path) == 0)
      registered[i].used = 0;
}

void lac_interrupt_child(pid_t pid) { child = pid; }
