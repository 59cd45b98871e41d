/* fuzz-spec.c: libFuzzer target for specs, with a table of all kinds and with the tables of the registry, and for grids. */
#include "fuzz.h"
#include "experiment/experiment.h"
#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  double real, unit;
  uint64_t whole;
  int mode;
  lac_amount k;
  lac_step gamma;
  char *text, *more;
  lac_widths widths;
  lac_formula law;
} params;

static const lac_option options[] = {
  { "real", LAC_REAL, offsetof(params, real), "0.5", NULL, NULL, "" },
  { "unit", LAC_REAL, offsetof(params, unit), "1", "(0,1]", NULL, "" },
  { "whole", LAC_UINT, offsetof(params, whole), "7", "[1,1000000]", NULL, "" },
  { "mode", LAC_CHOICE, offsetof(params, mode), "b", NULL, "a|b|bb", "" },
  { "k", LAC_AMOUNT, offsetof(params, k), "1%", ">0", NULL, "" },
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL, "" },
  { "text", LAC_TEXT, offsetof(params, text), "", NULL, NULL, "" },
  { "more", LAC_TEXT, offsetof(params, more), "x", NULL, NULL, "" },
  { "widths", LAC_WIDTHS, offsetof(params, widths), "", "[1,65536]", NULL, "", .formerly = "sizes" },
  { "law", LAC_FORMULA, offsetof(params, law), "off", NULL, "off|line:END|drop:BY:EVERY", "", .later = 1 },
  { 0 }
};

/* Taken: then the canonical text is taken too, as itself.  Refused: with one sentence. */
static void check(const char *text, const lac_option *table, size_t params_size)
{
  lac_spec one, two;
  int status = lac_spec_parse(&one, "--fuzz", text, table, params_size);
  if (status != LAC_OK) {
    require(status == LAC_EUSER && *lac_error());
    return;
  }
  require(lac_spec_parse(&two, "--fuzz", one.text, table, params_size) == LAC_OK && strcmp(one.text, two.text) == 0);
  lac_spec_free(&one);
  lac_spec_free(&two);
}

static void check_grid(const char *text)
{
  char **all;
  size_t commas = 0;
  for (const char *p = text; *p; p++)
    commas += *p == ',';
  if (commas > 12)      /* 2^13 points and more only take time */
    return;
  if (lac_expand(text, &all) != LAC_OK) {
    require(*lac_error());
    return;
  }
  require(all && all[0]);
  for (char **p = all; *p; p++)
    require(strlen(*p) <= strlen(text) && !strpbrk(*p, "{}"));
  lac_expand_free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  lac_entry entry;
  if (size < 1)
    return 0;
  char *text = malloc(size);
  require(text != NULL);
  memcpy(text, bytes + 1, size - 1);
  text[size - 1] = 0;
  check(text, options, sizeof(params));
  lac_compressor c;
  if (lac_compressor_open(&c, "--up", text) == LAC_OK) {
    lac_site s = lac_site_of(&c, 1 + bytes[0]);
    lac_refuse(&s);
    lac_compressor_close(&c);
  }
  lac_plugin_kind kind = bytes[0] % LAC_KINDS;
  lac_registry_find(kind, lac_plugin_kinds[kind].option, text, &entry);
  check_grid(text);
  free(text);
  return 0;
}
