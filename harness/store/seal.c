#include "store/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static const char magic[8] = { 'l', 'a', 'c', 's', 'e', 'a', 'l', '1' };
typedef struct { char magic[8]; uint64_t check; } seal;
_Static_assert(sizeof(seal) == LAC_SEAL_BYTES, "a seal is written as it lies in memory");

void lac_seal_make(const void *bytes, size_t size, uint8_t out[static LAC_SEAL_BYTES])
{
  seal s = { .check = XXH3_64bits(bytes, size) };
  memcpy(s.magic, magic, sizeof magic);
  memcpy(out, &s, sizeof s);
}

static int read_bytes(int fd, void *to, size_t size)
{
  for (size_t done = 0; done < size;) {
    ssize_t got = read(fd, (char *)to + done, size - done);
    if (got == 0 || (got < 0 && errno != EINTR))
      return 0;
    done += got > 0 ? (size_t)got : 0;
  }
  return 1;
}

/* Checksum of the next `size` bytes; 0 when they cannot be read. */
static int check_of(int fd, uint64_t size, uint64_t *check)
{
  char block[1 << 16];
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    return 0;
  XXH3_64bits_reset(state);
  int ok = 1;
  while (ok && size) {
    size_t part = size < sizeof block ? (size_t)size : sizeof block;
    ok = read_bytes(fd, block, part);
    XXH3_64bits_update(state, block, ok ? part : 0);
    size -= part;
  }
  *check = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return ok;
}

static int no_seal(const char *path)
{
  return lac_fail(LAC_EFORMAT, "%s is not a whole file of laconic: cut short, changed by another program, or something else (its last "
                  "bytes are not a seal)", path);
}

static int wrong_seal(const char *path) { return lac_fail(LAC_EFORMAT, "%s is damaged or was changed: its checksum is wrong", path); }

int lac_seal_check_bytes(const void *bytes, size_t size, const char *path)
{
  seal s;
  if (size < sizeof s)
    return no_seal(path);
  memcpy(&s, (const char *)bytes + size - sizeof s, sizeof s);
  if (memcmp(s.magic, magic, sizeof magic))
    return no_seal(path);
  return XXH3_64bits(bytes, size - sizeof s) == s.check ? LAC_OK : wrong_seal(path);
}

static int check_seal(int fd, const char *path, uint64_t size)
{
  seal s;
  uint64_t have;
  if (size < sizeof s || lseek(fd, (off_t)(size - sizeof s), SEEK_SET) < 0 || !read_bytes(fd, &s, sizeof s) ||
      memcmp(s.magic, magic, sizeof magic))
    return no_seal(path);
  return lseek(fd, 0, SEEK_SET) == 0 && check_of(fd, size - sizeof s, &have) && have == s.check ? LAC_OK : wrong_seal(path);
}

int lac_seal_check(const char *path, uint64_t *size)
{
  struct stat about;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);      /* a fifo must not make us wait */
  if (fd < 0)
    return lac_fail(LAC_EUSER, "cannot read %s: %s", path, strerror(errno));
  int status = fstat(fd, &about) || !S_ISREG(about.st_mode) ?
               lac_fail(LAC_EUSER, "%s is no regular file; results and tables are read from files alone", path) : LAC_OK;
  if (status == LAC_OK) {
    *size = (uint64_t)about.st_size;
    status = check_seal(fd, path, *size);
  }
  close(fd);
  return status;
}
