#include "network/models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const lac_model lac_model_dgc, lac_model_exchange, lac_model_onebit_adam, lac_model_privacy, lac_model_stragglers,
                       lac_model_utilisation;

const lac_model *const lac_models[] = { &lac_model_dgc, &lac_model_exchange, &lac_model_onebit_adam, &lac_model_privacy,
                                         &lac_model_stragglers, &lac_model_utilisation, NULL };

double lac_rate_at(size_t i) { return pow(10, -1 + 4.0 * (double)i / (LAC_RATES - 1)); }

int lac_model_columns(lac_table *t, const lac_model_column *column, size_t columns)
{
  for (size_t i = 0; i < columns; i++) {
    int is_text = column[i].unit == NULL;
    if (!lac_table_add(t, column[i].name, is_text ? "" : column[i].unit, is_text ? LAC_ROLE_KEY : LAC_ROLE_NOTE, !is_text))
      return lac_fail(LAC_ENOMEM, "out of memory for a table");
  }
  return LAC_OK;
}

int lac_model_text(lac_table *t, size_t column, size_t row, const char *text)
{
  return (t->column[column].text[row] = lac_strdup(text)) ? LAC_OK : LAC_ENOMEM;
}

static const lac_model *find_model(const char *spec)
{
  const char *names[16];
  size_t count = 0, n = lac_spec_name(spec);
  for (; lac_models[count]; count++) {
    names[count] = lac_models[count]->name;
    if (strlen(names[count]) == n && strncmp(names[count], spec, n) == 0)
      return lac_models[count];
  }
  char *name = lac_asprintf("%.*s", (int)strcspn(spec, ":"), spec);
  const char *near = name ? lac_nearest(name, names, count) : NULL;
  lac_fail(LAC_EUSER, "there is no model '%.40s'%s%s; laconic model lists them", name ? name : "", near ? "; did you mean " : "",
           near ? near : "");
  free(name);
  return NULL;
}

static int note_origin(lac_table *t, const lac_model *m, const lac_spec *spec)
{
  LAC_TRY(lac_table_note(t, "laconic_version", PACKAGE_VERSION));
  LAC_TRY(lac_table_note(t, "model", spec->text));
  return lac_table_note(t, "reference", m->reference);
}

int lac_model_table(const char *text, lac_table *t)
{
  lac_spec spec;
  lac_table_init(t, 0);
  const lac_model *m = find_model(text);
  if (!m)
    return LAC_EUSER;
  LAC_TRY(lac_spec_parse(&spec, "model", text, m->options, m->params_size));
  int status = m->fill(spec.params, t);
  if (status == LAC_OK)
    status = note_origin(t, m, &spec);
  lac_spec_free(&spec);
  return status;
}
