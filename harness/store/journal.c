#include "store/journal.h"

#include "interrupt.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

static const char magic[8] = "laconic1";
typedef struct { uint32_t kind, size; uint64_t check; } head;

/* Over kind, size and bytes, so that a damaged head is noticed too. */
static uint64_t check_of(uint32_t kind, uint32_t size, const void *bytes)
{
  return XXH3_64bits_withSeed(bytes, size, (uint64_t)kind << 32 | size);
}

/* Where locks do not work (some network file systems) there are none. */
static int lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

static int begin(lac_journal *j)
{
  lock(j->fd);
  LAC_TRY(lac_grow(&j->pending, &j->cap, sizeof magic, 1));
  memcpy(j->pending, magic, sizeof magic);
  j->used = sizeof magic;
  return LAC_OK;
}

int lac_journal_create(lac_journal *j, const char *path)
{
  *j = (lac_journal){ .fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) };
  if (j->fd < 0 && errno == EEXIST)
    return lac_fail(LAC_EUSER, "%s exists: a run is writing there or was killed; use --resume to go on from its checkpoint, or --force to "
                    "start again", path);
  if (j->fd < 0)
    return lac_fail(LAC_EUSER, "cannot write %s: %s", path, strerror(errno));
  return begin(j);
}

static char *temporary_of(const char *path) { return lac_asprintf("%s.tmp.%d", path, (int)getpid()); }

int lac_journal_replace(lac_journal *j, const char *path)
{
  char *name = temporary_of(path);
  if (!name)
    return LAC_ENOMEM;
  *j = (lac_journal){ .fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) };
  int status = j->fd < 0 ? lac_fail(LAC_EUSER, "cannot write %s: %s", name, strerror(errno)) : begin(j);
  if (j->fd >= 0)
    lac_interrupt_remove(name);
  free(name);
  return status;
}

int lac_journal_settle(lac_journal *j, const char *path)
{
  char *name = temporary_of(path);
  int status = name ? lac_journal_flush(j) : LAC_ENOMEM;
  if (status == LAC_OK && (fsync(j->fd) || rename(name, path)))
    status = lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(errno));
  if (status == LAC_OK)
    lac_interrupt_forget(name);
  free(name);
  return status;
}

void lac_journal_abandon(const char *path)
{
  char *name = temporary_of(path);
  if (name) {
    unlink(name);
    lac_interrupt_forget(name);
  }
  free(name);
}

/* A killed run lets go when its last process is gone, which may be a moment after its mpiexec. */
int lac_journal_lock(const char *path, int *fd)
{
  static const struct timespec moment = { .tv_nsec = 100000000 };
  *fd = open(path, O_RDONLY | O_CLOEXEC);
  for (int i = 0; *fd >= 0 && !lock(*fd); i++) {
    if (i == 20) {
      close(*fd);
      *fd = -1;
      return lac_fail(LAC_EUSER, "%s is being written by a run; wait for it or stop it", path);
    }
    nanosleep(&moment, NULL);
  }
  return LAC_OK;
}

int lac_journal_append(lac_journal *j, uint32_t kind, const void *bytes, size_t size)
{
  head h = { kind, (uint32_t)size, check_of(kind, (uint32_t)size, bytes) };
  LAC_TRY(lac_grow(&j->pending, &j->cap, j->used + sizeof h + size, 1));
  memcpy(j->pending + j->used, &h, sizeof h);
  if (size)
    memcpy(j->pending + j->used + sizeof h, bytes, size);
  j->used += sizeof h + size;
  return LAC_OK;
}

int lac_journal_flush(lac_journal *j)
{
  for (size_t at = 0; at < j->used;) {
    ssize_t put = write(j->fd, j->pending + at, j->used - at);
    if (put < 0 && errno != EINTR)
      return lac_fail(LAC_EIO, "cannot write the journal: %s", strerror(errno));
    at += put > 0 ? (size_t)put : 0;
  }
  j->used = 0;
  return LAC_OK;
}

void lac_journal_close(lac_journal *j)
{
  if (j->fd >= 0)
    close(j->fd);
  free(j->pending);
  *j = (lac_journal){ .fd = -1 };
}

static int read_records(FILE *file, const char *path, size_t left, lac_journal_each each, void *self)
{
  char start[sizeof magic];
  uint8_t *bytes = NULL;
  size_t cap = 0;
  head h;
  int status = LAC_OK;
  size_t got = fread(start, 1, sizeof start, file);
  if (memcmp(start, magic, got))
    return lac_fail(LAC_EFORMAT, "%s is not a journal of laconic; if nothing needs it, remove it", path);
  if (got < sizeof start)
    return LAC_OK;
  left -= sizeof start;
  while (status == LAC_OK && fread(&h, sizeof h, 1, file) == 1) {
    left -= sizeof h;
    if (h.size > left || (status = lac_grow(&bytes, &cap, h.size + 1, 1)) != LAC_OK || fread(bytes, 1, h.size, file) != h.size ||
        check_of(h.kind, h.size, bytes) != h.check)
      break;      /* the torn end */
    left -= h.size;
    bytes[h.size] = 0;
    status = each(self, h.kind, bytes, h.size);
  }
  free(bytes);
  return status;
}

int lac_journal_read(const char *path, lac_journal_each each, void *self)
{
  FILE *file = fopen(path, "rb");
  struct stat about;
  if (!file || fstat(fileno(file), &about)) {
    if (file)
      fclose(file);
    return lac_fail(LAC_EFORMAT, "cannot read %s: %s", path, strerror(errno));
  }
  int status = read_records(file, path, (size_t)about.st_size, each, self);
  fclose(file);
  return status;
}
