#include "experiment/experiment.h"

#include "experiment/rule.h"
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

/* ---- sections ---- */

const char *lac_experiment_setting(const lac_experiment *e, const char *section, const char *key)
{
  for (const lac_ini_entry *s = e->setting; s < e->setting + e->settings; s++)
    if (s->key && strcmp(s->section, section) == 0 && strcmp(s->key, key) == 0)
      return s->value;
  return NULL;
}

int lac_experiment_lists(const lac_experiment *e, const char *section, const char *key, const char *word)
{
  const char *p = lac_experiment_setting(e, section, key);
  for (size_t n; p && *p; p += n) {
    p += strspn(p, " \t,");
    n = strcspn(p, " \t,");
    if (n && strlen(word) == n && strncmp(p, word, n) == 0)
      return 1;
  }
  return 0;
}

int lac_experiment_repeats(const lac_experiment *e, const char *option)
{
  return strncmp(option, "seed", 4) == 0 || lac_experiment_lists(e, "figure", "over", option);
}

/* NULL: there is none. */
static lac_ini_entry *find_section(const lac_experiment *e, const char *section)
{
  for (lac_ini_entry *s = e->setting; s < e->setting + e->settings; s++)
    if (!s->key && strcmp(s->section, section) == 0)
      return s;
  return NULL;
}

static int add_section(lac_experiment *e, const char *section)
{
  if (find_section(e, section))
    return LAC_OK;
  LAC_TRY(lac_grow(&e->setting, &e->setting_cap, e->settings + 1, sizeof *e->setting));
  e->setting[e->settings] = (lac_ini_entry){ .section = lac_strdup(section) };
  return e->setting[e->settings].section ? (e->settings++, LAC_OK) : LAC_ENOMEM;
}

int lac_experiment_set(lac_experiment *e, const char *section, const char *key, const char *value)
{
  char *copy = lac_strdup(value), *name = NULL;
  if (!copy)
    return LAC_ENOMEM;
  for (lac_ini_entry *s = e->setting; s < e->setting + e->settings; s++)
    if (s->key && strcmp(s->section, section) == 0 && strcmp(s->key, key) == 0) {
      free(s->value);
      s->value = copy;
      return LAC_OK;
    }
  if (add_section(e, section) != LAC_OK || !(name = lac_strdup(key)) ||
      lac_grow(&e->setting, &e->setting_cap, e->settings + 1, sizeof *e->setting) != LAC_OK) {
    free(copy);
    free(name);
    return LAC_ENOMEM;
  }
  e->setting[e->settings++] = (lac_ini_entry){ find_section(e, section)->section, name, copy, 0 };
  return LAC_OK;
}

const char *lac_experiment_label(const char *section) { return strncmp(section, "run ", 4) ? NULL : section + 4; }

const char *lac_experiment_claim(const char *section) { return strncmp(section, "claim ", 6) ? NULL : section + 6; }

/* What a file says that nobody reads would be lost. */
static int check_section(const lac_ini_entry *s, int is_claims)
{
  if (lac_experiment_claim(s->section) || (!is_claims && (lac_experiment_label(s->section) || lac_networks_is(s->section) ||
                                                              strcmp(s->section, "figure") == 0)))
    return LAC_OK;
  return is_claims ? lac_fail(LAC_EUSER, "a file of claims has [claim NAME] sections alone, not %s%.60s%s", *s->section ? "[" : "'",
                              *s->section ? s->section : s->key, *s->section ? "]" : "' before the first")
                   : lac_fail(LAC_EUSER, "there is no section [%.60s]; there are [run LABEL], [figure], [network.NAME] and [claim NAME]",
                              s->section);
}

/* Settings that are about the experiment and not about what is computed; best and label also in a [run]. */
static int is_own(const lac_ini_entry *s)
{
  return strcmp(s->key, "best") == 0 || (*s->section ? strcmp(s->key, "label") == 0 :
                                         strcmp(s->key, "missing") == 0 || strcmp(s->key, "title") == 0);
}

/* Marks of a comment, of quotes and of a line that is taken for more of the value before it, where none of them can be meant. */
static int check_option(const lac_ini_entry *s)
{
  if (strcmp(s->key, "force") == 0)
    return lac_fail(LAC_EUSER, "force counts on the command line alone: laconic run FILE --force");
  if (*s->value == '"' || *s->value == '\'')
    return lac_fail(LAC_EUSER, "%s = %.40s: a value is written without quotes", s->key, s->value);
  if (strstr(s->value, " #") || strstr(s->value, "\t#"))
    return lac_fail(LAC_EUSER, "%s = %.60s: a comment behind a value begins with ; and not with #", s->key, s->value);
  if (strstr(s->value, " = "))
    return lac_fail(LAC_EUSER, "%s = %.60s: a line that is indented more than its key goes on with the value; do not indent the next key",
                    s->key, s->value);
  return LAC_OK;
}

