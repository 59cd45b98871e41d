/* fuzz-bounds.c: libFuzzer target for files of bounds. */
#include "compare/compare.h"
#include "fuzz.h"

#include <math.h>
#include <string.h>

/* Taken: every bound is about something, and can be met. */
static void check(const lac_bounds *b)
{
  for (const lac_bound *one = b->bound; one < b->bound + b->count; one++) {
    require(*one->rows && *one->quantity && strlen(one->unit) < sizeof one->unit);
    require(one->lower <= one->upper && !isnan(one->lower) && !isnan(one->upper));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  const char *path = scratch("fuzz-bounds");
  lac_bounds b;
  write_bytes(path, bytes, size);
  int status = lac_bounds_read(&b, path);
  unlink(path);
  if (status == LAC_OK)
    check(&b);
  else
    require(status == LAC_EUSER && strstr(lac_error(), path) && !strchr(lac_error(), '\n'));
  lac_bounds_free(&b);
  return 0;
}
