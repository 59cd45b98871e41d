/* fuzz-table.c: libFuzzer target for tables of measurements, up to what laconic compare makes of two of them. */
#include "fuzz-file.h"

#include "compare/compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  const char *path = scratch("fuzz-table");
  int patched = 0;
  lac_side base = { 0 }, now = { 0 };
  lac_changes c = { 0 };
  lac_rules rules = { 0 };
  if (!make_file(path, bytes, size, &patched))
    return 0;
  int status = lac_side_open(&base, path);
  if (status == LAC_OK) {
    require(!patched && lac_side_open(&now, path) == LAC_OK);
    status = lac_compare(&base, &now, &rules, &c);
  }
  require(status == LAC_OK || *lac_error());
  lac_changes_free(&c);
  lac_side_close(&base);
  lac_side_close(&now);
  unlink(path);
  return 0;
}
