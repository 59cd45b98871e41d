#include "store/temporary.h"

#include "interrupt.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char mark[] = ".tmp.";
enum { DIGITS = 16 };

char *lac_temporary_name(const char *path)
{
  uint64_t random = 0;
  while (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
    continue;      /* a signal came */
  return lac_asprintf("%s%s%016llx", path, mark, (unsigned long long)random);
}

int lac_temporary_create(lac_temporary *t, const char *path)
{
  *t = (lac_temporary){ .fd = -1, .name = lac_temporary_name(path) };
  if (!t->name)
    return LAC_ENOMEM;
  lac_interrupt_remove(t->name);
  t->fd = open(t->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (t->fd >= 0)
    return LAC_OK;
  lac_interrupt_forget(t->name);
  int status = lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(errno));
  free(t->name);
  t->name = NULL;
  return status;
}

void lac_sync_folder(const char *path)
{
  char *folder = lac_strdup(path);
  int fd = folder ? open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  free(folder);
}

int lac_temporary_settle(lac_temporary *t, const char *path)
{
  if (fsync(t->fd) || rename(t->name, path))
    return lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(errno));
  lac_interrupt_forget(t->name);
  free(t->name);
  t->name = NULL;
  lac_sync_folder(path);
  return LAC_OK;
}

void lac_temporary_drop(lac_temporary *t)
{
  if (t->name) {
    unlink(t->name);
    lac_interrupt_forget(t->name);
  }
  if (t->fd >= 0)
    close(t->fd);
  free(t->name);
  *t = (lac_temporary){ .fd = -1 };
}

/* NAME.tmp.RANDOM, where NAME is a result, its journal or its checkpoint. */
static int is_temporary_of(const char *file, const char *result)
{
  static const char *const endings[] = { "", ".journal", ".checkpoint" };
  size_t n = strlen(result);
  if (strncmp(file, result, n))
    return 0;
  for (size_t i = 0; i < LAC_COUNT(endings); i++) {
    size_t m = strlen(endings[i]);
    const char *rest = file + n + m + strlen(mark);
    if (strncmp(file + n, endings[i], m) == 0 && strncmp(file + n + m, mark, strlen(mark)) == 0 && strlen(rest) == DIGITS &&
        strspn(rest, "0123456789abcdef") == DIGITS)
      return 1;
  }
  return 0;
}

void lac_temporary_clean(const char *path)
{
  char *folder = lac_strdup(path), *file = lac_strdup(path);
  DIR *all = folder && file ? opendir(dirname(folder)) : NULL;
  const char *name = all ? basename(file) : NULL;
  for (struct dirent *e; all && (e = readdir(all));)
    if (is_temporary_of(e->d_name, name))
      unlinkat(dirfd(all), e->d_name, 0);
  if (all)
    closedir(all);
  free(folder);
  free(file);
}

size_t lac_write_bytes(int fd, const void *bytes, size_t size)
{
  size_t done = 0;
  while (done < size) {
    ssize_t put = write(fd, (const char *)bytes + done, size - done);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0) {
      errno = put ? errno : ENOSPC;
      break;
    }
    done += (size_t)put;
  }
  return done;
}
