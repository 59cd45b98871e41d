/* A composition "a:k=1+b+c" becomes a list of stages: each name is looked up in the registry. */
#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

/* Where the next stage begins: a + in front of a name, not that of 1e+6. */
static const char *end_of_stage(const char *text)
{
  const char *at = text;
  while (*at && !(at[0] == '+' && lac_spec_name(at + 1)))
    at++;
  return at;
}

static int open_stage(lac_compressor *c, const char *what, const char *text, size_t length)
{
  lac_entry entry;
  char *own = lac_asprintf("%.*s", (int)length, text);
  int status = own ? lac_registry_find(LAC_COMPRESSORS, what, own, &entry) : LAC_ENOMEM;
  if (status == LAC_OK) {
    c->type = entry.type;
    status = lac_spec_parse(&c->spec, what, own, c->type->options, c->type->params_size);
    c->spec.object = entry.object;
  }
  free(own);
  return status;
}

/* What a name stands for, with its options in their places, and the text of the stages behind it. */
static char *expand(const lac_compressor *c, const char *behind)
{
  char *text = lac_strdup("");
  const char *at = c->type->stands_for;
  while (text && *at) {
    size_t plain = strcspn(at, "{"), key = at[plain] ? strcspn(at + plain + 1, "}") : 0;
    char *value = NULL;
    for (const lac_option *o = c->spec.options; key && o->name; o++)
      if (strlen(o->name) == key && strncmp(o->name, at + plain + 1, key) == 0)
        value = lac_option_text(o, c->spec.params);
    char *longer = lac_asprintf("%s%.*s%s", text, (int)plain, at, value ? value : "");
    free(value);
    free(text);
    text = longer;
    at += plain + (key ? key + 2 : 0);
  }
  char *whole = text ? lac_asprintf("%s%s", text, behind) : NULL;
  free(text);
  return whole;
}

static int open_stages(lac_compressor *c, const char *what, const char *text);

static int open_what_it_stands_for(lac_compressor *c, const char *what, const char *behind)
{
  char *text = expand(c, behind);
  lac_compressor_close(c);
  int status = text ? open_stages(c, what, text) : LAC_ENOMEM;
  free(text);
  return status;
}

static int open_stages(lac_compressor *c, const char *what, const char *text)
{
  const char *end = end_of_stage(text);
  LAC_TRY(open_stage(c, what, text, (size_t)(end - text)));
  if (c->type->stands_for)
    return open_what_it_stands_for(c, what, end);
  if (!*end)
    return LAC_OK;
  if (!(c->next = lac_alloc(sizeof *c->next)))
    return LAC_ENOMEM;
  return open_stages(c->next, what, end + 1);
}

/* The entropy coder at the end serves all stages, and is none itself; alone it serves itself. */
static int take_coder(lac_compressor *c)
{
  lac_compressor **last = &c->next;
  c->coder = c->type->coder;
  if (!*last)
    return LAC_OK;
  while ((*last)->next)
    last = &(*last)->next;
  const lac_coder *coder = (*last)->type->coder;
  if (!coder)
    return LAC_OK;
  lac_compressor_close(*last);
  free(*last);
  *last = NULL;
  for (; c; c = c->next)
    c->coder = coder;
  return LAC_OK;
}

static int check_stages(const lac_compressor *c, const char *what)
{
  for (; c->next; c = c->next)
    if (c->type->coder)
      return lac_fail(LAC_EUSER, "%s: %s codes the symbols of the others and comes last; put it at the end", what, c->type->name);
    else if (!c->type->leads && !c->next->type->coder)
      return lac_fail(LAC_EUSER, "%s: nothing can stand behind %s but an entropy coder; put %s in front of it or leave it out", what,
                      c->type->name, c->next->type->name);
  return LAC_OK;
}

/* The text of the whole, at its head. */
static int name_all(lac_compressor *c)
{
  for (const lac_compressor *at = c->next; at; at = at->next) {
    char *longer = lac_asprintf("%s+%s", c->spec.text, at->spec.text);
    free(c->spec.text);
    c->spec.text = longer;
    if (!longer)
      return LAC_ENOMEM;
  }
  return LAC_OK;
}

int lac_compressor_open(lac_compressor *c, const char *what, const char *text)
{
  *c = (lac_compressor){ 0 };
  int status = open_stages(c, what, text);
  if (status == LAC_OK)
    status = check_stages(c, what);
  if (status == LAC_OK)
    status = name_all(c);
  if (status == LAC_OK)
    status = take_coder(c);
  if (status != LAC_OK)
    lac_compressor_close(c);
  return status;
}
