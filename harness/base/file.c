/* file.c: a whole file in memory, decompressed by what its first bytes say; folders and files for output. */
#include "file.h"

#include "base.h"
#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 1 << 30, LEAST_ROOM = 1 << 16 };      /* zlib and bzip2 count in 32 bits */

/* Compressed bytes in, plain bytes out. */
typedef struct {
  const lac_room *room;                /* NULL: the machine's alone */
  const char *path;
  char *in;
  size_t in_size, in_at;
  char *out;
  size_t size, cap;
} unpacking;

/* More than half of the memory of the machine is a mistake or an attack; better a sentence than the OOM killer. */
static size_t size_limit(void)
{
  long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? (size_t)pages / 2 * (size_t)page : SIZE_MAX / 4;
}

/* Is there room for so many bytes?  A packed file says only on the way how many it holds. */
static int fits(const unpacking *u, double bytes)
{
  LAC_TRY(lac_room_check(u->room, bytes, u->path, "a smaller file"));
  return bytes <= (double)size_limit() ? LAC_OK :
         lac_fail(LAC_EUSER, "%s: more than %zu MB, half of the memory of this machine: use a smaller file", u->path, size_limit() >> 20);
}

static int corrupt(const unpacking *u, const char *format)
{
  return lac_fail(LAC_EUSER, "%s: the %s data are corrupt or cut short: fetch the file again", u->path, format);
}

/* Room for at least LEAST_ROOM more bytes and the final 0. */
static int make_room(unpacking *u)
{
  if (u->cap - u->size > LEAST_ROOM)
    return LAC_OK;
  LAC_TRY(fits(u, (double)u->size + (double)u->in_size));
  return lac_grow(&u->out, &u->cap, u->size + LEAST_ROOM + 1, 1);
}

static unsigned chunk(size_t bytes) { return bytes < CHUNK ? (unsigned)bytes : CHUNK; }

/* gzip(1) pads with zeros on tapes; anything else behind the last member is damage. */
static int only_zeros(const unpacking *u)
{
  for (size_t i = u->in_at; i < u->in_size; i++)
    if (u->in[i])
      return 0;
  return 1;
}

static int gunzip_members(unpacking *u, z_stream *z)
{
  for (int code = Z_OK;;) {
    if (code == Z_STREAM_END) {
      if (only_zeros(u))
        return LAC_OK;
      inflateReset(z);
    }
    LAC_TRY(make_room(u));
    unsigned in = chunk(u->in_size - u->in_at), out = chunk(u->cap - u->size - 1);
    z->next_in = (Bytef *)u->in + u->in_at;
    z->avail_in = in;
    z->next_out = (Bytef *)u->out + u->size;
    z->avail_out = out;
    code = inflate(z, Z_NO_FLUSH);
    u->in_at += in - z->avail_in;
    u->size += out - z->avail_out;
    int stuck = in == z->avail_in && out == z->avail_out;
    if (code == Z_MEM_ERROR)
      return lac_fail(LAC_ENOMEM, "%s: out of memory for gzip", u->path);
    if (code != Z_STREAM_END && (code != Z_OK || stuck))
      return corrupt(u, "gzip");
  }
}

static int gunzip(unpacking *u)
{
  z_stream z = {0};
  if (inflateInit2(&z, 15 + 16) != Z_OK)
    return lac_fail(LAC_ENOMEM, "%s: out of memory for gzip", u->path);
  int code = gunzip_members(u, &z);
  inflateEnd(&z);
  return code;
}

static int bunzip2_stream(unpacking *u, bz_stream *b)
{
  for (;;) {
    LAC_TRY(make_room(u));
    unsigned in = chunk(u->in_size - u->in_at), out = chunk(u->cap - u->size - 1);
    b->next_in = u->in + u->in_at;
    b->avail_in = in;
    b->next_out = u->out + u->size;
    b->avail_out = out;
    int code = BZ2_bzDecompress(b);
    u->in_at += in - b->avail_in;
    u->size += out - b->avail_out;
    if (code == BZ_STREAM_END)
      return LAC_OK;
    if (code == BZ_MEM_ERROR)
      return lac_fail(LAC_ENOMEM, "%s: out of memory for bzip2", u->path);
    if (code != BZ_OK || (in == b->avail_in && out == b->avail_out))
      return corrupt(u, "bzip2");
  }
}

static int bunzip2(unpacking *u)
{
  while (u->in_at < u->in_size) {      /* pbzip2 writes many streams */
    bz_stream b = {0};
    if (BZ2_bzDecompressInit(&b, 0, 0) != BZ_OK)
      return lac_fail(LAC_ENOMEM, "%s: out of memory for bzip2", u->path);
    int code = bunzip2_stream(u, &b);
    BZ2_bzDecompressEnd(&b);
    LAC_TRY(code);
  }
  return LAC_OK;
}

static int unxz_stream(unpacking *u, lzma_stream *x)
{
  x->next_in = (uint8_t *)u->in;
  x->avail_in = u->in_size;
  for (;;) {
    LAC_TRY(make_room(u));
    size_t out = u->cap - u->size - 1;
    x->next_out = (uint8_t *)u->out + u->size;
    x->avail_out = out;
    lzma_ret code = lzma_code(x, LZMA_FINISH);
    u->size += out - x->avail_out;
    if (code == LZMA_STREAM_END)
      return LAC_OK;
    if (code == LZMA_MEM_ERROR || code == LZMA_MEMLIMIT_ERROR)
      return lac_fail(LAC_ENOMEM, "%s: out of memory for xz", u->path);
    if (code != LZMA_OK)
      return corrupt(u, "xz");
  }
}

