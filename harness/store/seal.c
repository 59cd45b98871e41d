#include "store/seal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

static const char magic[8] = { 'l', 'a', 'c', 's', 'e', 'a', 'l', '1' };
typedef struct { char magic[8]; uint64_t check; } seal;

/* Checksum of the first `size` bytes; 0 when they cannot be read. */
static int check_of(FILE *file, size_t size, uint64_t *check)
{
  char block[1 << 16];
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    return 0;
  XXH3_64bits_reset(state);
  size_t got = 1;
  for (; size && got; size -= got) {
    got = fread(block, 1, size < sizeof block ? size : sizeof block, file);
    XXH3_64bits_update(state, block, got);
  }
  *check = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return size == 0;
}

static size_t size_of(FILE *file)
{
  struct stat about;
  return fstat(fileno(file), &about) == 0 && about.st_size > 0 ? (size_t)about.st_size : 0;
}

int lac_seal(const char *path)
{
  seal s;
  memcpy(s.magic, magic, sizeof magic);
  FILE *file = fopen(path, "r+b");
  int ok = file && check_of(file, size_of(file), &s.check) && fseek(file, 0, SEEK_END) == 0 && fwrite(&s, sizeof s, 1, file) == 1;
  int why = errno;
  if (file)
    ok = fclose(file) == 0 && ok;
  return ok ? LAC_OK : lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(why));
}

int lac_seal_check(const char *path, int *sealed)
{
  FILE *file = fopen(path, "rb");
  size_t size = file ? size_of(file) : 0;
  seal s = { 0 };
  uint64_t check = 0;
  *sealed = size > sizeof s && fseek(file, -(long)sizeof s, SEEK_END) == 0 && fread(&s, sizeof s, 1, file) == 1 &&
            memcmp(s.magic, magic, sizeof magic) == 0;
  int good = !*sealed || (fseek(file, 0, SEEK_SET) == 0 && check_of(file, size - sizeof s, &check) && check == s.check);
  if (file)
    fclose(file);
  return good ? LAC_OK : lac_fail(LAC_EFORMAT, "%s is damaged or was changed: its checksum is wrong", path);
}
