/* fuzz-result.c: libFuzzer target for result files: read for what they are, or refused in a sentence. */
#include "fuzz-file.h"

#include "store/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  const char *path = scratch("fuzz-result");
  int patched = 0;
  lac_result r;
  if (!make_file(path, bytes, size, &patched))
    return 0;
  volatile double sum = 0;
  if (lac_result_open(&r, path) == LAC_OK) {
    require(!patched);
    for (size_t k = 0; k < r.columns; k++)
      for (size_t i = 0; i < r.rows; i++)
        sum = sum + r.column[k][i];
    for (size_t j = 0; j < r.d; j++)
      sum = sum + r.x[j];
    lac_result_close(&r);
  } else
    require(*lac_error());
  lac_messages m;
  if (lac_messages_open(&m, path) == LAC_OK) {
    size_t all = (size_t)m.rounds * m.phases * m.clients;
    for (size_t i = 0; i < all; i++)
      sum = sum + m.up[i] + (m.takes_part ? m.takes_part[i] : 0);
    for (size_t i = 0; i < (size_t)m.rounds * m.phases; i++)
      sum = sum + (double)m.down[i];
    lac_messages_close(&m);
  } else
    require(*lac_error());
  unlink(path);
  return 0;
}
