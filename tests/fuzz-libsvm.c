/* fuzz-libsvm.c: libFuzzer target for the LIBSVM reader, what it makes of text from elsewhere, and the sentences that it leaves; the first
   byte chooses d. */
#include "fuzz.h"
#include "datasets/libsvm.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What every reader of rows relies on. */
static void check(const lac_rows *r)
{
  require(r->m > 0 && r->d > 0 && r->ptr && r->ptr[0] == 0);
  for (size_t i = 0; i < r->m; i++) {
    require(isfinite(r->y[i]) && r->ptr[i] <= r->ptr[i + 1]);
    for (size_t k = r->ptr[i]; k < r->ptr[i + 1]; k++) {
      require(r->col[k] < r->d && isfinite(r->val[k]) && r->val[k] != 0);
      require(k == r->ptr[i] || r->col[k - 1] < r->col[k]);
    }
  }
}

/* A sentence for a terminal: no control character, and the second time nothing is left to do. */
static void check_sentence(const char *sentence)
{
  char again[1024];
  snprintf(again, sizeof again, "%s", sentence);
  lac_printable(again);
  require(*sentence && strcmp(again, sentence) == 0);
  for (const char *p = sentence; *p; p++)
    require((unsigned char)*p >= ' ' && *p != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  if (size < 1)
    return 0;
  char *text = malloc(size);      /* exactly as long as promised: the sanitizer sees every step beyond */
  require(text != NULL);
  memcpy(text, bytes + 1, size - 1);
  text[size - 1] = 0;
  lac_rows *rows;
  int code = lac_libsvm_parse("fuzz", text, size - 1, bytes[0] % 4 ? 0 : bytes[0], &rows);
  if (code == LAC_OK)
    check(rows);
  else {
    require(rows == NULL && code == LAC_EUSER);
    check_sentence(lac_error());
  }
  lac_rows_free(rows);
  free(text);
  return 0;
}
