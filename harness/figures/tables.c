#include "figures/tables.h"

#include <stdlib.h>
#include <string.h>

int lac_table_style_set(lac_table_style *s, const char *key, const char *value, int *is_key)
{
  const struct { const char *key, **to; } texts[] = { { "table", &s->table }, { "by", &s->by }, { "of", &s->of },
    { "points", &s->points } };
  *is_key = 1;
  for (size_t i = 0; i < LAC_COUNT(texts); i++)
    if (strcmp(key, texts[i].key) == 0) {
      *texts[i].to = value;
      return strcmp(key, "of") == 0     ? lac_context(lac_side_where(&s->rows, value), "[figure] of")
             : strcmp(key, "points") == 0 ? lac_context(lac_side_where(&s->dots, value), "[figure] points") : LAC_OK;
    }
  const struct { const char *key; int *to; } switches[] = { { "diagonal", &s->diagonal }, { "cells", &s->cells } };
  for (size_t i = 0; i < LAC_COUNT(switches); i++)
    if (strcmp(key, switches[i].key) == 0) {
      *switches[i].to = strcmp(value, "yes") == 0;
      return *switches[i].to || strcmp(value, "no") == 0 ? LAC_OK :
             lac_fail(LAC_EUSER, "[figure] %s must be yes or no, not '%.40s'", key, value);
    }
  *is_key = 0;
  return LAC_OK;
}

int lac_table_style_check(const lac_table_style *s)
{
  const struct { const char *key; int is_said; } settings[] = { { "by", s->by != NULL }, { "of", s->of != NULL },
    { "points", s->points != NULL }, { "diagonal", s->diagonal }, { "cells", s->cells } };
  for (size_t i = 0; !s->table && i < LAC_COUNT(settings); i++)
    if (settings[i].is_said)
      return lac_fail(LAC_EUSER, "[figure] %s is about the rows of a table; say which: table = FILE.h5", settings[i].key);
  if (s->cells && (s->points || s->diagonal))
    return lac_fail(LAC_EUSER, "[figure] cells fill the panel, which has no room for %s; leave out one of them",
                    s->points ? "points" : "diagonal");
  for (size_t i = 0; i < s->dots.wheres; i++)
    if (s->dots.where[i].compare != LAC_IS_ONE_OF)
      return lac_fail(LAC_EUSER, "[figure] points: '%.40s' is compared with a number; choose points by KEY=VALUE", s->dots.where[i].key);
  return LAC_OK;
}

void lac_table_style_free(lac_table_style *s)
{
  free(s->rows.text);
  free(s->dots.text);
}

int lac_table_draws(const lac_table_style *s, const lac_member *m) { return lac_side_selects(m, &s->rows, NULL, 0); }

int lac_table_dots(const lac_table_style *s, const lac_member *m)
{
  return s->cells || (s->points && lac_side_selects(m, &s->dots, NULL, 0));
}

/* "standard error" of standard_error, "measured / predicted". */
static char *spell(const char *column)
{
  const char *slash = strchr(column, '/');
  char *text = slash ? lac_asprintf("%.*s / %s", (int)(slash - column), column, slash + 1) : lac_strdup(column);
  for (char *p = text; p && *p; p++)
    *p = *p == '_' ? ' ' : *p;
  return text;
}

char *lac_table_words(const lac_result *r, const char *column)
{
  char *key = lac_asprintf("unit.%s", column), *words = spell(column);
  const char *unit = key ? lac_result_attribute(r, key) : NULL;
  char *all = words && unit && strcmp(unit, "1") ? lac_asprintf("%s, %s", words, unit) : words;
  if (all != words)
    free(words);
  free(key);
  return all;
}
