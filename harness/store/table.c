#include "store/table.h"

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

static int damaged(const lac_table *t, const char *name)
{
  return lac_fail(LAC_EUSER, "%s is damaged: /bench/%s cannot be read", t->path, name);
}

/* Texts of a file that another program may have written. */
static int read_texts(hid_t set, lac_table_column *c, size_t rows)
{
  char **values = lac_alloc(rows * sizeof *values);
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Dget_space(set);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  int ok = values && (rows == 0 || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  for (size_t i = 0; ok && i < rows; i++)
    ok = (c->text[i] = lac_strdup(values[i] ? values[i] : "")) != NULL;
  if (values && rows)
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
  free(values);
  H5Sclose(space);
  H5Tclose(type);
  return ok;
}

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

static int add_column(lac_table *t, hid_t group, hid_t set, const char *name, const lac_attribute *about, size_t known)
{
  hid_t space = H5Dget_space(set), type = H5Dget_type(set);
  hsize_t size[2] = { 0, 1 };
  int dimensions = H5Sget_simple_extent_ndims(space), is_text = H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
  int ok = dimensions >= 1 && dimensions <= 2 && H5Sget_simple_extent_dims(space, size, NULL) >= 0 && size[1] > 0;
  H5Sclose(space);
  H5Tclose(type);
  if (!ok || (is_text && dimensions > 1) || (t->columns && size[0] != t->rows))
    return damaged(t, name);
  t->rows = (size_t)size[0];
  const char *unit = text_of(about, known, "unit");
  lac_table_column *c = lac_table_add(t, name, unit ? unit : "", (lac_role)role_of(text_of(about, known, "role")),
                                      is_text ? 0 : (size_t)size[1]);
  if (!c)
    return LAC_ENOMEM;
  if (is_text)
    return read_texts(set, c, t->rows) ? LAC_OK : damaged(t, name);
  free(c->real);
  size_t count = 0;
  c->real = lac_load_vector(group, name, &count);
  return c->real && count == t->rows * c->width ? LAC_OK : damaged(t, name);
}

typedef struct { lac_table *table; int status; } reading;

static herr_t read_column(hid_t group, const char *name, const H5L_info_t *info, void *self)
{
  reading *r = self;
  lac_attribute *about = NULL;
  size_t known = 0;
  (void)info;
  hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
  r->status = set < 0 ? damaged(r->table, name) : lac_load_texts(group, name, "", &about, &known);
  if (r->status == LAC_OK)
    r->status = add_column(r->table, group, set, name, about, known);
  for (size_t i = 0; i < known; i++) {
    free(about[i].key);
    free(about[i].value);
  }
  free(about);
  H5Dclose(set);
  return r->status == LAC_OK ? 0 : -1;
}

static int read_all(lac_table *t, hid_t file, int *is_table)
{
  reading r = { t, LAC_OK };
  hsize_t at = 0;
  hid_t group = H5Gopen2(file, "bench", H5P_DEFAULT);
  *is_table = group >= 0;
  if (!*is_table)
    return LAC_OK;
  herr_t status = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, read_column, &r);
  H5Gclose(group);
  LAC_TRY(r.status);
  return status < 0 ? damaged(t, "") : lac_load_texts(file, "/", "", &t->attribute, &t->attributes);
}

int lac_table_open(lac_table *t, const char *path, int *is_table)
{
  hid_t file = -1;
  int sealed = 0;
  *is_table = 0;
  *t = (lac_table){ .path = lac_strdup(path) };
  int status = t->path ? lac_load_file(path, &file, &sealed) : LAC_ENOMEM;
  if (status == LAC_OK) {
    status = read_all(t, file, is_table);
    H5Fclose(file);
  }
  if (status == LAC_OK && *is_table && !sealed)
    status = lac_fail(LAC_EUSER, "%s was cut short or changed after laconic wrote it: its last bytes are not a seal", path);
  if (status != LAC_OK || !*is_table)
    lac_table_close(t);
  return status;
}
