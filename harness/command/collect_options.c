#include "command/collect_options.h"

#include "run/config.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 64, OUT_KEY = LAC_COLLECT_FIRST_KEY - 1 };
static struct argp_option table[MOST_OPTIONS];

static int names_results(const char *option) { return strcmp(option, "results") == 0 || strcmp(option, "data-dir") == 0; }

const struct argp_option *lac_collect_options(const struct argp_option *extra)
{
  size_t k = 0;
  table[k++] = (struct argp_option){ "out", OUT_KEY, "DIR", 0, "where the files go [figures]", 1 };
  for (; extra->name && k < MOST_OPTIONS - 2; extra++)
    table[k++] = *extra;
  table[k++] = (struct argp_option){ .doc = "As given to laconic run:", .group = 2 };
  for (const lac_option *o = lac_where_options; o->name; o++)
    if (names_results(o->name)) {
      table[k] = (struct argp_option){ o->name, LAC_COLLECT_FIRST_KEY + (int)k, "VALUE", OPTION_NO_USAGE, o->help, 2 };
      k++;
    }
  for (const lac_option *o = lac_what_options; o->name && k < MOST_OPTIONS - 1; o++, k++)
    table[k] = (struct argp_option){ o->name, LAC_COLLECT_FIRST_KEY + (int)k, "VALUE", OPTION_NO_USAGE, o->help, 2 };
  table[k] = (struct argp_option){ 0 };
  return table;
}

error_t lac_collect_parse(int key, char *value, lac_collect_arguments *a)
{
  if (key == ARGP_KEY_ARG) {
    if (a->file)
      return lac_fail(LAC_EUSER, "one experiment file at a time; '%.60s' is a second one", value);
    a->file = value;
    return 0;
  }
  if (key == OUT_KEY) {
    a->out = value;
    return 0;
  }
  for (const struct argp_option *o = table; o->name || o->doc; o++)
    if (o->name && o->key == key && key >= LAC_COLLECT_FIRST_KEY) {
      if (a->count == LAC_COLLECT_MOST - 1)
        return lac_fail(LAC_EUSER, "more than %d options", LAC_COLLECT_MOST - 1);
      a->settings[a->count] = lac_asprintf("%s=%s", o->name, value);
      return a->settings[a->count++] ? 0 : LAC_ENOMEM;
    }
  return ARGP_ERR_UNKNOWN;
}

void lac_collect_arguments_clear(lac_collect_arguments *a)
{
  for (size_t i = 0; i < a->count; i++)
    free(a->settings[i]);
}
