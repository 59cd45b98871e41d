/* fuzz-file.h: from the fuzzer's bytes to a sealed HDF5 file.  First a number of strange things (hostile.h, 6 bytes each), then patches
   (place, byte: 4 bytes each) of the file that HDF5 made of them.  With patches there is no new seal, so that HDF5 must not see them: what
   its library makes of bytes that somebody composed and sealed is not ours to test. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include "fuzz.h"
#include "hostile.h"

enum { THINGS_MOST = 16 };

static const char *const fuzz_names[] = { "trace", "config", "final", "f", "round", "x", "more", "digest", "complete", "unit", "role",
  "algorithm", "config_digest", "\033[2J", "bits_up", "grad_norm_sq", "messages", "up", "down", "lag" };

/* How many of the bytes were used. */
static inline size_t read_things(const uint8_t *bytes, size_t size, strange *all, size_t *count)
{
  size_t used = 1;
  *count = 0;
  for (size_t most = bytes[0] % (THINGS_MOST + 1); *count < most && used + 6 <= size; used += 6) {
    const uint8_t *b = bytes + used;
    all[(*count)++] = (strange){ b[0] % PLACES, b[1] % THINGS, b[2] % TYPES, b[3] % SPACES, b[4] % LAYOUTS,
                                 fuzz_names[b[5] % LAC_COUNT(fuzz_names)] };
  }
  return used;
}

/* 1 when a byte is another one now. */
static inline int patch(lac_bytes *file, const uint8_t *bytes, size_t size)
{
  int changed = 0;
  for (; size >= 4; bytes += 4, size -= 4) {
    uint8_t *at = &file->bytes[(bytes[0] | bytes[1] << 8 | bytes[2] << 16) % file->size];
    changed |= *at != bytes[3];
    *at = bytes[3];
  }
  return changed;
}

/* The file; 0: HDF5 refuses to make it.  *patched: the bytes of it are not those that were sealed. */
static inline int make_file(const char *path, const uint8_t *bytes, size_t size, int *patched)
{
  strange all[THINGS_MOST];
  lac_bytes file;
  hostile h = { .all = all };
  if (size == 0)
    return 0;
  size_t used = read_things(bytes, size, all, &h.count);
  if (lac_store_make(&file, put_hostile, &h) != LAC_OK)
    return 0;
  uint8_t *whole = malloc(file.size);
  require(whole != NULL);
  memcpy(whole, file.bytes, file.size);
  patch(&file, bytes + used, size - used);
  *patched = memcmp(whole, file.bytes, file.size) != 0;
  free(whole);
  write_bytes(path, file.bytes, file.size);
  free(file.bytes);
  return 1;
}

#endif
