#include "compressor.h"

#include <stdlib.h>
#include <string.h>

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
