#include "figures/summary.h"

#include "run/config.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { lac_sheet *sheet; const lac_summary_run *run; size_t count; } summary;

/* ---- texts ---- */

/* Digests are texts, even where all digits are decimal ones. */
static int is_hash(const char *key)
{
  size_t n = strlen(key);
  return (n >= 6 && strcmp(key + n - 6, "digest") == 0) || (n >= 6 && strcmp(key + n - 6, "sha256") == 0);
}

static int is_number(const char *text, double *value)
{
  char *end;
  *value = strtod(text, &end);
  return *text && !*end && *text != ' ';
}

/* What all runs have under this key, as numbers where all of them are. */
static int add_attribute(summary *t, const char *key, const char *name, const char *head)
{
  double value;
  int numbers = !is_hash(key);
  lac_sheet_cell *cell = lac_sheet_add(t->sheet, name, head, "%.6g");
  for (size_t i = 0; i < t->count && numbers; i++) {
    const char *text = lac_result_attribute(t->run[i].result, key);
    numbers = !text || is_number(text, &value);
  }
  for (size_t i = 0; cell && i < t->count; i++) {
    const char *text = lac_result_attribute(t->run[i].result, key);
    if (text && numbers)
      is_number(text, &cell[i].real);
    else if (text && !(cell[i].text = lac_strdup(text)))
      return LAC_ENOMEM;
  }
  return cell ? LAC_OK : LAC_ENOMEM;
}

static int differs(const summary *t, const char *key)
{
  const char *first = lac_result_attribute(t->run->result, key);
  for (size_t i = 1; i < t->count; i++) {
    const char *other = lac_result_attribute(t->run[i].result, key);
    if (!first != !other || (first && strcmp(first, other)))
      return 1;
  }
  return 0;
}

static int has_labels(const summary *t)
{
  for (size_t i = 0; i < t->count; i++)
    if (*t->run[i].label)
      return 1;
  return 0;
}

static int add_labels(summary *t)
{
  lac_sheet_cell *cell = lac_sheet_add(t->sheet, "label", "label", "");
  for (size_t i = 0; cell && i < t->count; i++)
    if (!(cell[i].text = lac_strdup(t->run[i].label)))
      return LAC_ENOMEM;
  return cell ? LAC_OK : LAC_ENOMEM;
}

static int add_files(summary *t)
{
  lac_sheet_cell *cell = lac_sheet_add(t->sheet, "file", "file", "");
  for (size_t i = 0; cell && i < t->count; i++)
    if (!(cell[i].text = lac_strdup(t->run[i].result->path)))
      return LAC_ENOMEM;
  return cell ? LAC_OK : LAC_ENOMEM;
}

/* ---- options ---- */

/* As they were given; the method and its compressor in any case. */
static int add_given(summary *t)
{
  static const char *const always[] = { "algorithm", "up" };
  for (const lac_option *o = lac_what_options; o->name; o++) {
    char key[96];
    int is_shown = 0;
    snprintf(key, sizeof key, "environment.given.%s", o->name);
    for (size_t i = 0; i < LAC_COUNT(always); i++)
      is_shown |= strcmp(o->name, always[i]) == 0;
    if (is_shown || differs(t, key))
      LAC_TRY(add_attribute(t, key, o->name, o->name));
  }
  return LAC_OK;
}

/* Those of /config and of the root, of any run, in the order of their first run. */
static int add_config(summary *t)
{
  for (size_t i = 0; i < t->count; i++)
    for (size_t k = 0; k < t->run[i].result->attributes; k++) {
      const char *key = t->run[i].result->attribute[k].key;
      int is_about = strncmp(key, "environment.", 12) == 0 || strncmp(key, "timing.", 7) == 0;
      if (!is_about && !lac_sheet_find(t->sheet, key))
        LAC_TRY(add_attribute(t, key, key, key));
    }
  return add_attribute(t, "timing.total", "timing.total", "seconds");
}

/* ---- the trace ---- */

/* The last row of a column, over the clients where asked. */
static int add_last(summary *t, const char *column, const char *name, const char *head, const char *digits, int per_client)
{
  lac_sheet_cell *cell = lac_sheet_add(t->sheet, name, head, digits);
  for (size_t i = 0; cell && i < t->count; i++) {
    const lac_result *r = t->run[i].result;
    const double *value = lac_result_column(r, column);
    const char *clients = per_client ? lac_result_attribute(r, "clients") : "1";
    if (value && r->rows && clients)
      cell[i].real = value[r->rows - 1] / atof(clients);
  }
  return cell ? LAC_OK : LAC_ENOMEM;
}

static int add_trace(summary *t)
{
  for (size_t i = 0; i < t->count; i++)
    for (size_t k = 0; k < t->run[i].result->columns; k++) {
      const char *column = t->run[i].result->name[k];
      char name[128];
      snprintf(name, sizeof name, "last.%.100s", column);
      if (!lac_sheet_find(t->sheet, name))
        LAC_TRY(add_last(t, column, name, name, "%.6g", 0));
    }
  return LAC_OK;
}

static int add_metric(summary *t, const lac_reduction *what, const char *name)
{
  lac_sheet_cell *cell = lac_sheet_add(t->sheet, name, name, "%.4g");
  for (size_t i = 0; cell && i < t->count; i++) {
    lac_known known;
    LAC_TRY(lac_context(lac_reduction_value(what, t->run[i].result, t->run[i].factor, &cell[i].real, &known), "%s",
                        t->run[i].result->path));
  }
  return cell ? LAC_OK : LAC_ENOMEM;
}

/* ---- the table ---- */

static int add_everything(summary *t)
{
  LAC_TRY(add_files(t));
  LAC_TRY(add_config(t));
  return add_trace(t);
}

static int any_has(const summary *t, const char *column)
{
  size_t i = 0;
  while (i < t->count && !lac_result_column(t->run[i].result, column))
    i++;
  return i < t->count;
}

/* Of runs whose rows take held-out rows alone, the loss of these. */
static int add_essentials(summary *t)
{
  int held_out = !any_has(t, "grad_norm_sq") && any_has(t, "test_loss");
  LAC_TRY(add_given(t));
  LAC_TRY(add_last(t, "round", "rounds", "rounds", "%.0f", 0));
  LAC_TRY(held_out ? add_last(t, "test_loss", "test_loss", "test loss", "%.4f", 0) :
          add_last(t, "grad_norm_sq", "grad_norm_sq", "|grad f|^2", "%.3g", 0));
  LAC_TRY(add_last(t, "bits_up", "bits_up_per_client", "bits/client", "%.6g", 1));
  return add_attribute(t, "reason", "reason", "ended");
}

int lac_summary_make(lac_sheet *s, const lac_summary_run *run, size_t count, const lac_summary_wish *wish)
{
  summary t = { s, run, count };
  lac_sheet_init(s, count);
  int status = has_labels(&t) ? add_labels(&t) : LAC_OK;
  if (status == LAC_OK)
    status = (wish->all ? add_everything : add_essentials)(&t);
  for (size_t k = 0; status == LAC_OK && k < wish->metrics; k++)
    status = add_metric(&t, &wish->metric[k], wish->metric_name[k]);
  if (status != LAC_OK)
    lac_sheet_free(s);
  return status;
}
