#include "ranks/terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The name of a process and its parent; 0: it is not there. */
static int read_process(long pid, char name[static 64], long *parent)
{
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  FILE *f = fopen(path, "r");
  const char *line_read = f ? fgets(line, sizeof line, f) : NULL;
  if (f)
    fclose(f);
  const char *open = line_read ? strchr(line, '(') : NULL, *close = open ? strrchr(open, ')') : NULL;      /* "PID (NAME) STATE PARENT" */
  if (!close || sscanf(close + 1, " %*c %ld", parent) != 1)
    return 0;
  snprintf(name, 64, "%.*s", (int)(close - open - 1), open + 1);
  return 1;
}

static int has_terminal(long pid)
{
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/fd/2", pid);
  int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK), yes = fd >= 0 && isatty(fd);
  if (fd >= 0)
    close(fd);
  return yes;
}

/* mpiexec reads the standard error of its ranks from pipes, through a proxy of its own, and writes it to its own. */
int lac_stderr_is_terminal(void)
{
  char name[64];
  long pid = getppid(), parent;
  if (isatty(STDERR_FILENO))
    return 1;
  for (int up = 0; up < 4 && pid > 1 && read_process(pid, name, &parent); up++, pid = parent)
    if (strncmp(name, "mpiexec", strlen("mpiexec")) == 0)
      return has_terminal(pid);
  return 0;
}
