#include "experiment/experiment.h"

#include "experiment/rule.h"
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- grids ---- */

enum { MOST = 100000 };
typedef struct { char **text; size_t count, cap; } list;

static int list_add(list *l, char *text)
{
  if (!text)
    return LAC_ENOMEM;
  if (l->count == MOST || lac_grow(&l->text, &l->cap, l->count + 2, sizeof *l->text) != LAC_OK) {
    free(text);
    return l->count == MOST ? lac_fail(LAC_EUSER, "a grid has more than %d points", MOST) : LAC_ENOMEM;
  }
  l->text[l->count++] = text;
  l->text[l->count] = NULL;
  return LAC_OK;
}

/* The brace that closes the one at `open`, or NULL. */
static const char *closing(const char *open)
{
  int depth = 0;
  for (const char *p = open; *p; p++) {
    depth += (*p == '{') - (*p == '}');
    if (depth == 0)
      return p;
  }
  return NULL;
}

/* "a\,b" -> "a,b": how a comma is written that does not separate. */
static char *without_escapes(const char *text)
{
  char *copy = lac_strdup(text), *to = copy;
  for (const char *p = text; copy && *p; p++)
    if (*p != '\\' || p[1] != ',')
      *to++ = *p;
  if (copy)
    *to = 0;
  return copy;
}

static int expand_into(list *l, const char *text)
{
  const char *open = strchr(text, '{'), *close = open ? closing(open) : NULL;
  const char *stray = strchr(text, '}');
  if ((open && !close) || (stray && (!open || stray < open)))
    return lac_fail(LAC_EUSER, "unbalanced braces in '%.80s'", text);
  if (!open)
    return list_add(l, without_escapes(text));
  for (const char *from = open + 1, *p = from; p <= close; p++) {
    if (*p == '{')
      p = closing(p);
    else if (*p == '\\' && p[1] == ',')
      p++;
    else if (*p == ',' || p == close) {
      char *one = lac_asprintf("%.*s%.*s%s", (int)(open - text), text, (int)(p - from), from, close + 1);
      int status = one ? expand_into(l, one) : LAC_ENOMEM;
      free(one);
      LAC_TRY(status);
      from = p + 1;
    }
  }
  return LAC_OK;
}

int lac_expand(const char *text, char ***all)
{
  list l = { 0 };
  int status = expand_into(&l, text);
  *all = l.text;
  if (status != LAC_OK)
    lac_expand_free(l.text);
  return status;
}

void lac_expand_free(char **all)
{
  for (char **p = all; p && *p; p++)
    free(*p);
  free(all);
}

/* ---- the file ---- */

/* A line of the file; the same key again is a value that goes on. */
static int take_line(void *self, const char *section, const char *key, const char *value)
{
  lac_experiment *e = self;
  lac_setting *last = e->settings ? &e->setting[e->settings - 1] : NULL;
  if (last && strcmp(last->section, section) == 0 && strcmp(last->key, key) == 0) {
    char *longer = lac_asprintf("%s%s%s", last->value, *last->value ? " " : "", value);
    free(last->value);
    return (last->value = longer) != NULL;
  }
  if (lac_grow(&e->setting, &e->setting_cap, e->settings + 1, sizeof *e->setting) != LAC_OK)
    return 0;
  e->setting[e->settings++] = (lac_setting){ lac_strdup(section), lac_strdup(key), lac_strdup(value) };
  return 1;
}

const char *lac_experiment_setting(const lac_experiment *e, const char *section, const char *key)
{
  for (size_t i = 0; i < e->settings; i++)
    if (strcmp(e->setting[i].section, section) == 0 && strcmp(e->setting[i].key, key) == 0)
      return e->setting[i].value;
  return NULL;
}

const char *lac_experiment_label(const char *section)
{
  if (strncmp(section, "run", 3) || (section[3] && !isspace((unsigned char)section[3])))
    return NULL;
  section += 3;
  return section + strspn(section, " \t");
}

/* Settings that are about the experiment and not about what is computed; best and label also in a [run]. */
static int is_own(const lac_setting *s)
{
  return strcmp(s->key, "best") == 0 || (*s->section ? strcmp(s->key, "label") == 0 :
                                         strcmp(s->key, "missing") == 0 || strcmp(s->key, "title") == 0);
}

