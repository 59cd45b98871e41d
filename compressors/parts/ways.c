#include "ways.h"

#include <stdio.h>
#include <string.h>

size_t lac_way_count(const lac_ways *w)
{
  size_t ways = *w->values ? 2 : 1;
  for (const char *at = w->values; *at; at++)
    ways += *at == '/';
  return ways;
}

static const lac_option *option_of(const lac_ways *w, const lac_compressor *next)
{
  const lac_option *o = next->type->options;
  while (o && o->name && strcmp(o->name, w->param))
    o++;
  return o && o->name && o->kind != LAC_TEXT ? o : NULL;
}

int lac_way_use(const lac_ways *w, size_t way, lac_site *at, lac_settings *set)
{
  const lac_compressor *next = at->stage;
  const char *text = w->values;
  char value[64], what[64];
  memcpy(set->bytes, next->spec.params, next->type->params_size);
  at->params = set->bytes;
  if (way == 0)
    return LAC_OK;
  for (size_t k = 1; k < way; k++)
    text = strchr(text, '/') + 1;
  snprintf(value, sizeof value, "%.*s", (int)strcspn(text, "/"), text);
  snprintf(what, sizeof what, "%s: %s", w->who, w->list);
  return lac_option_set(option_of(w, next), set->bytes, what, value);
}

const char *lac_ways_refuse(const lac_ways *w, const lac_site *s)
{
  static char why[160];
  const lac_compressor *next = s->stage->next;
  lac_settings set;
  snprintf(why, sizeof why, "%s changes the option %.40s, and %s has none of that name; see param=", w->who, w->param, next->type->name);
  if (next->type->params_size > sizeof set || !option_of(w, next))
    return why;
  snprintf(why, sizeof why, "%s: %s has %zu values and %d are the most", w->who, w->list, lac_way_count(w) - 1, LAC_WAYS_MOST - 1);
  if (lac_way_count(w) > LAC_WAYS_MOST)
    return why;
  lac_site at = lac_next(s, s->d);
  for (size_t way = 1; way < lac_way_count(w); way++)
    if (lac_way_use(w, way, &at, &set) != LAC_OK) {
      snprintf(why, sizeof why, "%.150s", lac_error());
      return why;
    }
  return NULL;
}
