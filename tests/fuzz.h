/* fuzz.h: what all targets of libFuzzer have in common. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline void require(int condition)
{
  if (!condition)
    abort();
}

/* A path of this process alone, in memory where that is possible. */
static inline const char *scratch(const char *name)
{
  static char path[96];
  if (!*path)
    snprintf(path, sizeof path, "%s/%s-%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ".", name, (int)getpid());
  return path;
}

static inline void write_bytes(const char *path, const uint8_t *bytes, size_t size)
{
  FILE *to = fopen(path, "wb");
  require(to && fwrite(bytes, 1, size, to) == size && fclose(to) == 0);
}

#endif