/* Every point of the grid that the settings of `section` span, after those of the file's head that it does not set anew. */
static int expand_runs(lac_experiment *e, const char *section, size_t from, const lac_config *base, const char *const *overrides)
{
  for (size_t i = from; i < e->settings; i++) {
    const lac_setting *s = &e->setting[i];
    if ((*s->section ? strcmp(s->section, section) != 0 : lac_experiment_setting(e, section, s->key) != NULL) || is_own(s))
      continue;
    char **values;
    LAC_TRY(lac_context(lac_expand(s->value, &values), "%s: %s", e->path, s->key));
    int status = LAC_OK;
    for (char **v = values; status == LAC_OK && *v; v++) {
      lac_config c;
      status = lac_config_copy(&c, base);
      if (status == LAC_OK)
        status = lac_context(lac_config_set(&c, s->key, *v), "%s", e->path);
      if (status == LAC_OK)
        status = expand_runs(e, section, i + 1, &c, overrides);
      lac_config_clear(&c);
    }
    lac_expand_free(values);
    return status;
  }
  if (e->runs == MOST)
    return lac_fail(LAC_EUSER, "%s: more than %d runs", e->path, MOST);
  LAC_TRY(lac_grow(&e->run, &e->run_cap, e->runs + 1, sizeof *e->run));
  lac_experiment_run *run = &e->run[e->runs];
  LAC_TRY(lac_config_copy(&run->config, base));
  const char *label = lac_experiment_setting(e, section, "label");
  run->label = lac_strdup(label ? label : lac_experiment_label(section));
  run->best = lac_experiment_setting(e, section, "best");
  run->best = run->best ? run->best : lac_experiment_setting(e, "", "best");
  e->runs++;
  LAC_TRY(lac_context(lac_best_rule_check(run->best), "%s", e->path));
  for (const char *const *o = overrides; o && *o; o++) {
    char key[64];
    size_t n = strcspn(*o, "=");
    snprintf(key, sizeof key, "%.*s", (int)n, *o);
    LAC_TRY(lac_config_set(&run->config, key, *o + n + ((*o)[n] == '=')));
  }
  return run->label ? LAC_OK : LAC_ENOMEM;
}

static int seen_before(const lac_experiment *e, size_t i)
{
  for (size_t j = 0; j < i; j++)
    if (strcmp(e->setting[j].section, e->setting[i].section) == 0)
      return 1;
  return 0;
}

static int expand_all(lac_experiment *e, const char *const *overrides)
{
  lac_config defaults;
  const char *missing = lac_experiment_setting(e, "", "missing");
  if (missing && strcmp(missing, "skip") && strcmp(missing, "fail"))
    return lac_fail(LAC_EUSER, "%s: missing must be skip or fail, not '%.40s'", e->path, missing);
  e->skip_missing = missing && strcmp(missing, "skip") == 0;
  int status = lac_config_init(&defaults);
  for (size_t i = 0; status == LAC_OK && i < e->settings; i++)
    if (lac_experiment_label(e->setting[i].section) && !seen_before(e, i))
      status = expand_runs(e, e->setting[i].section, 0, &defaults, overrides);
  lac_config_clear(&defaults);
  if (status == LAC_OK && e->runs == 0)
    return lac_fail(LAC_EUSER, "%s has no [run LABEL] section", e->path);
  return status;
}

static int set_names(lac_experiment *e, const char *path)
{
  const char *base = strrchr(path, '/'), *dot;
  base = base ? base + 1 : path;
  dot = strrchr(base, '.');
  e->path = lac_strdup(path);
  e->name = lac_asprintf("%.*s", (int)(dot && dot > base ? dot - base : (ptrdiff_t)strlen(base)), base);
  return e->path && e->name ? LAC_OK : LAC_ENOMEM;
}

static int check_once(const lac_experiment *e, const char *path)
{
  for (const lac_setting *s = e->setting; s < e->setting + e->settings; s++)
    for (const lac_setting *t = e->setting; t < s; t++)
      if (strcmp(s->section, t->section) == 0 && strcmp(s->key, t->key) == 0)
        return lac_fail(LAC_EUSER, "%s: %s is set twice in %s%s%s; sections need names of their own, label = says what a [run] is called",
                        path, s->key, *s->section ? "[" : "the head", s->section, *s->section ? "]" : "");
  return LAC_OK;
}

int lac_experiment_append(lac_experiment *e, const char *path)
{
  errno = 0;
  int line = ini_parse(path, take_line, e);
  return line == 0  ? check_once(e, path)
         : line < 0 ? lac_fail(LAC_EUSER, "cannot read %s: %s", path, errno ? strerror(errno) : "not a text file")
                    : lac_fail(LAC_EUSER, "%s: line %d is neither [section] nor key = value", path, line);
}

int lac_experiment_load(lac_experiment *e, const char *path, const char *const *overrides)
{
  *e = (lac_experiment){ 0 };
  LAC_TRY(set_names(e, path));
  int status = lac_experiment_append(e, path);
  if (status == LAC_OK)
    status = expand_all(e, overrides);
  if (status != LAC_OK)
    lac_experiment_free(e);
  return status;
}

void lac_experiment_free(lac_experiment *e)
{
  for (size_t i = 0; i < e->runs; i++) {
    free(e->run[i].label);
    lac_config_clear(&e->run[i].config);
  }
  for (size_t i = 0; i < e->settings; i++) {
    free(e->setting[i].section);
    free(e->setting[i].key);
    free(e->setting[i].value);
  }
  free(e->run);
  free(e->setting);
  free(e->path);
  free(e->name);
  *e = (lac_experiment){ 0 };
}
