/* A problem that stands around another one, "lora:rank=4+mlp:hidden=8": each name is looked up in the registry. */
#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

static int is_problem(const char *name, size_t length)
{
  lac_entry e;
  for (size_t i = 0; lac_registry_entry(LAC_PROBLEMS, i, &e); i++)
    if (strlen(e.name) == length && strncmp(e.name, name, length) == 0)
      return 1;
  return 0;
}

/* The + in front of the base: a problem's name follows, since values of options may have a + in them, too.  NULL: there is none. */
static const char *find_base(const char *text, int known)
{
  for (const char *at = strchr(text, '+'); at; at = strchr(at + 1, '+')) {
    size_t name = lac_spec_name(at + 1);
    if (name && strchr(":+", at[1 + name]) && (!known || is_problem(at + 1, name)))
      return at;
  }
  return NULL;
}

static int open_spec(lac_problem *p, const char *what, const char *text, size_t length)
{
  lac_entry entry;
  char *own = lac_asprintf("%.*s", (int)length, text);
  int status = own ? lac_registry_find(LAC_PROBLEMS, what, own, &entry) : LAC_ENOMEM;
  if (status == LAC_OK) {
    p->type = entry.type;
    status = lac_spec_parse(&p->spec, what, own, p->type->options, p->type->params_size);
    p->spec.object = entry.object;
    p->params = p->spec.params;
  }
  free(own);
  return status;
}

/* What the wrapper's type says, but for what its base decides: its data and shards, and which slots there are.  Clipping goes row by
   row. */
static int inherit(lac_problem *p)
{
  const lac_problem_type *own = p->type, *base = p->base->type;
  lac_problem_type *t = p->made = lac_alloc(sizeof *t);
  if (!t)
    return LAC_ENOMEM;
  *t = *own;
  t->labels = base->labels;
  t->costly = base->costly;
  t->data = base->data;
  t->blas = own->blas || base->blas;
  t->saddle = base->saddle;
  t->unload = base->unload;
  t->shard_rows = base->shard_rows;
  t->shard_bytes = base->shard_bytes;
  t->batch_grad = base->batch_grad ? own->batch_grad : NULL;
  t->clipped_grad = base->batch_grad ? own->clipped_grad : NULL;
  t->score = base->score ? own->score : NULL;
  t->attack = base->attack ? own->attack : NULL;
  t->next = base->next ? own->next : NULL;
  t->gemm_flops = base->gemm_flops ? own->gemm_flops : NULL;
  p->type = t;
  return LAC_OK;
}

static int open_base(lac_problem *p, const char *what, const char *text)
{
  if (!(p->base = lac_alloc(sizeof *p->base)))
    return LAC_ENOMEM;
  LAC_TRY(lac_problem_choose(p->base, what, text));
  char *whole = lac_asprintf("%s+%s", p->spec.text, p->base->spec.text);
  free(p->spec.text);
  p->spec.text = whole;
  return whole ? inherit(p) : LAC_ENOMEM;
}

/* Around the base that the text names, or around the usual one. */
static int open_around(lac_problem *p, const char *what, const char *text, const lac_entry *wrapper)
{
  const char *base = find_base(text, 1), *likely = base ? NULL : find_base(text, 0);
  lac_entry unknown;
  if (likely)
    return lac_registry_find(LAC_PROBLEMS, what, likely + 1, &unknown);
  LAC_TRY(open_spec(p, what, text, base ? (size_t)(base - text) : strlen(text)));
  return open_base(p, what, base ? base + 1 : ((const lac_problem_type *)wrapper->type)->wraps);
}

int lac_problem_choose(lac_problem *p, const char *what, const char *text)
{
  lac_entry e;
  size_t name = lac_spec_name(text);
  *p = (lac_problem){ 0 };
  for (size_t i = 0; lac_registry_entry(LAC_PROBLEMS, i, &e); i++)
    if (strlen(e.name) == name && strncmp(e.name, text, name) == 0 && ((const lac_problem_type *)e.type)->wraps)
      return open_around(p, what, text, &e);
  if (find_base(text, 1))
    return lac_fail(LAC_EUSER, "%s: %.*s does not stand around another problem; leave out what follows its +", what,
                    (int)strcspn(text, ":+"), text);
  return open_spec(p, what, text, strlen(text));
}

lac_problem *lac_problem_innermost(lac_problem *p)
{
  while (p->base)
    p = p->base;
  return p;
}

void lac_problem_forget(lac_problem *p)
{
  if (p->base)
    lac_problem_forget(p->base);
  free(p->base);
  free(p->made);
  lac_spec_free(&p->spec);
  p->base = NULL;
  p->made = NULL;
}
