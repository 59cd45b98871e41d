/* fuzz-idx.c: libFuzzer target for the reader of IDX images and their labels, and the sentences that it leaves.  The first byte chooses d,
   the next two how many of the rest are images; the others are labels. */
#include "fuzz.h"
#include "datasets/idx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(const lac_rows *r)
{
  require(r->m > 0 && r->d > 0 && r->ptr && r->ptr[0] == 0);
  for (size_t i = 0; i < r->m; i++) {
    require(r->y[i] >= 0 && r->y[i] <= 255 && r->ptr[i] <= r->ptr[i + 1]);
    for (size_t k = r->ptr[i]; k < r->ptr[i + 1]; k++) {
      require(r->col[k] < r->d && r->val[k] > 0 && r->val[k] <= 1);
      require(k == r->ptr[i] || r->col[k - 1] < r->col[k]);
    }
  }
}

/* Exactly as long as promised: the sanitizer sees every step beyond. */
static char *copy_of(const uint8_t *bytes, size_t size)
{
  char *copy = malloc(size ? size : 1);
  require(copy != NULL);
  memcpy(copy, bytes, size);
  return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  if (size < 3)
    return 0;
  size_t rest = size - 3, first = (bytes[1] | (size_t)bytes[2] << 8) % (rest + 1), d = bytes[0] % 4 ? 0 : bytes[0];
  char *images = copy_of(bytes + 3, first), *labels = copy_of(bytes + 3 + first, rest - first);
  if (lac_is_idx(images, first))
    require(lac_idx_bytes(images, first) >= 0);
  lac_rows *rows;
  int code = lac_idx_parse("images", images, first, "labels", labels, rest - first, d, &rows);
  if (code == LAC_OK)
    check(rows);
  else
    require(rows == NULL && code == LAC_EUSER && *lac_error() && !strchr(lac_error(), '\n'));
  lac_rows_free(rows);
  free(images);
  free(labels);
  return 0;
}
