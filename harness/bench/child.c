#include "bench/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MOST = 160 };

static _Noreturn void become(const char *program, const char *const *words)
{
  static const char *const job[] = { "PMI_FD", "PMI_PORT", "PMI_RANK", "PMI_SIZE", "PMI_ID" };
  const char *argv[WORDS_MOST] = { program, "bench" };
  size_t count = 2;
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (; *words && count < WORDS_MOST - 1; words++)
    argv[count++] = *words;
  for (size_t i = 0; i < LAC_COUNT(job); i++)
    unsetenv(job[i]);
  dup2(nowhere, STDOUT_FILENO);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  execv(program, (char *const *)argv);
  _exit(127);
}

int lac_child_start(const char *program, const char *const *words, pid_t *child)
{
  fflush(stdout);
  *child = fork();
  if (*child == 0)
    become(program, words);
  return *child > 0 ? LAC_OK : lac_fail(LAC_EUSER, "--against: no process can be started");
}

int lac_child_wait(const char *program, const char *const *words, pid_t child)
{
  int state;
  pid_t ended;
  while ((ended = waitpid(child, &state, 0)) < 0 && errno == EINTR)
    ;
  if (ended != child)
    return lac_fail(LAC_EUSER, "--against: %s was lost", program);
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--against: %s bench %s does not succeed with these options", program, *words);
}

void lac_turn_take(int *socket)
{
  char byte;
  ssize_t n = 1;
  while (*socket >= 0 && (n = recv(*socket, &byte, 1, 0)) < 0 && errno == EINTR)
    ;
  if (n != 1)
    *socket = -1;
}

void lac_turn_pass(int socket)
{
  while (socket >= 0 && send(socket, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
    ;
}
