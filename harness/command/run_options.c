/* The options of a run on a command line: one long option for each row of the tables of config.h. */
#include "command/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* argp knows an option by a number: its row in the two tables, counted from FIRST_KEY. */
enum { FIRST_KEY = 1000 };
static const struct { const lac_option *option; const char *title; } tables[] = {
  { lac_what_options, "What is computed (these name the result):" },
  { lac_where_options, "How and where:" },
};

/* `no|yes`, with or without more choices, is a flag: --force is --force=yes. */
static int is_flag(const lac_option *o) { return o->kind == LAC_CHOICE && strncmp(o->choices, "no|yes", strlen("no|yes")) == 0; }

static int key_of(const lac_option *o, size_t place) { return strcmp(o->name, "output") == 0 ? 'o' : FIRST_KEY + (int)place; }

static const lac_option *find_option(int key)
{
  size_t place = 0;
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    for (const lac_option *o = tables[i].option; o->name; o++)
      if (key_of(o, place++) == key)
        return o;
  return NULL;
}

static size_t count_rows(const struct argp_option *own)
{
  size_t rows = LAC_COUNT(tables);
  for (; own->name || own->doc; own++)
    rows++;
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    for (const lac_option *o = tables[i].option; o->name; o++)
      rows++;
  return rows;
}

struct argp_option *lac_run_options(const struct argp_option *own, int all)
{
  struct argp_option *list = lac_alloc((count_rows(own) + 1) * sizeof *list);
  size_t k = 0, place = 0;
  if (!list)
    return NULL;
  for (; own->name || own->doc; own++)
    list[k++] = *own;
  for (size_t i = 0; i < LAC_COUNT(tables); i++) {
    if (all)
      list[k++] = (struct argp_option){ .doc = tables[i].title, .group = (int)i + 1 };
    for (const lac_option *o = tables[i].option; o->name; o++, place++)
      if (all || i == 0 || strcmp(o->name, "data-dir") == 0)
        list[k++] = (struct argp_option){ o->name, key_of(o, place), o->choices ? o->choices : "VALUE",
                                          is_flag(o) ? OPTION_ARG_OPTIONAL : 0, o->help, (int)i + 1 };
  }
  list[k] = (struct argp_option){ 0 };
  return list;
}

/* argp frees what differs from `text`. */
char *lac_run_help(int key, const char *text, void *input)
{
  const lac_option *o = find_option(key);
  (void)input;
  return o && text == o->help && *o->fallback && !is_flag(o) ? lac_asprintf("%s [%s]", text, o->fallback) : (char *)text;
}

error_t lac_run_option(int key, char *value, lac_run_words *a)
{
  const lac_option *o = find_option(key);
  if (key == ARGP_KEY_ARG) {
    if (a->file)
      return lac_fail(LAC_EUSER, "one experiment file at a time; '%.60s' is a second one", value);
    a->file = value;
    return 0;
  }
  if (!o)
    return ARGP_ERR_UNKNOWN;
  if (a->count == LAC_WORDS_MOST - 1)
    return lac_fail(LAC_EUSER, "more than %d options", LAC_WORDS_MOST - 1);
  a->setting[a->count] = a->owned[a->count] = lac_asprintf("%s=%s", o->name, value ? value : "yes");
  return a->setting[a->count++] ? 0 : LAC_ENOMEM;
}

void lac_run_words_free(lac_run_words *a)
{
  for (size_t i = 0; i < a->count; i++)
    free(a->owned[i]);
}

int lac_run_config(lac_config *c, const char *const *settings)
{
  LAC_TRY(lac_config_init(c));
  for (; *settings; settings++) {
    char key[64];
    size_t n = strcspn(*settings, "=");
    snprintf(key, sizeof key, "%.*s", (int)n, *settings);
    LAC_TRY(lac_config_set(c, key, *settings + n + 1));
  }
  return LAC_OK;
}
