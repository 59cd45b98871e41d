#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* ---- the format: POSIX ustar ---- */

enum { BLOCK = 512, CHUNK = 1 << 30 };
typedef struct {
  char name[LAC_ARCHIVE_NAME], mode[8], uid[8], gid[8], size[12], mtime[12], check[8], type, link[100], magic[6], version[2], owner[32],
    group[32], major[8], minor[8], prefix[155], pad[12];
} header;
_Static_assert(sizeof(header) == BLOCK, "a header is a block");

static size_t padded(size_t size) { return (size + BLOCK - 1) / BLOCK * BLOCK; }

/* The sum of all bytes, those of the sum itself as blanks. */
static unsigned check_of(const header *h)
{
  const uint8_t *b = (const uint8_t *)h;
  unsigned sum = 0;
  for (size_t i = 0; i < BLOCK; i++)
    sum += i >= offsetof(header, check) && i < offsetof(header, type) ? ' ' : b[i];
  return sum;
}

/* Parts between slashes that are neither empty nor begin with a dot, without control characters. */
static int is_plain(const char *name)
{
  size_t length = strlen(name);
  if (length == 0 || length > LAC_ARCHIVE_NAME || name[length - 1] == '/')
    return 0;
  for (const char *at = name; *at; at++)
    if ((unsigned char)*at < ' ' || *at == 127 || *at == '\\' || ((at == name || at[-1] == '/') && (*at == '/' || *at == '.')))
      return 0;
  return 1;
}

/* ---- files ---- */

const lac_archive_file *lac_archive_find(const lac_archive *a, const char *name)
{
  for (size_t i = 0; i < a->count; i++)
    if (strcmp(a->file[i].name, name) == 0)
      return &a->file[i];
  return NULL;
}

int lac_archive_add(lac_archive *a, const char *name, const void *bytes, size_t size)
{
  if (!is_plain(name))
    return lac_fail(LAC_EUSER, "'%.120s' is no plain name of a file in an archive: at most %d bytes, no part that is empty or begins "
                    "with a dot", name, LAC_ARCHIVE_NAME);
  if (lac_archive_find(a, name))
    return lac_fail(LAC_EUSER, "'%.120s' is there twice", name);
  if (a->count == LAC_ARCHIVE_FILES)
    return lac_fail(LAC_EUSER, "an archive holds at most %d files, and '%.120s' is one more", LAC_ARCHIVE_FILES, name);
  if (size > LAC_ARCHIVE_BYTES - a->bytes)
    return lac_fail(LAC_EUSER, "an archive holds at most %zu MB, and '%.120s' is more", LAC_ARCHIVE_BYTES >> 20, name);
  LAC_TRY(lac_grow(&a->file, &a->cap, a->count + 1, sizeof *a->file));
  lac_archive_file f = { lac_strdup(name), malloc(size + 1), size };
  if (!f.name || !f.bytes) {
    free(f.name);
    free(f.bytes);
    return lac_fail(LAC_ENOMEM, "no memory for '%.120s'", name);
  }
  memcpy(f.bytes, bytes, size);
  f.bytes[size] = 0;
  a->bytes += size;
  a->file[a->count++] = f;
  return LAC_OK;
}

void lac_archive_free(lac_archive *a)
{
  for (size_t i = 0; i < a->count; i++) {
    free(a->file[i].name);
    free(a->file[i].bytes);
  }
  free(a->file);
  *a = (lac_archive){ 0 };
}

/* ---- writing ---- */

static int by_name(const void *a, const void *b)
{
  return strcmp(((const lac_archive_file *)a)->name, ((const lac_archive_file *)b)->name);
}

void lac_archive_sort(lac_archive *a)
{
  if (a->count)
    qsort(a->file, a->count, sizeof *a->file, by_name);
}

static void make_header(header *h, const lac_archive_file *f)
{
  *h = (header){ .mode = "0000644", .uid = "0000000", .gid = "0000000", .mtime = "00000000000", .type = '0', .magic = "ustar",
                 .version = { '0', '0' } };
  memcpy(h->name, f->name, strlen(f->name));
  snprintf(h->size, sizeof h->size, "%011zo", f->size);
  snprintf(h->check, sizeof h->check, "%06o", check_of(h));
  h->check[7] = ' ';
}

