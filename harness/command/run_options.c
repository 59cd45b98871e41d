/* The options of a run on a command line: one long option for each row of the tables of config.h. */
#include "command/commands.h"

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
  size_t rows = LAC_COUNT(tables) + 1;
  for (; own->name || own->doc; own++)
    rows++;
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    for (const lac_option *o = tables[i].option; o->name; o++)
      rows++;
  return rows;
}

/* Is an option of that table among those? */
static int is_chosen(const lac_option *o, size_t table, lac_option_choice which)
{
  return which == LAC_OPTIONS_ALL || table == 0 || strcmp(o->name, "data-dir") == 0 ||
         (which == LAC_OPTIONS_RESULT && strcmp(o->name, "results") == 0);
}

static struct argp_option option_of(const lac_option *o, size_t place, size_t table, lac_option_choice which)
{
  if (which == LAC_OPTIONS_RESULT)
    return (struct argp_option){ o->name, key_of(o, place), "VALUE", OPTION_NO_USAGE, o->help, 2 };
  return (struct argp_option){ o->name, key_of(o, place), o->choices ? o->choices : "VALUE", is_flag(o) ? OPTION_ARG_OPTIONAL : 0, o->help,
                               (int)table + 1 };
}

struct argp_option *lac_run_options(const struct argp_option *own, lac_option_choice which)
{
  struct argp_option *list = lac_alloc((count_rows(own) + 1) * sizeof *list);
  size_t k = 0, place = 0;
  if (!list)
    return NULL;
  for (; own->name || own->doc; own++)
    list[k++] = *own;
  if (which == LAC_OPTIONS_RESULT)
    list[k++] = (struct argp_option){ .doc = "As given to laconic run:", .group = 2 };
  for (size_t i = 0; i < LAC_COUNT(tables); i++) {
    if (which == LAC_OPTIONS_ALL)
      list[k++] = (struct argp_option){ .doc = tables[i].title, .group = (int)i + 1 };
    for (const lac_option *o = tables[i].option; o->name; o++, place++)
      if (is_chosen(o, i, which))
        list[k++] = option_of(o, place, i, which);
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
  LAC_TRY(lac_grow(&a->setting, &a->cap, a->count + 2, sizeof *a->setting));
  if (!(a->setting[a->count] = lac_asprintf("%s=%s", o->name, value ? value : "yes")))
    return LAC_ENOMEM;
  a->setting[++a->count] = NULL;
  return 0;
}

void lac_run_words_free(lac_run_words *a)
{
  for (size_t i = 0; i < a->count; i++)
    free(a->setting[i]);
  free(a->setting);
}

int lac_run_config(lac_config *c, const lac_run_words *words)
{
  LAC_TRY(lac_config_init(c));
  for (size_t i = 0; i < words->count; i++)
    LAC_TRY(lac_config_set_pair(c, words->setting[i]));
  return LAC_OK;
}