static int check_settings(const lac_experiment *e)
{
  for (const lac_ini_entry *s = e->setting; s < e->setting + e->settings; s++) {
    int status = *s->section ? check_section(s, 0) : LAC_OK;
    if (status == LAC_OK && s->key && (!*s->section || lac_experiment_label(s->section)) && !is_own(s))
      status = check_option(s);
    LAC_TRY(lac_context(status, "%s: line %zu", e->path, s->line));
  }
  return LAC_OK;
}

/* ---- runs ---- */

/* The settings of a [run], those of the file's head, and what is said on the command line. */
typedef struct { const lac_ini_entry *head, *head_end, *own, *own_end; const char *const *overrides; } scope;

static const lac_ini_entry *find_key(const lac_ini_entry *from, const lac_ini_entry *end, const char *key)
{
  for (; from < end; from++)
    if (from->key && strcmp(from->key, key) == 0)
      return from;
  return NULL;
}

static int apply_overrides(lac_config *c, const char *const *overrides)
{
  for (const char *const *o = overrides; o && *o; o++)
    LAC_TRY(lac_config_set_pair(c, *o));
  return LAC_OK;
}

/* The config becomes the run's; an empty one is left. */
static int add_run(lac_experiment *e, const scope *s, lac_config *config)
{
  const lac_ini_entry *label = find_key(s->own, s->own_end, "label"), *best = find_key(s->own, s->own_end, "best");
  best = best ? best : find_key(s->head, s->head_end, "best");
  if (best)
    LAC_TRY(lac_context(lac_best_rule_check(best->value), "%s: line %zu", e->path, best->line));
  LAC_TRY(apply_overrides(config, s->overrides));
  if (e->runs == MOST)
    return lac_fail(LAC_EUSER, "%s: more than %d runs", e->path, MOST);
  LAC_TRY(lac_grow(&e->run, &e->run_cap, e->runs + 1, sizeof *e->run));
  lac_experiment_run *run = &e->run[e->runs];
  *run = (lac_experiment_run){ .section = s->own->section,
                               .label = lac_strdup(label ? label->value : lac_experiment_label(s->own->section)),
                               .best = best ? best->value : NULL, .config = *config };
  if (!run->label)
    return LAC_ENOMEM;
  *config = (lac_config){ 0 };
  e->runs++;
  return LAC_OK;
}

static int expand_from(lac_experiment *e, const scope *s, const lac_ini_entry *at, lac_config *c);

