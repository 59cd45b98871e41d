/* fuzz-ini.c: libFuzzer target for the reader of experiments, claims and bounds. */
#include "fuzz.h"
#include "base.h"
#include "ini.h"

#include <stdlib.h>
#include <string.h>

/* Taken: every entry has a section, and a key comes with a value that is not empty, has no line end and no blank at its ends; nothing
   is there twice.  Refused: with one sentence that names the file and a line. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  lac_ini ini;
  char *text = malloc(size + 1);      /* exactly as long, so that a read behind the end is seen */
  require(text != NULL);
  text = realloc(text, size ? size : 1);
  memcpy(text, bytes, size);
  int status = lac_ini_parse(&ini, "F", text, size);
  free(text);
  if (status != LAC_OK) {
    require(status == LAC_EUSER && strncmp(lac_error(), "F: line ", 8) == 0 && !strchr(lac_error(), '\n') && ini.count == 0);
    return 0;
  }
  size_t line = 0, length = 0;
  for (size_t i = 0; i < ini.count; i++) {
    const lac_ini_entry *e = &ini.entry[i];
    require(e->section && e->line > line && !e->key == !e->value);
    line = e->line;
    if (!e->key)
      continue;
    length += strlen(e->key) + strlen(e->value);
    require(*e->key && *e->value && !strpbrk(e->key, "\r\n=:") && !strpbrk(e->value, "\r\n") && !strchr(" \t", e->value[0]) &&
            !strchr(" \t", e->value[strlen(e->value) - 1]));
    for (size_t k = 0; k < i && i < 64; k++)
      require(!ini.entry[k].key || strcmp(ini.entry[k].section, e->section) || strcmp(ini.entry[k].key, e->key));
  }
  require(length <= size);
  lac_ini_free(&ini);
  return 0;
}
