/* fuzz-bundle.c: libFuzzer target for the archives of bundles: the fuzzer's bytes as they are, and its blocks behind gzip's checksum. */
#include "fuzz.h"

#include "store/archive.h"
#include <zlib.h>

static void check(const uint8_t *bytes, size_t size)
{
  lac_archive a;
  int status = lac_archive_unpack(&a, "fuzz", bytes, size);
  require(status == LAC_OK || *lac_error());
  for (size_t i = 0; i < a.count; i++)
    require(lac_archive_find(&a, a.file[i].name) == &a.file[i] && a.file[i].name[0] != '/' && a.file[i].name[0] != '.');
  lac_archive_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  uint8_t packed[8192];
  z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size, .next_out = packed, .avail_out = sizeof packed };
  check(bytes, size);
  if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END)
    check(packed, sizeof packed - z.avail_out);
  deflateEnd(&z);
  return 0;
}