static uint8_t *make_blocks(const lac_archive *a, size_t *size)
{
  *size = 2 * BLOCK;
  for (size_t i = 0; i < a->count; i++)
    *size += BLOCK + padded(a->file[i].size);
  uint8_t *blocks = calloc(*size, 1), *at = blocks;
  for (size_t i = 0; blocks && i < a->count; i++) {
    make_header((header *)(void *)at, &a->file[i]);
    memcpy(at + BLOCK, a->file[i].bytes, a->file[i].size);
    at += BLOCK + padded(a->file[i].size);
  }
  return blocks;
}

/* zlib's own header of gzip has no time and no name. */
static int deflate_all(const uint8_t *blocks, size_t size, uint8_t **packed, size_t *packed_size)
{
  z_stream z = { 0 };
  if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return lac_fail(LAC_ENOMEM, "no memory to pack an archive");
  size_t room = deflateBound(&z, size);
  *packed = malloc(room);
  z.next_in = (Bytef *)(uintptr_t)blocks;
  z.avail_in = (uInt)size;
  z.next_out = *packed;
  z.avail_out = (uInt)room;
  int ok = *packed && deflate(&z, Z_FINISH) == Z_STREAM_END;
  *packed_size = room - z.avail_out;
  deflateEnd(&z);
  return ok ? LAC_OK : lac_fail(LAC_ENOMEM, "no memory to pack an archive");
}

int lac_archive_pack(lac_archive *a, uint8_t **packed, size_t *packed_size)
{
  size_t size;
  *packed = NULL;
  lac_archive_sort(a);
  uint8_t *blocks = make_blocks(a, &size);
  int status = blocks ? deflate_all(blocks, size, packed, packed_size) : lac_fail(LAC_ENOMEM, "no memory to pack an archive");
  free(blocks);
  if (status != LAC_OK) {
    free(*packed);
    *packed = NULL;
  }
  return status;
}

/* ---- reading ---- */

static int too_large(const char *path)
{
  return lac_fail(LAC_EFORMAT, "%s unpacks to more than %zu MB; a bundle does not", path, LAC_ARCHIVE_BYTES >> 20);
}

/* All blocks; it stops where they are too large. */
static int inflate_all(const char *path, const uint8_t *packed, size_t size, uint8_t **blocks, size_t *blocks_size)
{
  z_stream z = { .next_in = (Bytef *)(uintptr_t)packed, .avail_in = (uInt)size };
  size_t cap = 0, made = 0;
  int code = Z_OK, status = inflateInit2(&z, 15 + 16) == Z_OK ? LAC_OK : lac_fail(LAC_ENOMEM, "%s: no memory to unpack it", path);
  while (status == LAC_OK && code == Z_OK) {
    if (made > LAC_ARCHIVE_BYTES)
      status = too_large(path);
    else if ((status = lac_grow(blocks, &cap, made + (1 << 16), 1)) == LAC_OK) {
      uInt room = (uInt)(cap - made < CHUNK ? cap - made : CHUNK);
      z.next_out = *blocks + made;
      z.avail_out = room;
      code = inflate(&z, Z_NO_FLUSH);
      made += room - z.avail_out;
    }
  }
  if (status == LAC_OK && made > LAC_ARCHIVE_BYTES)
    status = too_large(path);
  if (status == LAC_OK && (code != Z_STREAM_END || z.avail_in))
    status = lac_fail(LAC_EFORMAT, "%s is cut short or damaged: its gzip data are not whole", path);
  inflateEnd(&z);
  *blocks_size = made;
  return status;
}

/* Octal digits and then a 0 or a blank; 0: it is no such number. */
static int read_octal(const char *text, size_t length, size_t *value)
{
  size_t i = 0;
  *value = 0;
  for (; i < length && text[i] >= '0' && text[i] <= '7'; i++)
    *value = *value << 3 | (size_t)(text[i] - '0');
  return i > 0 && i < length && (text[i] == 0 || text[i] == ' ');
}

static int is_zero(const uint8_t *bytes, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if (bytes[i])
      return 0;
  return 1;
}

