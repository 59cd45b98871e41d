/* Files as rows of quantities. */
#include "compare/compare.h"
#include "stats.h"
#include "store/trace.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lac_quantity *lac_row_add(lac_row *r, const char *name, const char *unit, int better)
{
  if (r->quantities == LAC_QUANTITIES_MOST)
    return NULL;
  lac_quantity *q = &r->quantity[r->quantities++];
  *q = (lac_quantity){ .value = NAN, .better = better };
  snprintf(q->name, sizeof q->name, "%s", name);
  snprintf(q->unit, sizeof q->unit, "%s", unit);
  return q;
}

static int add_row(lac_side *s, lac_row **row)
{
  LAC_TRY(lac_grow(&s->row, &s->row_cap, s->rows + 1, sizeof *s->row));
  *row = &s->row[s->rows++];
  **row = (lac_row){ 0 };
  return LAC_OK;
}

static const char *base_name(const char *path) { return strrchr(path, '/') ? strrchr(path, '/') + 1 : path; }

/* Append to a text that free() may take; NULL stays NULL. */
static __attribute__((format(printf, 2, 3)))
void append(char **text, const char *format, ...)
{
  va_list args;
  char *more = NULL, *longer = NULL;
  va_start(args, format);
  if (vasprintf(&more, format, args) < 0)
    more = NULL;
  va_end(args);
  if (*text && more)
    longer = lac_asprintf("%s%s", *text, more);
  free(more);
  free(*text);
  *text = longer;
}

/* ---- results ---- */

/* Reals of a run on another machine differ by rounding, and what has converged by more than that, relatively. */
static const double rounding = 1e-9, converged = 1e-28;

static int has_diverged(const lac_result *r)
{
  const char *reason = lac_result_attribute(r, "reason");
  return reason && strcmp(reason, "diverged") == 0;
}

/* Of a column that nobody knows, neither less nor more is better. */
static void add_column(lac_row *row, const lac_result *r, size_t k)
{
  const lac_column_words *about = lac_column_about(r->name[k]);
  int is_count = about && about->is_count;
  const double *column = r->column[k];
  lac_quantity *q = lac_row_add(row, r->name[k], about ? about->unit : "", about ? about->better : 0);
  if (!q || r->rows == 0)
    return;
  q->value = column[r->rows - 1];
  if (!is_count && (isnan(q->value) || has_diverged(r)))
    q->value = q->better > 0 ? -INFINITY : INFINITY;
  q->noise = is_count ? 0 : rounding;
  q->floor = is_count || !isfinite(column[0]) ? 0 : converged * fabs(column[0]);
}

/* No repeats: they are shown, and never count. */
static void add_seconds(lac_row *row, const lac_result *r)
{
  static const char *const names[] = { "total", "compress" };
  for (size_t i = 0; i < LAC_COUNT(names); i++) {
    char key[32], name[32];
    snprintf(key, sizeof key, "timing.%s", names[i]);
    snprintf(name, sizeof name, "seconds_%s", names[i]);
    const char *value = lac_result_attribute(r, key);
    lac_quantity *q = value ? lac_row_add(row, name, "s", -1) : NULL;
    if (q) {
      q->value = atof(value);
      q->is_speed = 1;
    }
  }
}

static void name_run(lac_row *row, const lac_result *r)
{
  static const char given[] = "environment.given.";
  static const char *const shown[] = { "algorithm", "up", "problem", "dataset" };
  const char *digest = lac_result_attribute(r, "config_digest");
  row->key = lac_strdup(digest ? digest : "");
  row->file = lac_strdup(base_name(r->path));
  row->given = lac_strdup("");
  row->name = lac_strdup("");
  for (size_t i = 0; i < r->attributes; i++)
    if (strncmp(r->attribute[i].key, given, strlen(given)) == 0)
      append(&row->given, "%s=%s\n", r->attribute[i].key + strlen(given), r->attribute[i].value);
  for (size_t i = 0; i < LAC_COUNT(shown); i++) {
    char key[64];
    snprintf(key, sizeof key, "%s%s", given, shown[i]);
    const char *value = lac_result_attribute(r, key);
    if (value && *value)
      append(&row->name, "%s ", value);
  }
  int by_digest = row->file && digest && strncmp(row->file, digest, strlen(digest)) == 0;
  append(&row->name, "%.*s", by_digest ? 8 : 80, row->file ? row->file : "");
}

static int add_result(lac_side *s, lac_result *r)
{
  lac_row *row;
  LAC_TRY(add_row(s, &row));
  row->result = r;
  name_run(row, r);
  for (size_t k = 0; k < r->columns; k++)
    add_column(row, r, k);
  add_seconds(row, r);
  return row->name && row->key && row->file && row->given ? LAC_OK : LAC_ENOMEM;
}

/* ---- tables of measurements ---- */

static double median_of(const double *sample, size_t count)
{
  double *sorted = lac_alloc(count * sizeof *sorted), median = NAN;
  if (sorted && count) {
    memcpy(sorted, sample, count * sizeof *sorted);
    median = lac_quantile(sorted, count, 0.5);
  }
  free(sorted);
  return median;
}

