#include "experiment/tabled.h"

#include "store/csv.h"
#include "utf8.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *lac_table_setting(const lac_experiment *e) { return lac_experiment_setting(e, "figure", "table"); }

int lac_table_refuse(const lac_experiment *e, const char *command)
{
  const char *table = lac_table_setting(e);
  return !table ? LAC_OK : lac_fail(LAC_EUSER, "%s has no runs for laconic %s: it is about the table %s; laconic plot draws it", e->path,
                                    command, table);
}

/* ---- quotients ---- */

typedef struct { char *name; double *column; } quotient;
typedef struct { lac_computed computed; quotient *all; size_t count, cap; } quotients;

static int divide(const lac_result *r, const char *name, const char *slash, double **column)
{
  char *over = lac_asprintf("%.*s", (int)(slash - name), name);
  const double *a = over ? lac_result_column(r, over) : NULL, *b = lac_result_column(r, slash + 1);
  free(over);
  *column = NULL;
  if (!a || !b)
    return LAC_OK;
  if (!(*column = lac_alloc(r->rows * sizeof **column)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < r->rows; i++)
    (*column)[i] = a[i] / b[i];
  return LAC_OK;
}

static int find_quotient(lac_computed *self, const lac_result *r, const char *name, const double **column)
{
  quotients *q = (quotients *)self;
  const char *slash = strchr(name, '/');
  double *made;
  *column = NULL;
  for (size_t i = 0; i < q->count; i++)
    if (strcmp(q->all[i].name, name) == 0)
      *column = q->all[i].column;
  if (*column || !slash)
    return LAC_OK;
  LAC_TRY(lac_grow(&q->all, &q->cap, q->count + 1, sizeof *q->all));
  LAC_TRY(divide(r, name, slash, &made));
  if (made) {
    q->all[q->count] = (quotient){ lac_strdup(name), made };
    *column = made;
    return q->all[q->count++].name ? LAC_OK : LAC_ENOMEM;
  }
  return LAC_OK;
}

static void free_quotients(lac_computed *self)
{
  quotients *q = (quotients *)self;
  for (size_t i = 0; i < q->count; i++) {
    free(q->all[i].name);
    free(q->all[i].column);
  }
  free(q->all);
  free(q);
}

static int attach_quotients(lac_result *r)
{
  quotients *q = lac_alloc(sizeof *q);
  if (!q)
    return LAC_ENOMEM;
  q->computed = (lac_computed){ find_quotient, free_quotients };
  r->computed = &q->computed;
  return LAC_OK;
}

/* ---- a result ---- */

/* Columns of the marked rows; names are not copied. */
static int copy_columns(lac_result *to, size_t columns, double *const *from, size_t rows, const char *takes)
{
  for (size_t i = 0; i < rows; i++)
    to->rows += takes[i] != 0;
  for (; to->columns < columns; to->columns++) {
    size_t n = 0;
    double *column = to->column[to->columns] = lac_alloc(to->rows * sizeof *column);
    if (!column)
      return LAC_ENOMEM;
    for (size_t i = 0; i < rows; i++)
      if (takes[i])
        column[n++] = from[to->columns][i];
  }
  return LAC_OK;
}

int lac_table_part(lac_result *part, const lac_result *r, const char *takes)
{
  *part = (lac_result){ .path = r->path, .name = r->name, .attribute = r->attribute, .attributes = r->attributes, .is_table = 1 };
  if (!(part->column = lac_alloc(r->columns * sizeof *part->column)))
    return LAC_ENOMEM;
  LAC_TRY(copy_columns(part, r->columns, r->column, r->rows, takes));
  return attach_quotients(part);
}

void lac_table_part_free(lac_result *part)
{
  for (size_t k = 0; k < part->columns; k++)
    free(part->column[k]);
  free(part->column);
  if (part->computed)
    part->computed->free(part->computed);
  *part = (lac_result){ 0 };
}

/* ---- keys ---- */

/* Columns that tell results apart, and what stands in them, as text. */
typedef struct { const lac_table_column *column[LAC_TABLE_COLUMNS_MOST]; int differs[LAC_TABLE_COLUMNS_MOST]; size_t count; } keys;

static int is_named(const lac_experiment *e, const char *column)
{
  static const char *const settings[] = { "series", "panels", "by" };
  for (size_t i = 0; i < LAC_COUNT(settings); i++)
    if (lac_experiment_lists(e, "figure", settings[i], column))
      return 1;
  return 0;
}

static int same_cell(const lac_table_column *c, size_t a, size_t b)
{
  return c->text ? strcmp(c->text[a] ? c->text[a] : "", c->text[b] ? c->text[b] : "") == 0 : c->real[a] == c->real[b];
}

static int same_row(const keys *k, size_t a, size_t b)
{
  for (size_t i = 0; i < k->count; i++)
    if (!same_cell(k->column[i], a, b))
      return 0;
  return 1;
}

static void find_keys(const lac_experiment *e, const lac_table *t, keys *k)
{
  *k = (keys){ .count = 0 };
  for (const lac_table_column *c = t->column; c < t->column + t->columns; c++) {
    if (c->text ? c->role != LAC_ROLE_KEY && !is_named(e, c->name) : c->width != 1 || !is_named(e, c->name))
      continue;
    for (size_t row = 1; row < t->rows; row++)
      k->differs[k->count] |= !same_cell(c, 0, row);
    k->column[k->count++] = c;
  }
}

/* Caller frees; NULL: no memory. */
static char *key_value(const lac_table_column *c, size_t row)
{
  char number[32];
  return lac_strdup(c->text ? c->text[row] ? c->text[row] : "" : lac_format_real(c->real[row], number));
}

/* "DiLoCo, level=50"; of the keys that count and differ somewhere.  Caller frees; NULL: no memory. */
static char *join_keys(const lac_experiment *e, const keys *k, size_t row, int (*counts)(const lac_experiment *, const char *))
{
  char *text = lac_strdup("");
  for (size_t i = 0; text && i < k->count; i++) {
    const lac_table_column *c = k->column[i];
    if (!counts(e, c->name) || !k->differs[i])
      continue;
    char *value = key_value(c, row);
    const char *comma = *text ? ", " : "";
    char *longer = !value  ? NULL
                   : c->text ? lac_asprintf("%s%s%s", text, comma, value) : lac_asprintf("%s%s%s=%s", text, comma, c->name, value);
    free(value);
    free(text);
    text = longer;
  }
  return text;
}

static int is_series(const lac_experiment *e, const char *key)
{
  const char *series = lac_experiment_setting(e, "figure", "series");
  return !series || strcmp(series, "label") == 0 || strcmp(series, key) == 0;
}

static int is_variant(const lac_experiment *e, const char *key)
{
  return !is_series(e, key) && !lac_experiment_lists(e, "figure", "panels", key);
}

/* ---- members ---- */

static int add_attribute(lac_result *r, char *key, char *value)
{
  if (!key || !value) {
    free(key);
    free(value);
    return LAC_ENOMEM;
  }
  r->attribute[r->attributes++] = (lac_attribute){ key, value };
  return LAC_OK;
}

/* Keys by their names, and unit.COLUMN. */
static int add_attributes(lac_result *r, const lac_table *t, const keys *k, size_t row)
{
  if (!(r->attribute = lac_alloc((k->count + t->columns) * sizeof *r->attribute)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < k->count; i++)
    LAC_TRY(add_attribute(r, lac_strdup(k->column[i]->name), key_value(k->column[i], row)));
  for (const lac_table_column *c = t->column; c < t->column + t->columns; c++)
    if (!c->text && *c->unit)
      LAC_TRY(add_attribute(r, lac_asprintf("unit.%s", c->name), lac_strdup(c->unit)));
  return LAC_OK;
}

static int add_columns(lac_result *r, const lac_table *t, const char *takes)
{
  double *from[LAC_TABLE_COLUMNS_MOST];
  size_t columns = 0;
  r->name = lac_alloc(t->columns * sizeof *r->name);
  r->column = lac_alloc(t->columns * sizeof *r->column);
  if (!r->name || !r->column)
    return LAC_ENOMEM;
  for (const lac_table_column *c = t->column; c < t->column + t->columns; c++)
    if (!c->text && c->width == 1) {
      if (!(r->name[columns] = lac_strdup(c->name)))
        return LAC_ENOMEM;
      from[columns++] = c->real;
    }
  return copy_columns(r, columns, from, t->rows, takes);
}

enum { RESULTS_MOST = 4096 };      /* a text that differs in every row tells no curves apart */

/* Rows like this one. */
static int add_member(lac_collection *c, const lac_table *t, const keys *k, size_t row, const char *takes)
{
  lac_member *m = &c->member[c->count];
  lac_experiment_run *run = &c->experiment.run[c->count++];
  const char *slash = strrchr(t->path, '/');
  *m = (lac_member){ .run = run, .sibling = m, .factor = "", .present = 1, .state = LAC_RUN_ENDED };
  c->experiment.runs = c->count;
  run->section = "";
  LAC_TRY(lac_config_init(&run->config));
  run->label = join_keys(&c->experiment, k, row, is_series);
  if (run->label && !*run->label) {
    free(run->label);
    run->label = lac_strdup(slash ? slash + 1 : t->path);
  }
  m->variant = join_keys(&c->experiment, k, row, is_variant);
  m->file = lac_strdup(slash ? slash + 1 : t->path);
  m->result = (lac_result){ .path = lac_asprintf("%s:%zu", t->path, row), .is_table = 1 };
  if (!run->label || !m->variant || !m->file || !m->result.path)
    return LAC_ENOMEM;
  LAC_TRY(add_attributes(&m->result, t, k, row));
  LAC_TRY(add_columns(&m->result, t, takes));
  return attach_quotients(&m->result);
}

static int add_members(lac_collection *c, const lac_table *t)
{
  keys k;
  find_keys(&c->experiment, t, &k);
  char *takes = lac_alloc(t->rows), *taken = lac_alloc(t->rows);
  int status = takes && taken ? LAC_OK : LAC_ENOMEM;
  for (size_t row = 0; status == LAC_OK && row < t->rows; row++) {
    if (taken[row])
      continue;
    if (c->count == RESULTS_MOST) {
      status = lac_fail(LAC_EUSER, "%s: its columns of texts, and those of numbers that are named, have more than %d different rows; leave "
                        "out a column in which all rows differ", t->path, RESULTS_MOST);
      break;
    }
    for (size_t i = 0; i < t->rows; i++) {
      takes[i] = i >= row && !taken[i] && same_row(&k, row, i);
      taken[i] |= takes[i];
    }
    taken[row] = takes[row] = 1;      /* also where a number of its keys is NaN */
    status = add_member(c, t, &k, row, takes);
  }
  free(takes);
  free(taken);
  return status;
}

/* ---- the file ---- */

/* Of a file without runs the head has a title, and the command line a folder. */
static int check_settings(const lac_experiment *e, const char *const *settings)
{
  for (const lac_ini_entry *s = e->setting; s < e->setting + e->settings; s++)
    if (s->key && !*s->section && strcmp(s->key, "title") && strcmp(s->key, "results"))
      return lac_fail(LAC_EUSER, "%s: line %zu: %.40s is about runs, and [figure] table draws none; leave it out", e->path, s->line,
                      s->key);
  for (const char *const *s = settings; s && *s; s++)
    if (strncmp(*s, "results=", 8))
      return lac_fail(LAC_EUSER, "--%.*s is about runs, and %s is about a table", (int)strcspn(*s, "="), *s, e->path);
  return LAC_OK;
}

static const char *results_folder(const lac_experiment *e, const char *const *settings)
{
  const char *folder = lac_experiment_setting(e, "", "results");
  for (const char *const *s = settings; s && *s; s++)
    folder = *s + strlen("results=");
  return folder ? folder : "results";
}

/* *path NULL: it is in neither place. */
static int find_file(const lac_experiment *e, const char *const *settings, const char *file, char **path)
{
  const char *slash = strrchr(e->path, '/');
  *path = *file == '/' ? lac_strdup(file) : lac_asprintf("%.*s%s", slash ? (int)(slash - e->path + 1) : 0, e->path, file);
  if (!*path)
    return LAC_ENOMEM;
  if (*file == '/' || access(*path, F_OK) == 0)
    return LAC_OK;
  free(*path);
  *path = lac_asprintf("%s/%s", results_folder(e, settings), file);
  if (*path && access(*path, F_OK)) {
    free(*path);
    *path = NULL;
    return LAC_OK;
  }
  return *path ? LAC_OK : LAC_ENOMEM;
}

static int open_file(lac_table *t, const char *path)
{
  size_t n = strlen(path);
  int is_table;
  if (n > 4 && strcmp(path + n - 4, ".csv") == 0)
    return lac_csv_read(t, path);
  LAC_TRY(lac_table_open(t, path, &is_table));
  return is_table ? LAC_OK : lac_fail(LAC_EUSER, "%s is no table: it is of neither laconic model nor laconic bench, and its name does not "
                                      "end in .csv", path);
}

static int collect_rows(lac_collection *c, const char *path)
{
  lac_table t;
  LAC_TRY(open_file(&t, path));
  lac_printable(t.path);
  c->member = lac_alloc((t.rows + 1) * sizeof *c->member);
  c->experiment.run = lac_alloc((t.rows + 1) * sizeof *c->experiment.run);
  c->count = 0;
  int status = c->member && c->experiment.run ? add_members(c, &t) : LAC_ENOMEM;
  if (status == LAC_OK && c->count == 0)
    status = lac_fail(LAC_EUSER, "%s has no rows", path);
  lac_table_close(&t);
  return status;
}

int lac_table_collect(lac_collection *c, const char *const *settings)
{
  const char *file = lac_table_setting(&c->experiment);
  char *path;
  LAC_TRY(check_settings(&c->experiment, settings));
  LAC_TRY(find_file(&c->experiment, settings, file, &path));
  if (!path && c->any)
    return LAC_OK;
  if (!path)
    return lac_fail(LAC_EUSER, "%s: [figure] table: there is no %s, neither beside this file nor in %s/; make it first, say with laconic "
                    "model", c->experiment.path, file, results_folder(&c->experiment, settings));
  int status = lac_context(collect_rows(c, path), "%s: [figure] table", c->experiment.path);
  free(path);
  return status;
}