static int check_header(const char *path, const header *h, size_t left, char name[static LAC_ARCHIVE_NAME + 1], size_t *size)
{
  size_t check;
  memcpy(name, h->name, LAC_ARCHIVE_NAME);
  name[LAC_ARCHIVE_NAME] = 0;
  if (memcmp(h->magic, "ustar", 6) || !read_octal(h->check, sizeof h->check, &check) || check != check_of(h))
    return lac_fail(LAC_EFORMAT, "%s is damaged or no bundle: it has a header that is not of a ustar archive", path);
  if (h->type != '0')
    return lac_fail(LAC_EFORMAT, "%s: '%s' is a link, a folder or a device; a bundle has plain files alone", path, name);
  if (h->prefix[0] || !is_plain(name))
    return lac_fail(LAC_EFORMAT, "%s: '%s' is no plain name inside of a bundle", path, name);
  if (!read_octal(h->size, sizeof h->size, size) || *size > left || padded(*size) > left)
    return lac_fail(LAC_EFORMAT, "%s: '%s' says that it is larger than what is there", path, name);
  return LAC_OK;
}

static int read_blocks(lac_archive *a, const char *path, const uint8_t *blocks, size_t size)
{
  char name[LAC_ARCHIVE_NAME + 1];
  size_t at = 0, file = 0;
  for (; at + BLOCK <= size && !is_zero(blocks + at, BLOCK); at += BLOCK + padded(file)) {
    header h;
    memcpy(&h, blocks + at, sizeof h);
    LAC_TRY(check_header(path, &h, size - at - BLOCK, name, &file));
    if (lac_archive_add(a, name, blocks + at + BLOCK, file) != LAC_OK)
      return lac_context(LAC_EFORMAT, "%s", path);
  }
  return at + 2 * BLOCK <= size && is_zero(blocks + at, size - at) ? LAC_OK :
         lac_fail(LAC_EFORMAT, "%s is cut short or damaged: its archive does not end with two empty blocks", path);
}

int lac_archive_unpack(lac_archive *a, const char *path, const uint8_t *packed, size_t size)
{
  uint8_t *blocks = NULL;
  size_t made;
  *a = (lac_archive){ 0 };
  if (size < 2 || packed[0] != 0x1f || packed[1] != 0x8b)
    return lac_fail(LAC_EFORMAT, "%s is no bundle: it is not packed with gzip", path);
  if (size > LAC_ARCHIVE_BYTES)
    return lac_fail(LAC_EFORMAT, "%s is larger than %zu MB; a bundle is not", path, LAC_ARCHIVE_BYTES >> 20);
  int status = inflate_all(path, packed, size, &blocks, &made);
  if (status == LAC_OK)
    status = read_blocks(a, path, blocks, made);
  free(blocks);
  return status;
}

static int read_bytes(int fd, uint8_t *to, size_t size)
{
  for (size_t done = 0; done < size;) {
    ssize_t got = read(fd, to + done, size - done);
    if (got == 0 || (got < 0 && errno != EINTR))
      return 0;
    done += got > 0 ? (size_t)got : 0;
  }
  return 1;
}

int lac_archive_read(lac_archive *a, const char *path)
{
  struct stat about;
  *a = (lac_archive){ 0 };
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return lac_fail(LAC_EUSER, "cannot read %s: %s", path, strerror(errno));
  int status = fstat(fd, &about) || !S_ISREG(about.st_mode) ? lac_fail(LAC_EUSER, "%s is no regular file; give a bundle", path) :
               (size_t)about.st_size > LAC_ARCHIVE_BYTES ?
               lac_fail(LAC_EFORMAT, "%s is larger than %zu MB; a bundle is not", path, LAC_ARCHIVE_BYTES >> 20) : LAC_OK;
  size_t size = (size_t)about.st_size;
  uint8_t *packed = status == LAC_OK ? malloc(size + 1) : NULL;
  if (status == LAC_OK && !packed)
    status = lac_fail(LAC_ENOMEM, "%s: no memory to read it", path);
  if (status == LAC_OK && !read_bytes(fd, packed, size))
    status = lac_fail(LAC_EUSER, "cannot read %s as a whole", path);
  close(fd);
  if (status == LAC_OK)
    status = lac_archive_unpack(a, path, packed, size);
  free(packed);
  return status;
}