static int expand_grid(lac_experiment *e, const scope *s, const lac_ini_entry *at, lac_config *c, char **values)
{
  for (; *values; values++) {
    lac_config one;
    int status = lac_config_copy(&one, c);
    if (status == LAC_OK)
      status = lac_context(lac_config_set(&one, at->key, *values), "%s: line %zu", e->path, at->line);
    if (status == LAC_OK)
      status = expand_from(e, s, at + 1, &one);
    lac_config_clear(&one);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* Every point of the grid that the settings of a section span, after those of the file's head that it does not set anew. */
static int expand_from(lac_experiment *e, const scope *s, const lac_ini_entry *at, lac_config *c)
{
  for (;; at++) {
    at = at == s->head_end ? s->own : at;
    if (at == s->own_end)
      return add_run(e, s, c);
    if (!at->key || is_own(at) || (at < s->head_end && find_key(s->own, s->own_end, at->key)))
      continue;
    char **values;
    LAC_TRY(lac_context(lac_expand(at->value, &values), "%s: line %zu: %s", e->path, at->line, at->key));
    int is_grid = values[1] != NULL;
    int status = is_grid ? expand_grid(e, s, at, c, values)
                         : lac_context(lac_config_set(c, at->key, values[0]), "%s: line %zu", e->path, at->line);
    lac_expand_free(values);
    if (status != LAC_OK || is_grid)
      return status;
  }
}

static int expand_sections(lac_experiment *e, const lac_config *defaults, const char *const *overrides)
{
  const lac_ini_entry *end = e->setting + e->settings;
  scope s = { .head = e->setting, .head_end = e->setting, .overrides = overrides };
  while (s.head_end < end && !*s.head_end->section)
    s.head_end++;
  for (s.own = s.head_end; s.own < end; s.own = s.own_end) {
    for (s.own_end = s.own + 1; s.own_end < end && s.own_end->key;)
      s.own_end++;
    if (!lac_experiment_label(s.own->section))
      continue;
    lac_config c;
    int status = lac_config_copy(&c, defaults);
    if (status == LAC_OK)
      status = expand_from(e, &s, s.head, &c);
    lac_config_clear(&c);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* What every section sets anew must still be right in the head. */
static int check_head(const lac_experiment *e, lac_config *scratch)
{
  for (const lac_ini_entry *s = e->setting; s < e->setting + e->settings && !*s->section; s++) {
    if (strcmp(s->key, "best") == 0)
      LAC_TRY(lac_context(lac_best_rule_check(s->value), "%s: line %zu", e->path, s->line));
    if (is_own(s))
      continue;
    char **values;
    LAC_TRY(lac_context(lac_expand(s->value, &values), "%s: line %zu: %s", e->path, s->line, s->key));
    int status = LAC_OK;
    for (char **value = values; status == LAC_OK && *value; value++)
      status = lac_config_set(scratch, s->key, *value);
    lac_expand_free(values);
    LAC_TRY(lac_context(status, "%s: line %zu", e->path, s->line));
  }
  return LAC_OK;
}

static int expand_all(lac_experiment *e, const char *const *overrides)
{
  lac_config defaults;
  const char *missing = lac_experiment_setting(e, "", "missing");
  LAC_TRY(check_settings(e));
  LAC_TRY(lac_networks_new(&e->networks, e->path, e->setting, e->settings));
  if (missing && strcmp(missing, "skip") && strcmp(missing, "fail"))
    return lac_fail(LAC_EUSER, "%s: missing must be skip or fail, not '%.40s'", e->path, missing);
  e->skip_missing = missing && strcmp(missing, "skip") == 0;
  lac_config scratch = { 0 };
  int status = lac_config_init(&defaults);
  if (status == LAC_OK)
    status = lac_config_init(&scratch);
  if (status == LAC_OK)
    status = check_head(e, &scratch);
  if (status == LAC_OK)
    status = expand_sections(e, &defaults, overrides);
  lac_config_clear(&scratch);
  lac_config_clear(&defaults);
  const char *table = lac_experiment_setting(e, "figure", "table");
  if (status == LAC_OK && table && e->runs)
    return lac_fail(LAC_EUSER, "%s: [figure] table draws the rows of %s, and [run %s] would not be drawn; make two files of them", e->path,
                    table, e->run->label);
  if (status == LAC_OK && e->runs == 0 && !table)
    return lac_fail(LAC_EUSER, "%s has no [run LABEL] section", e->path);
  return status;
}

/* ---- files ---- */

/* Figures, tables and folders are named after the file. */
static int set_names(lac_experiment *e, const char *path)
{
  const char *base = strrchr(path, '/'), *dot;
  base = base ? base + 1 : path;
  dot = strrchr(base, '.');
  for (const char *p = base; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 127)
      return lac_fail(LAC_EUSER, "the name of an experiment file is without control characters; rename it");
  e->path = lac_strdup(path);
  e->name = lac_asprintf("%.*s", (int)(dot && dot > base ? dot - base : (ptrdiff_t)strlen(base)), base);
  return e->path && e->name ? LAC_OK : LAC_ENOMEM;
}

static int check_claims(const lac_experiment *e, const lac_ini *claims, const char *path)
{
  for (const lac_ini_entry *s = claims->entry; s < claims->entry + claims->count; s++) {
    LAC_TRY(lac_context(check_section(s, 1), "%s: line %zu", path, s->line));
    for (const lac_ini_entry *t = e->setting; !s->key && t < e->setting + e->settings; t++)
      if (!t->key && strcmp(s->section, t->section) == 0)
        return lac_fail(LAC_EUSER, "%s: line %zu: [%s] is there already, in line %zu of %s", path, s->line, s->section, t->line, e->path);
  }
  return LAC_OK;
}

static int append_claims(lac_experiment *e, const char *path, lac_ini claims)
{
  int status = check_claims(e, &claims, path);
  if (status == LAC_OK)
    status = lac_grow(&e->setting, &e->setting_cap, e->settings + claims.count, sizeof *e->setting);
  if (status == LAC_OK && claims.count) {
    memcpy(e->setting + e->settings, claims.entry, claims.count * sizeof *claims.entry);
    e->settings += claims.count;
    claims.count = 0;      /* its texts have a new owner */
  }
  lac_ini_free(&claims);
  return status;
}

int lac_experiment_append(lac_experiment *e, const char *path)
{
  lac_ini claims;
  LAC_TRY(lac_ini_read(&claims, path));
  return append_claims(e, path, claims);
}

int lac_experiment_append_bytes(lac_experiment *e, const char *path, const char *bytes, size_t size)
{
  lac_ini claims;
  LAC_TRY(lac_ini_parse(&claims, path, bytes, size));
  return append_claims(e, path, claims);
}

int lac_experiment_load(lac_experiment *e, const char *path, const char *const *overrides)
{
  return lac_experiment_parse(e, path, NULL, 0, overrides);
}

int lac_experiment_parse(lac_experiment *e, const char *path, const char *bytes, size_t size, const char *const *overrides)
{
  lac_ini file = { 0 };
  *e = (lac_experiment){ 0 };
  int status = set_names(e, path);
  if (status == LAC_OK)
    status = bytes ? lac_ini_parse(&file, path, bytes, size) : lac_ini_read(&file, path);
  e->setting = file.entry;
  e->settings = file.count;
  e->setting_cap = file.cap;
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
  lac_ini_free(&(lac_ini){ e->setting, e->settings, e->setting_cap });
  lac_networks_free(e->networks);
  free(e->run);
  free(e->path);
  free(e->name);
  *e = (lac_experiment){ 0 };
}
