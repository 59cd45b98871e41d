#include "store/temporary.h"

#include "interrupt.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = ".tmp.";
enum { DIGITS = 16 };

/* ---- who is alive ---- */

/* One byte behind all content: MPI-IO locks ranges of the content, HDF5 and the journal lock with flock, and none may wait for this. */
static int lock(int fd, int command, short type)
{
  struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)1 << 62, .l_len = 1 };
  int failed;
  while ((failed = fcntl(fd, command, &range)) && errno == EINTR)
    continue;      /* a signal came */
  return !failed;
}

/* Locked by nobody: its process is gone.  Removed under the lock: one that has just made it waits, and sees that it is gone. */
static void remove_left(int folder, const char *name)
{
  int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0 && lock(fd, F_OFD_SETLK, F_WRLCK))
    unlinkat(folder, name, 0);
  if (fd >= 0)
    close(fd);
}

/* NAME.tmp.RANDOM, where NAME is a file, or the journal or the checkpoint of a result. */
static int is_temporary_of(const char *file, const char *path)
{
  static const char *const endings[] = { "", ".journal", ".checkpoint" };
  size_t n = strlen(path);
  if (strncmp(file, path, n))
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
      remove_left(dirfd(all), e->d_name);
  if (all)
    closedir(all);
  free(folder);
  free(file);
}

/* ---- one file ---- */

static char *make_name(const char *path)
{
  uint64_t random = 0;
  while (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
    continue;      /* a signal came */
  return lac_asprintf("%s%s%016llx", path, mark, (unsigned long long)random);
}

/* Whoever cleans up may be between our open and our lock. */
static int create_locked(lac_temporary *t)
{
  struct stat about;
  do {
    if (t->fd >= 0)
      close(t->fd);
    t->fd = open(t->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (t->fd >= 0)
      lock(t->fd, F_OFD_SETLKW, F_WRLCK);
  } while (t->fd >= 0 && fstat(t->fd, &about) == 0 && about.st_nlink == 0);
  return t->fd >= 0;
}

int lac_temporary_create(lac_temporary *t, const char *path)
{
  *t = (lac_temporary){ .fd = -1, .path = lac_strdup(path), .name = make_name(path) };
  int status = t->path && t->name ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK) {
    lac_interrupt_remove(t->name);
    if (!create_locked(t))
      status = lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(errno));
  }
  if (status != LAC_OK)
    lac_temporary_drop(t);
  return status;
}

static void sync_folder(const char *path)
{
  char *folder = lac_strdup(path);
  int fd = folder ? open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  free(folder);
}

/* The lock goes with the name: over NFS it would keep readers out. */
int lac_temporary_settle(lac_temporary *t)
{
  if (!t->name)
    return LAC_OK;
  if (fsync(t->fd) || rename(t->name, t->path))
    return lac_fail(LAC_EIO, "cannot write %s: %s", t->path, strerror(errno));
  lock(t->fd, F_OFD_SETLK, F_UNLCK);
  lac_interrupt_forget(t->name);
  free(t->name);
  t->name = NULL;
  sync_folder(t->path);
  return LAC_OK;
}

void lac_temporary_drop(lac_temporary *t)
{
  if (t->name) {
    if (t->fd >= 0)
      unlink(t->name);
    lac_interrupt_forget(t->name);
  }
  if (t->to)
    fclose(t->to);
  else if (t->fd >= 0)
    close(t->fd);
  free(t->path);
  free(t->name);
  *t = (lac_temporary){ .fd = -1 };
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

/* ---- a stream ---- */

/* A device would be renamed away. */
static int open_as_it_is(lac_temporary *t, const char *path)
{
  *t = (lac_temporary){ .fd = open(path, O_WRONLY | O_CLOEXEC), .path = lac_strdup(path) };
  return t->fd >= 0 ? LAC_OK : lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(errno));
}

static int open_stream(lac_temporary *t, const char *path)
{
  struct stat about;
  int special = stat(path, &about) == 0 && !S_ISREG(about.st_mode);
  if (!special)
    lac_temporary_clean(path);
  int status = special ? open_as_it_is(t, path) : lac_temporary_create(t, path);
  if (status == LAC_OK && (!t->path || !(t->to = fdopen(t->fd, "w"))))
    status = lac_fail(LAC_ENOMEM, "out of memory for a stream");
  if (status != LAC_OK)
    lac_temporary_drop(t);
  return status;
}

int lac_temporary_open(lac_temporary *t, const char *option, const char *format, ...)
{
  va_list arguments;
  char *path = NULL;
  va_start(arguments, format);
  int status = vasprintf(&path, format, arguments) < 0 ? LAC_ENOMEM : open_stream(t, path);
  va_end(arguments);
  free(path);
  return lac_context(status == LAC_EIO ? LAC_EUSER : status, "%s", option);
}

int lac_temporary_close(lac_temporary *t, int status)
{
  int why = fflush(t->to) ? errno : ferror(t->to) ? EIO : 0;
  if (status == LAC_OK && why)
    status = lac_fail(LAC_EIO, "cannot write %s: %s", t->path, strerror(why));
  if (status == LAC_OK)
    status = lac_temporary_settle(t);
  lac_temporary_drop(t);
  return status;
}

int lac_temporary_try(const char *option, const char *path)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, option, "%s", path));
  lac_temporary_drop(&t);
  return LAC_OK;
}

/* ---- folders ---- */

int lac_workplace_make(lac_workplace *w, const char *const *names, size_t files)
{
  const char *root = getenv("TMPDIR");
  *w = (lac_workplace){ .folder = lac_asprintf("%s/laconic-XXXXXX", root && *root == '/' ? root : "/tmp") };
  if (!w->folder)
    return LAC_ENOMEM;
  if (!mkdtemp(w->folder)) {
    int status = lac_fail(LAC_EIO, "cannot make the folder %s: %s; TMPDIR names another place", w->folder, strerror(errno));
    free(w->folder);
    w->folder = NULL;
    return status;
  }
  lac_interrupt_remove(w->folder);
  for (; w->files < files; w->files++) {
    if (!(w->file[w->files] = lac_asprintf("%s/%s", w->folder, names[w->files])))
      return LAC_ENOMEM;
    lac_interrupt_remove(w->file[w->files]);
  }
  return LAC_OK;
}

void lac_workplace_remove(lac_workplace *w)
{
  for (size_t i = 0; i < w->files; i++) {
    unlink(w->file[i]);
    lac_interrupt_forget(w->file[i]);
    free(w->file[i]);
  }
  if (w->folder) {
    rmdir(w->folder);
    lac_interrupt_forget(w->folder);
  }
  free(w->folder);
}
