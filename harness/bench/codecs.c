/* What laconic bench compressors measures: the copy, compressors and baselines. */
#include "bench/bench.h"
#include "registry/registry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const lac_baseline *find_baseline(const char *name)
{
  for (const lac_baseline *b = lac_baselines; b->name; b++)
    if (strcmp(b->name, name) == 0)
      return b;
  return NULL;
}

static int add_codec(lac_codecs *c, const char *what, const char *text, size_t length)
{
  if (c->count == LAC_COUNT(c->codec))
    return lac_fail(LAC_EUSER, "%s: more than %zu", what, LAC_COUNT(c->codec));
  lac_codec *k = &c->codec[c->count];
  *k = (lac_codec){ .name = lac_asprintf("%.*s", (int)length, text) };
  if (!k->name)
    return LAC_ENOMEM;
  c->count++;
  k->baseline = find_baseline(k->name);
  return k->baseline ? LAC_OK : lac_compressor_open(&k->compressor, what, k->name);
}

int lac_codecs_add_list(lac_codecs *c, const char *what, const char *text)
{
  for (const char *from = text, *at = text;; at++)
    if (!*at || (*at == '/' && islower((unsigned char)at[1]))) {
      if (at > from)
        LAC_TRY(add_codec(c, what, from, (size_t)(at - from)));
      if (!*at)
        return LAC_OK;
      from = at + 1;
    }
}

int lac_codecs_add_all(lac_codecs *c)
{
  lac_entry e;
  for (size_t i = 0; lac_registry_entry(LAC_COMPRESSORS, i, &e); i++)
    LAC_TRY(add_codec(c, "--compressors", e.name, strlen(e.name)));
  for (const lac_baseline *k = lac_baselines + 1; k->name; k++)
    LAC_TRY(add_codec(c, "--compressors", k->name, strlen(k->name)));
  return LAC_OK;
}

int lac_codecs_add_copy(lac_codecs *c) { return add_codec(c, "--compressors", lac_baselines->name, strlen(lac_baselines->name)); }

void lac_codecs_close(lac_codecs *c)
{
  for (size_t i = 0; i < c->count; i++) {
    lac_compressor_close(&c->codec[i].compressor);
    free(c->codec[i].name);
  }
  *c = (lac_codecs){ .count = 0 };
}
