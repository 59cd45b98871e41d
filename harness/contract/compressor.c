#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

/* ---- "a:k=1+b+c" ---- */

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
  const lac_entry *entry;
  char *own = lac_asprintf("%.*s", (int)length, text);
  int status = own ? lac_registry_find("compressors", what, own, &entry) : LAC_ENOMEM;
  if (status == LAC_OK) {
    c->type = entry->type;
    status = lac_spec_parse(&c->spec, what, own, c->type->options, c->type->params_size);
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

void lac_compressor_close(lac_compressor *c)
{
  if (c->next)
    lac_compressor_close(c->next);
  free(c->next);
  lac_spec_free(&c->spec);
  for (unsigned i = 0; i < LAC_SCRATCHES; i++)
    free(c->scratch[i]);
  *c = (lac_compressor){ 0 };
}

/* ---- a vector at a compressor ---- */

/* The scratch of a compressor is no part of its value. */
lac_site lac_site_of(const lac_compressor *c, size_t d)
{
  return (lac_site){ .stage = (lac_compressor *)c, .params = c->spec.params, .d = d, .n = 1 };
}

lac_site lac_next(const lac_site *s, size_t d)
{
  lac_site next = *s;
  next.stage = s->stage->next;
  next.params = next.stage->spec.params;
  next.d = d;
  next.layers = NULL;
  next.layer_count = 0;
  return next;
}

const char *lac_refuse(const lac_site *s) { return s->stage->type->refuse ? s->stage->type->refuse(s) : NULL; }
int lac_encode(const lac_site *s, const double *x, lac_msg *m) { return s->stage->type->encode(s, x, m); }
int lac_decode_add(const lac_site *s, double scale, lac_msg *m, double *y) { return s->stage->type->decode_add(s, scale, m, y); }
uint64_t lac_bits(const lac_site *s, int *exact) { return s->stage->type->bits(s, exact); }

int lac_omega(const lac_site *s, double *omega)
{
  if (s->stage->type->omega && s->stage->type->omega(s, omega) == LAC_OK)
    return LAC_OK;
  return lac_fail(LAC_ENOTSUP, "compressor %s is not unbiased (no omega)", s->stage->spec.text);
}

int lac_alpha(const lac_site *s, double *alpha)
{
  double omega;
  if (s->stage->type->alpha && s->stage->type->alpha(s, alpha) == LAC_OK)
    return LAC_OK;
  if (lac_omega(s, &omega) == LAC_OK && omega < 1) {
    *alpha = 1 - omega;
    return LAC_OK;
  }
  return lac_fail(LAC_ENOTSUP, "compressor %s is not contractive (no alpha)", s->stage->spec.text);
}

int lac_ab(const lac_site *s, double *A, double *B)
{
  if (s->stage->type->ab)
    return s->stage->type->ab(s, A, B);
  LAC_TRY(lac_omega(s, A));
  *A /= s->n;
  *B = 0;
  return LAC_OK;
}

size_t lac_state_size(const lac_site *s)
{
  if (s->stage->type->state_size)
    return s->stage->type->state_size(s);
  if (!s->stage->next)
    return 0;
  lac_site next = lac_next(s, s->d);
  return lac_state_size(&next);
}

/* ---- for stages ---- */

int lac_values_put(const lac_site *s, lac_value format, size_t k, const double *v, lac_msg *m)
{
  if (!s->stage->next)
    return lac_msg_put_reals(m, format, v, k);
  lac_site next = lac_next(s, k);
  return lac_encode(&next, v, m);
}

int lac_values_get(const lac_site *s, lac_value format, size_t k, lac_msg *m, double *v)
{
  if (!s->stage->next)
    return lac_msg_get_reals(m, format, v, k);
  lac_site next = lac_next(s, k);
  memset(v, 0, k * sizeof *v);
  return lac_decode_add(&next, 1, m, v);
}

int lac_values_add(const lac_site *s, lac_value format, size_t k, double scale, lac_msg *m, double *y)
{
  if (!s->stage->next)
    return lac_msg_add_reals(m, format, scale, y, k);
  lac_site next = lac_next(s, k);
  return lac_decode_add(&next, scale, m, y);
}

const char *lac_values_refuse(const lac_site *s, size_t k)
{
  if (!s->stage->next)
    return NULL;
  lac_site next = lac_next(s, k);
  return lac_refuse(&next);
}

uint64_t lac_values_bits(const lac_site *s, lac_value format, size_t k, int *exact)
{
  if (!s->stage->next) {
    *exact = 1;
    return (uint64_t)k * lac_value_bits(format);
  }
  lac_site next = lac_next(s, k);
  return lac_bits(&next, exact);
}

int lac_values_alpha(const lac_site *s, size_t k, double *alpha)
{
  *alpha = 1;
  if (!s->stage->next)
    return LAC_OK;
  lac_site next = lac_next(s, k);
  return lac_alpha(&next, alpha);
}

int lac_values_omega(const lac_site *s, size_t k, double *omega)
{
  *omega = 0;
  if (!s->stage->next)
    return LAC_OK;
  lac_site next = lac_next(s, k);
  return lac_omega(&next, omega);
}

void *lac_scratch(const lac_site *s, unsigned which, size_t bytes)
{
  lac_compressor *c = s->stage;
  if (bytes <= c->scratch_size[which] && c->scratch[which])
    return c->scratch[which];
  free(c->scratch[which]);
  c->scratch[which] = lac_alloc(bytes);
  c->scratch_size[which] = c->scratch[which] ? bytes : 0;
  return c->scratch[which];
}
