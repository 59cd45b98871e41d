#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

static const char magic[8] = { 'l', 'a', 'c', 'o', 'n', 'i', 'c', '1' };
typedef struct { uint32_t kind, size; uint64_t check; } head;

/* Over kind, size and bytes, so that a damaged head is noticed too. */
static uint64_t check_of(uint32_t kind, uint32_t size, const void *bytes)
{
  return XXH3_64bits_withSeed(bytes, size, (uint64_t)kind << 32 | size);
}

/* 1: ours; 0: another process has it; -1: locks do not work here (some network file systems). */
static int lock(int fd, int flags)
{
  int failed;
  while ((failed = flock(fd, LOCK_EX | flags)) && errno == EINTR)
    continue;      /* a signal came */
  return !failed ? 1 : errno == EWOULDBLOCK ? 0 : -1;
}

int lac_journal_idle(int fd) { return lock(fd, LOCK_NB) != 0; }

static int exists(const char *path)
{
  return lac_fail(LAC_EUSER, "%s exists: a run is writing there or was killed; use --resume to go on from its checkpoint, or --force to "
                  "start again", path);
}

/* Waits for a reader at most: a run does not lock what it has not made. */
static int begin(lac_journal *j, const char *path)
{
  struct stat about;
  lock(j->fd, 0);
  if (fstat(j->fd, &about) == 0 && about.st_nlink == 0)      /* removed by a run that was faster */
    return exists(path);
  LAC_TRY(lac_grow(&j->pending, &j->cap, sizeof magic, 1));
  memcpy(j->pending, magic, sizeof magic);
  j->used = sizeof magic;
  return LAC_OK;
}

int lac_journal_create(lac_journal *j, const char *path)
{
  *j = (lac_journal){ .fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), .temporary.fd = -1 };
  if (j->fd < 0)
    return errno == EEXIST ? exists(path) : lac_fail(LAC_EUSER, "cannot write %s: %s", path, strerror(errno));
  return begin(j, path);
}

int lac_journal_replace(lac_journal *j, const char *path)
{
  *j = (lac_journal){ .fd = -1, .temporary.fd = -1 };
  LAC_TRY(lac_temporary_create(&j->temporary, path));
  j->fd = j->temporary.fd;
  return begin(j, path);
}

int lac_journal_settle(lac_journal *j)
{
  LAC_TRY(lac_journal_flush(j));
  return lac_temporary_settle(&j->temporary);
}

/* A killed run lets go when its last process is gone, which may be a moment after its mpiexec. */
int lac_journal_lock(const char *path, int *fd)
{
  static const struct timespec moment = { .tv_nsec = 100000000 };
  int got = 0;
  *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  for (int i = 0; *fd >= 0 && (got = lock(*fd, LOCK_NB)) == 0; i++) {
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
  size_t done = lac_write_bytes(j->fd, j->pending, j->used);
  int why = errno;
  j->used -= done;
  if (j->used)
    memmove(j->pending, j->pending + done, j->used);
  return j->used == 0 ? LAC_OK : lac_fail(LAC_EIO, "cannot write the journal: %s", strerror(why));
}

void lac_journal_close(lac_journal *j)
{
  if (j->temporary.fd >= 0)
    lac_temporary_drop(&j->temporary);
  else if (j->fd >= 0)
    close(j->fd);
  free(j->pending);
  *j = (lac_journal){ .fd = -1, .temporary.fd = -1 };
}

/* ---- reading ---- */

/* A journal in memory, and the record before the place `at`; bytes: a copy of it, with a zero behind it. */
typedef struct { uint8_t *all, *bytes; size_t size, cap, at; head h; uint64_t effort; int status; } reader;

/* 0: what comes next is not whole. */
static int read_record(reader *r)
{
  if (r->size - r->at < sizeof r->h)
    return 0;
  const uint8_t *content = r->all + r->at + sizeof r->h;
  memcpy(&r->h, r->all + r->at, sizeof r->h);
  if (r->h.size > r->size - r->at - sizeof r->h || check_of(r->h.kind, r->h.size, content) != r->h.check)
    return 0;
  r->status = lac_grow(&r->bytes, &r->cap, (size_t)r->h.size + 1, 1);
  if (r->status != LAC_OK)
    return 0;
  memcpy(r->bytes, content, r->h.size);
  r->bytes[r->h.size] = 0;
  r->at += sizeof r->h + r->h.size;
  return 1;
}

/* From a damaged record to the next whole one.  Nothing is certain of where that is, so every byte is looked at; what a hostile file can
   make us hash on the way has an end. */
static int find_record(reader *r)
{
  for (r->at++; r->at + sizeof r->h <= r->size; r->at++) {
    uint64_t before = r->at;
    if (read_record(r))
      return 1;
    uint64_t cost = r->h.size <= r->size - before ? r->h.size + sizeof r->h : sizeof r->h;
    if (cost > r->effort)
      return 0;
    r->effort -= cost;
  }
  return 0;
}

static int read_records(reader *r, lac_journal_each each, lac_journal_each lost, void *self, size_t *damaged)
{
  size_t number = 1;
  int status = LAC_OK;
  for (; status == LAC_OK && read_record(r); number++)
    status = each(self, r->h.kind, r->bytes, r->h.size);
  if (status != LAC_OK || r->status != LAC_OK || !find_record(r))
    return status != LAC_OK ? status : r->status;
  *damaged = number;
  do
    status = lost(self, r->h.kind, r->bytes, r->h.size);
  while (status == LAC_OK && (read_record(r) || find_record(r)));
  return status != LAC_OK ? status : r->status;
}

/* All of a file; what a run that is at it adds meanwhile is not looked at. */
static int load_file(const char *path, reader *r)
{
  struct stat about;
  size_t cap = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), known = fd >= 0 && fstat(fd, &about) == 0;
  int regular = known && S_ISREG(about.st_mode);
  int status = regular ? lac_grow(&r->all, &cap, (size_t)about.st_size + 1, 1) :
               lac_fail(LAC_EFORMAT, "cannot read %s: %s", path, known ? "no regular file" : strerror(errno));
  for (ssize_t got = 1; status == LAC_OK && got && r->size < (size_t)about.st_size; r->size += got > 0 ? (size_t)got : 0)
    if ((got = read(fd, r->all + r->size, (size_t)about.st_size - r->size)) < 0 && errno != EINTR)
      status = lac_fail(LAC_EIO, "cannot read %s: %s", path, strerror(errno));
  if (fd >= 0)
    close(fd);
  return status;
}

int lac_journal_read(const char *path, lac_journal_each each, lac_journal_each lost, void *self, size_t *damaged)
{
  reader r = { .at = sizeof magic };
  *damaged = 0;
  int status = load_file(path, &r);
  if (status == LAC_OK && memcmp(r.all, magic, r.size < sizeof magic ? r.size : sizeof magic))
    status = lac_fail(LAC_EFORMAT, "%s is not a journal of laconic; if nothing needs it, remove it", path);
  r.effort = 64 * (uint64_t)r.size + (1 << 20);
  if (status == LAC_OK && r.size >= sizeof magic)
    status = read_records(&r, each, lost, self, damaged);
  free(r.all);
  free(r.bytes);
  return status;
}
