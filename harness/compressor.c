#include "registry.h"

int lac_compressor_open(lac_compressor *c, const char *what, const char *text)
{
  const lac_entry *entry;
  LAC_TRY(lac_registry_find("compressors", what, text, &entry));
  c->type = entry->type;
  return lac_spec_parse(&c->spec, what, text, c->type->options, c->type->params_size);
}

void lac_compressor_close(lac_compressor *c)
{
  lac_spec_free(&c->spec);
  c->type = NULL;
}

static int constant(const lac_compressor *c, const char *what, int (*slot)(const void *, size_t, double *), size_t d, double *out)
{
  if (!slot || slot(c->spec.params, d, out) != LAC_OK)
    return lac_fail(LAC_ENOTSUP, "compressor %s is not %s", c->spec.text, what);
  return LAC_OK;
}

int lac_compressor_alpha(const lac_compressor *c, size_t d, double *alpha)
{
  return constant(c, "contractive (no alpha)", c->type->alpha, d, alpha);
}

int lac_compressor_omega(const lac_compressor *c, size_t d, double *omega)
{
  return constant(c, "unbiased (no omega)", c->type->omega, d, omega);
}