/* What this table says of a speed, behind what others of the side say. */
static int add_sample(lac_quantity *q, const double *cell, size_t width)
{
  lac_sample sample = { .repeat = cell };
  while (sample.count < width && !isnan(cell[sample.count]))
    sample.count++;
  sample.median = median_of(cell, sample.count);
  LAC_TRY(lac_grow(&q->sample, &q->sample_cap, q->samples + 1, sizeof sample));
  q->sample[q->samples++] = sample;
  double *medians = lac_alloc(q->samples * sizeof *medians);
  if (!medians)
    return LAC_ENOMEM;
  for (size_t i = 0; i < q->samples; i++)
    medians[i] = q->sample[i].median;
  q->value = lac_quantile(medians, q->samples, 0.5);
  free(medians);
  return LAC_OK;
}

static lac_quantity *find_quantity(lac_row *row, const char *name)
{
  for (size_t i = 0; i < row->quantities; i++)
    if (strcmp(row->quantity[i].name, name) == 0)
      return &row->quantity[i];
  return NULL;
}

/* Counts and errors are the same in every table. */
static int add_cell(lac_row *row, const lac_table_column *c, size_t i)
{
  const double *cell = c->real + i * c->width;
  lac_quantity *q = c->role == LAC_ROLE_NOTE ? NULL : find_quantity(row, c->name);
  if (!q && c->role != LAC_ROLE_NOTE && (q = lac_row_add(row, c->name, c->unit, -1))) {
    q->value = cell[0];
    q->noise = c->role == LAC_ROLE_ERROR ? rounding : 0;
    q->floor = c->role == LAC_ROLE_ERROR ? converged : 0;
    q->is_speed = c->role == LAC_ROLE_SPEED;
  }
  return q && q->is_speed ? add_sample(q, cell, c->width) : LAC_OK;
}

static void name_cell(char **name, const lac_table_column *c, size_t i)
{
  const char *between = *name && **name ? " " : "";
  if (c->text)
    append(name, "%s%s", between, c->text[i]);
  else
    append(name, "%s%s=%.10g", between, c->name, c->real[i]);
}

/* The row of this name that another table has begun, or a new one, which takes the name.  NULL: no memory. */
static lac_row *row_of(lac_side *s, char *name)
{
  lac_row *row;
  for (size_t i = 0; i < s->rows; i++)
    if (!s->row[i].result && strcmp(s->row[i].key, name) == 0) {
      free(name);
      return &s->row[i];
    }
  if (add_row(s, &row) != LAC_OK) {
    free(name);
    return NULL;
  }
  row->name = name;
  row->key = lac_strdup(name);
  row->file = lac_strdup("");
  row->given = lac_strdup("");
  return row->key && row->file && row->given ? row : NULL;
}

static int add_table(lac_side *s, const lac_table *t)
{
  for (size_t i = 0; i < t->rows; i++) {
    char *name = lac_strdup("");
    for (const lac_table_column *c = t->column; c < t->column + t->columns; c++)
      if (c->role == LAC_ROLE_KEY)
        name_cell(&name, c, i);
    lac_row *row = name ? row_of(s, name) : NULL;
    if (!row)
      return LAC_ENOMEM;
    for (const lac_table_column *c = t->column; c < t->column + t->columns; c++)
      if (c->role != LAC_ROLE_KEY && c->real)
        LAC_TRY(add_cell(row, c, i));
  }
  return LAC_OK;
}

/* ---- files ---- */

static int keep_table(lac_side *s, lac_table *t)
{
  LAC_TRY(lac_grow(&s->table, &s->table_cap, s->tables + 1, sizeof *s->table));
  s->table[s->tables++] = t;
  return add_table(s, t);
}

static int keep_result(lac_side *s, const char *path)
{
  lac_result *r = lac_alloc(sizeof *r);
  int status = r ? lac_result_open(r, path) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = lac_grow(&s->result, &s->result_cap, s->results + 1, sizeof *s->result);
  if (status != LAC_OK) {
    free(r);
    return status;
  }
  s->result[s->results++] = r;
  return add_result(s, r);
}

static int add_file(void *self, const char *path)
{
  lac_side *s = self;
  int is_table = 0;
  lac_table *t = lac_alloc(sizeof *t);
  int status = t ? lac_table_open(t, path, &is_table) : LAC_ENOMEM;
  if (status == LAC_OK && is_table)
    return keep_table(s, t);
  free(t);
  return status == LAC_OK ? keep_result(s, path) : status;
}

int lac_side_open(lac_side *s, const char *path)
{
  *s = (lac_side){ .path = path };
  return lac_result_files(path, add_file, s);
}

void lac_side_close(lac_side *s)
{
  for (size_t i = 0; i < s->rows; i++) {
    free(s->row[i].name);
    free(s->row[i].key);
    free(s->row[i].file);
    free(s->row[i].given);
    for (size_t k = 0; k < s->row[i].quantities; k++)
      free(s->row[i].quantity[k].sample);
  }
  for (size_t i = 0; i < s->results; i++) {
    lac_result_close(s->result[i]);
    free(s->result[i]);
  }
  for (size_t i = 0; i < s->tables; i++) {
    lac_table_close(s->table[i]);
    free(s->table[i]);
  }
  free(s->row);
  free(s->result);
  free(s->table);
  *s = (lac_side){ 0 };
}
