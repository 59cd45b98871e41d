#include "store/table.h"

#include "utf8.h"
#include "store/fold.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_name[LAC_ROLES] = { "key", "exact", "error", "speed", "note" };

/* ---- in memory ---- */

void lac_table_init(lac_table *t, size_t rows) { *t = (lac_table){ .rows = rows }; }

lac_table_column *lac_table_add(lac_table *t, const char *name, const char *unit, lac_role role, size_t width)
{
  lac_table_column *more = realloc(t->column, (t->columns + 1) * sizeof *more);
  if (!more)
    return NULL;
  t->column = more;
  lac_table_column *c = &more[t->columns++];
  *c = (lac_table_column){ lac_strdup(name), lac_strdup(unit), role, width, NULL, NULL };
  if (width == 0)
    c->text = lac_alloc(t->rows * sizeof *c->text);
  else
    c->real = lac_alloc(t->rows * width * sizeof *c->real);
  for (size_t i = 0; c->real && i < t->rows * width; i++)
    c->real[i] = NAN;
  return c->name && c->unit && (c->text || c->real) ? c : NULL;
}

int lac_table_note(lac_table *t, const char *key, const char *value)
{
  lac_attribute *more = realloc(t->attribute, (t->attributes + 1) * sizeof *more);
  if (!more)
    return lac_fail(LAC_ENOMEM, "no memory for a table");
  t->attribute = more;
  lac_attribute *a = &more[t->attributes++];
  *a = (lac_attribute){ lac_strdup(key), lac_strdup(value) };
  return a->key && a->value ? LAC_OK : LAC_ENOMEM;
}

void lac_table_close(lac_table *t)
{
  for (lac_table_column *c = t->column; c && c < t->column + t->columns; c++) {
    for (size_t i = 0; c->text && i < t->rows; i++)
      free(c->text[i]);
    free(c->text);
    free(c->real);
    free(c->name);
    free(c->unit);
  }
  for (size_t i = 0; i < t->attributes; i++) {
    free(t->attribute[i].key);
    free(t->attribute[i].value);
  }
  free(t->column);
  free(t->attribute);
  free(t->path);
  *t = (lac_table){ 0 };
}

const lac_table_column *lac_table_find(const lac_table *t, const char *name)
{
  for (size_t i = 0; i < t->columns; i++)
    if (strcmp(t->column[i].name, name) == 0)
      return &t->column[i];
  return NULL;
}

/* ---- writing ---- */

static int write_column(hid_t group, const lac_table *t, const lac_table_column *c)
{
  hsize_t size[2] = { t->rows, c->width };
  hid_t type = c->text ? H5Tcopy(H5T_C_S1) : H5Tcopy(H5T_NATIVE_DOUBLE);
  if (c->text) {
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
  }
  hid_t space = H5Screate_simple(c->width > 1 ? 2 : 1, size, NULL);
  hid_t set = H5Dcreate2(group, c->name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const void *values = c->text ? (const void *)c->text : c->real;
  int ok = set >= 0 && (t->rows == 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0) &&
           lac_store_text(set, "role", role_name[c->role]) && lac_store_text(set, "unit", c->unit);
  H5Dclose(set);
  H5Sclose(space);
  H5Tclose(type);
  return ok;
}

static int write_content(hid_t file, const void *self)
{
  const lac_table *t = self;
  hid_t group = H5Gcreate2(file, "bench", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  int ok = group >= 0;
  for (size_t i = 0; ok && i < t->columns; i++)
    ok = write_column(group, t, &t->column[i]);
  H5Gclose(group);
  for (size_t i = 0; ok && i < t->attributes; i++)
    ok = lac_store_text(file, t->attribute[i].key, t->attribute[i].value);
  return ok;
}

int lac_table_write(const lac_table *t, const char *path) { return lac_store_file(path, write_content, t); }

/* ---- reading ---- */

static int role_of(const char *name)
{
  for (int role = 0; name && role < LAC_ROLES; role++)
    if (strcmp(role_name[role], name) == 0)
      return role;
  return LAC_ROLE_NOTE;
}

static const char *text_of(const lac_attribute *a, size_t count, const char *key)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(a[i].key, key) == 0)
      return a[i].value;
  return NULL;
}

typedef struct { lac_attribute *all; size_t count; } notes;

static void free_notes(notes *n)
{
  for (size_t i = 0; i < n->count; i++) {
    free(n->all[i].key);
    free(n->all[i].value);
  }
  free(n->all);
}

/* A column takes over the numbers or texts of a data set. */
static int add_column(lac_table *t, const char *name, const notes *about, lac_set *s)
{
  const char *unit = text_of(about->all, about->count, "unit"), *role = text_of(about->all, about->count, "role");
  if (s->rows > LAC_TABLE_ROWS_MOST || s->width > LAC_TABLE_WIDTH_MOST || (t->columns && s->rows != t->rows))
    return lac_fail(LAC_EFORMAT, "%s is damaged: /bench/%.60s has not as many rows as the others, or too many", t->path, name);
  t->rows = s->rows;
  lac_table_column *c = lac_table_add(t, name, unit ? unit : "", (lac_role)role_of(role), s->kind == LAC_SET_TEXTS ? 0 : s->width);
  if (!c)
    return lac_fail(LAC_ENOMEM, "no memory for a table");
  lac_printable(c->name);
  free(c->text);
  free(c->real);
  c->text = s->text;
  c->real = s->real;
  *s = (lac_set){ 0 };
  return LAC_OK;
}

static int read_notes(lac_file *f, hid_t group, const char *name, notes *about)
{
  hid_t set = lac_load_object(group, name, H5I_DATASET);
  int status = set >= 0 ? lac_load_texts(f, set, "", 0, &about->all, &about->count) : LAC_OK;
  H5Dclose(set);
  return status;
}

static int read_column(void *self, lac_file *f, hid_t group, const char *name)
{
  notes about = { 0 };
  lac_set s;
  LAC_TRY(lac_load_set(f, group, name, &s));
  int status = read_notes(f, group, name, &about);
  if (status == LAC_OK)
    status = add_column(self, name, &about, &s);
  lac_set_free(&s);
  free_notes(&about);
  return status;
}

static int read_all(lac_table *t, lac_file *f, int *is_table)
{
  hid_t group = lac_load_object(f->id, "bench", H5I_GROUP);
  *is_table = group >= 0;
  if (!*is_table)
    return LAC_OK;
  int status = lac_load_members(f, group, LAC_TABLE_COLUMNS_MOST, read_column, t);
  H5Gclose(group);
  return status == LAC_OK ? lac_load_texts(f, f->id, "", 0, &t->attribute, &t->attributes) : status;
}

int lac_table_open(lac_table *t, const char *path, int *is_table)
{
  lac_file f = { .id = -1 };
  *is_table = 0;
  *t = (lac_table){ .path = lac_strdup(path) };
  int status = t->path ? lac_load_file(&f, path) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = read_all(t, &f, is_table);
  lac_load_close(&f);
  if (status != LAC_OK || !*is_table)
    lac_table_close(t);
  return status;
}