static int unxz(unpacking *u)
{
  lzma_stream x = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&x, size_limit(), LZMA_CONCATENATED) != LZMA_OK)
    return lac_fail(LAC_ENOMEM, "%s: out of memory for xz", u->path);
  int code = unxz_stream(u, &x);
  lzma_end(&x);
  return code;
}

typedef struct {
  const char *magic;
  size_t length;
  int (*unpack)(unpacking *u);      /* NULL: not read */
  const char *name;
} packer;

static const packer packers[] = {
  {"\x1f\x8b", 2, gunzip, "gzip"},
  {"BZh", 3, bunzip2, "bzip2"},
  {"\xfd" "7zXZ\0", 6, unxz, "xz"},
  {"\x28\xb5\x2f\xfd", 4, NULL, "zstd"},
  {"PK\3\4", 4, NULL, "zip"},
  {"7z\xbc\xaf\x27\x1c", 6, NULL, "7z"},
  {"\x1f\x9d", 2, NULL, "compress"},
  {"\x04\x22\x4d\x18", 4, NULL, "lz4"},
};

static int unpack(unpacking *u)
{
  for (const packer *p = packers; p < packers + LAC_COUNT(packers); p++)
    if (u->in_size >= p->length && memcmp(u->in, p->magic, p->length) == 0)
      return p->unpack ? p->unpack(u) :
             lac_fail(LAC_EUSER, "%s: is packed with %s, which is not read; unpack it, or pack it with gzip, bzip2 or xz", u->path,
                      p->name);
  u->out = u->in;                      /* plain: hand it over */
  u->size = u->in_size;
  u->in = NULL;
  return LAC_OK;
}

static int cannot_read(const char *path) { return lac_fail(LAC_EUSER, "cannot read %s: %s", path, strerror(errno)); }

/* All that the descriptor gives; files of the system have no size to trust, so read until the end. */
static int slurp(int fd, size_t expected, unpacking *u)
{
  size_t cap = 0;
  LAC_TRY(lac_grow(&u->in, &cap, expected + 2, 1));
  for (;;) {
    LAC_TRY(fits(u, (double)u->in_size));
    LAC_TRY(lac_grow(&u->in, &cap, u->in_size + 2, 1));
    ssize_t got = read(fd, u->in + u->in_size, chunk(cap - u->in_size - 1));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return cannot_read(u->path);
    u->in_size += (size_t)got;
    if (got == 0)
      return LAC_OK;
  }
}

/* Every rank reads, and so does every run of a file of experiments: what can be read only once would give each a part. */
static int check_kind(const char *path, mode_t mode)
{
  return S_ISREG(mode)  ? LAC_OK
         : S_ISDIR(mode) ? lac_fail(LAC_EUSER, "%s: is a folder; give a file in it", path)
         : S_ISFIFO(mode) ? lac_fail(LAC_EUSER, "%s: is a pipe, which can be read only once, and every rank and run reads for itself; "
                                     "write it to a file and give that", path)
                          : lac_fail(LAC_EUSER, "%s: is a %s; give a file", path, S_ISSOCK(mode) ? "socket" : "device");
}

int lac_check_file(const char *path)
{
  struct stat s;
  if (!*path)
    return lac_fail(LAC_EUSER, "no file is named; give its path");
  return stat(path, &s) == 0 ? check_kind(path, s.st_mode) : cannot_read(path);
}

static int read_open(int fd, unpacking *u)
{
  struct stat s;
  if (fstat(fd, &s) != 0)
    return cannot_read(u->path);
  LAC_TRY(check_kind(u->path, s.st_mode));
  LAC_TRY(fits(u, (double)s.st_size));
  LAC_TRY(slurp(fd, (size_t)s.st_size, u));
  return unpack(u);
}

int lac_read_file(const char *path, char **bytes, size_t *size) { return lac_read_file_into(NULL, path, bytes, size); }

int lac_read_file_into(const lac_room *room, const char *path, char **bytes, size_t *size)
{
  *bytes = NULL;
  *size = 0;
  LAC_TRY(lac_check_file(path));
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);      /* files of the system can wait for ever */
  if (fd < 0)
    return cannot_read(path);
  unpacking u = {.room = room, .path = path};
  int code = read_open(fd, &u);
  close(fd);
  free(u.in);
  if (code != LAC_OK) {
    free(u.out);
    return code;
  }
  char *exact = realloc(u.out, u.size + 1);
  *bytes = exact ? exact : u.out;
  (*bytes)[u.size] = '\0';
  *size = u.size;
  return LAC_OK;
}

/* ---- output ---- */

int lac_make_folders(const char *path)
{
  char *part = lac_strdup(path);
  int failed = !part;
  for (char *p = part; !failed && p; p = strchr(p, '/')) {
    p += *p == '/';
    char *end = strchr(p, '/');
    if (end)
      *end = 0;
    failed = *part && mkdir(part, 0777) && errno != EEXIST;
    if (end)
      *end = '/';
    else
      break;
  }
  int why = errno;
  free(part);
  return failed ? lac_fail(LAC_EUSER, "--out: cannot make the folder %s: %s", path, strerror(why)) : LAC_OK;
}
