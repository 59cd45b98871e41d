#include "store/store.h"

#include "utf8.h"
#include "store/seal.h"
#include "store/temporary.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lac_store_version(char text[static 32])
{
  unsigned major, minor, release;
  H5get_libversion(&major, &minor, &release);
  snprintf(text, 32, "%u.%u.%u", major, minor, release);
}

/* ---- writing ---- */

static hid_t text_type(void)
{
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

int lac_store_text(hid_t at, const char *key, const char *value)
{
  hid_t type = text_type(), space = H5Screate(H5S_SCALAR), attribute;
  attribute = H5Acreate2(at, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
  int ok = attribute >= 0 && H5Awrite(attribute, type, &value) >= 0;
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
  return ok;
}

int lac_store_scalar(hid_t at, const char *key, hid_t type, const void *value)
{
  hid_t space = H5Screate(H5S_SCALAR), attribute = H5Acreate2(at, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
  int ok = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
  H5Aclose(attribute);
  H5Sclose(space);
  return ok;
}

/* Digits that a 64-bit integer and a double hold, and that are not 16 of a hash. */
enum { INTEGER_DIGITS = 15 };

static int is_integer(const char *value)
{
  size_t sign = *value == '-', digits = strspn(value + sign, "0123456789");
  return digits && digits <= INTEGER_DIGITS && !value[sign + digits] && (value[sign] != '0' || (digits == 1 && !sign));
}

static int is_real(const char *value, double *real)
{
  char *end, same[32];
  *real = strtod(value, &end);
  return *value && !*end && strspn(value, "0123456789") < INTEGER_DIGITS && strcmp(lac_format_real(*real, same), value) == 0;
}

int lac_store_value(hid_t at, const char *key, const char *value)
{
  double real;
  int64_t integer;
  if (is_integer(value)) {
    integer = strtoll(value, NULL, 10);
    return lac_store_scalar(at, key, H5T_NATIVE_INT64, &integer);
  }
  return is_real(value, &real) ? lac_store_scalar(at, key, H5T_NATIVE_DOUBLE, &real) : lac_store_text(at, key, value);
}

int lac_store_vector(hid_t at, const char *name, hid_t type, const void *values, size_t count)
{
  hsize_t size = count;
  hid_t space = H5Screate_simple(1, &size, NULL), set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  int ok = set >= 0 && (count == 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(set);
  H5Sclose(space);
  return ok;
}

/* HDF5 tells files in memory apart by name. */
static hid_t memory_file(const void *owner, char name[static 32])
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  snprintf(name, 32, "memory %p", owner);
  H5Pset_fapl_core(access, 1 << 16, 0);
  return access;
}

static int copy_image(hid_t file, lac_bytes *b)
{
  ssize_t size = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 ? H5Fget_file_image(file, NULL, 0) : -1;
  if (size <= 0 || !(b->bytes = malloc((size_t)size + LAC_SEAL_BYTES)) || H5Fget_file_image(file, b->bytes, (size_t)size) != size)
    return 0;
  lac_seal_make(b->bytes, (size_t)size, b->bytes + size);
  b->size = (size_t)size + LAC_SEAL_BYTES;
  return 1;
}

int lac_store_make(lac_bytes *b, int (*content)(hid_t file, const void *self), const void *self)
{
  char name[32];
  hid_t access = memory_file(b, name), file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  *b = (lac_bytes){ 0 };
  int ok = file >= 0 && content(file, self) && copy_image(file, b);
  H5Fclose(file);
  H5Pclose(access);
  if (!ok) {
    free(b->bytes);
    *b = (lac_bytes){ 0 };
  }
  return ok ? LAC_OK : lac_fail(LAC_EIO, "HDF5 cannot make the file: out of memory, or two things in it have one name");
}

int lac_store_put(const lac_bytes *b, const char *path)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_create(&t, path));
  int status = lac_write_bytes(t.fd, b->bytes, b->size) == b->size ? LAC_OK :
               lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(errno));
  if (status == LAC_OK)
    status = lac_temporary_settle(&t);
  lac_temporary_drop(&t);
  return status;
}

int lac_store_file(const char *path, int (*content)(hid_t file, const void *self), const void *self)
{
  lac_bytes b;
  LAC_TRY(lac_context(lac_store_make(&b, content, self), "cannot write %s", path));
  int status = lac_store_put(&b, path);
  free(b.bytes);
  return status;
}

/* ---- reading: files ---- */

static int opened(lac_file *f)
{
  return f->id >= 0 ? LAC_OK : lac_fail(LAC_EFORMAT, "%s is not a whole HDF5 file: cut short, damaged or something else", f->path);
}

int lac_load_open(lac_file *f, const char *path)
{
  *f = (lac_file){ .id = -1, .path = path };
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  LAC_TRY(lac_seal_check(path, &f->left));
  f->id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  return opened(f);
}

int lac_load_bytes(lac_file *f, const char *path, const lac_bytes *b)
{
  char name[32];
  hid_t access = memory_file(b, name);
  *f = (lac_file){ .id = -1, .path = path, .left = b->size };
  if (H5Pset_file_image(access, b->bytes, b->size) >= 0)
    f->id = H5Fopen(name, H5F_ACC_RDONLY, access);
  H5Pclose(access);
  return opened(f);
}

void lac_load_close(lac_file *f)
{
  if (f->id >= 0)
    H5Fclose(f->id);
  f->id = -1;
}

static int charge_bytes(lac_file *f, uint64_t bytes)
{
  if (bytes > f->left)
    return 0;
  f->left -= bytes;
  return 1;
}

static int strange(const lac_file *f, const char *what, const char *name)
{
  return lac_fail(LAC_EFORMAT, "%s is damaged or not of laconic: %s '%.60s' is not of the kind that laconic writes", f->path, what, name);
}

hid_t lac_load_object(hid_t at, const char *name, H5I_type_t kind)
{
  H5L_info_t link;
  if (strchr(name, '/') || H5Lget_info(at, name, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
    return -1;
  hid_t object = H5Oopen(at, name, H5P_DEFAULT);
  if (object < 0 || H5Iget_type(object) == kind)
    return object;
  H5Oclose(object);
  return -1;
}

/* ---- reading: attributes ---- */

static int is_scalar(hid_t attribute)
{
  hid_t space = H5Aget_space(attribute);
  int yes = space >= 0 && H5Sget_simple_extent_type(space) == H5S_SCALAR;
  H5Sclose(space);
  return yes;
}

static int is_text(hid_t type) { return type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0; }

/* Texts of that type in memory, in their own set of characters: HDF5 1.14 converts none to another. */
static hid_t in_memory(hid_t text) { return H5Tget_native_type(text, H5T_DIR_DEFAULT); }

int lac_load_attribute(hid_t at, const char *key, hid_t type, void *value)
{
  hid_t attribute = H5Aexists(at, key) > 0 ? H5Aopen(at, key, H5P_DEFAULT) : -1;
  hid_t own = attribute >= 0 ? H5Aget_type(attribute) : -1;
  int ok = own >= 0 && is_scalar(attribute) && H5Tequal(own, type) > 0 && H5Aread(attribute, type, value) >= 0;
  H5Tclose(own);
  H5Aclose(attribute);
  return ok;
}

typedef struct { lac_file *file; const char *prefix; int numbers; lac_attribute **all; size_t *count; int status; } texts;

static int add_text(texts *t, const char *key, const char *value)
{
  lac_attribute *more = realloc(*t->all, (*t->count + 1) * sizeof *more);
  if (!more)
    return lac_fail(LAC_ENOMEM, "no memory for the attributes of a file");
  *t->all = more;
  lac_attribute *a = &more[(*t->count)++];
  *a = (lac_attribute){ lac_asprintf("%s%s", t->prefix, key), lac_strdup(value) };
  if (!a->key || !a->value)
    return LAC_ENOMEM;
  lac_printable(a->key);
  lac_printable(a->value);
  return LAC_OK;
}

/* "5", "0.1"; 0: not a number of ours. */
static int read_number(hid_t attribute, hid_t own, char text[static 32])
{
  double real;
  int64_t integer;
  if (own < 0 || !is_scalar(attribute))
    return 0;
  if (H5Tequal(own, H5T_NATIVE_INT64) > 0 && H5Aread(attribute, H5T_NATIVE_INT64, &integer) >= 0)
    snprintf(text, 32, "%lld", (long long)integer);
  else if (H5Tequal(own, H5T_NATIVE_DOUBLE) > 0 && H5Aread(attribute, H5T_NATIVE_DOUBLE, &real) >= 0)
    lac_format_real(real, text);
  else
    return 0;
  return 1;
}

static int read_text(hid_t attribute, hid_t own, char **value)
{
  hid_t type = is_text(own) && is_scalar(attribute) ? in_memory(own) : -1;
  int good = type >= 0 && H5Aread(attribute, type, value) >= 0 && *value;
  H5Tclose(type);
  return good;
}

static herr_t read_attribute(hid_t at, const char *name, const H5A_info_t *info, void *self)
{
  texts *t = self;
  char *text = NULL, number[32];
  (void)info;
  hid_t attribute = H5Aopen(at, name, H5P_DEFAULT), own = attribute >= 0 ? H5Aget_type(attribute) : -1;
  const char *value = t->numbers && read_number(attribute, own, number) ? number : read_text(attribute, own, &text) ? text : NULL;
  int good = value && charge_bytes(t->file, strlen(name) + strlen(value));
  t->status = good ? add_text(t, name, value) : strange(t->file, "the attribute", name);
  H5free_memory(text);
  H5Tclose(own);
  H5Aclose(attribute);
  return t->status != LAC_OK;      /* positive: stop here */
}

int lac_load_texts(lac_file *f, hid_t at, const char *prefix, int numbers, lac_attribute **all, size_t *count)
{
  texts t = { f, prefix, numbers, all, count, LAC_OK };
  hsize_t from = 0;
  herr_t status = H5Aiterate2(at, H5_INDEX_NAME, H5_ITER_INC, &from, read_attribute, &t);
  LAC_TRY(t.status);
  return status >= 0 ? LAC_OK : lac_fail(LAC_EFORMAT, "%s is damaged: its attributes cannot be read", f->path);
}

/* ---- reading: data sets ---- */

/* Data in other files, made of other sets, or behind filters, which HDF5 loads as programs, are none of ours. */
static int lies_here(hid_t set)
{
  hid_t how = H5Dget_create_plist(set);
  int yes = how >= 0 && H5Pget_layout(how) == H5D_CONTIGUOUS && H5Pget_external_count(how) == 0 && H5Pget_nfilters(how) == 0;
  H5Pclose(how);
  return yes;
}

int lac_load_shape(hid_t set, int dimensions, hsize_t *size)
{
  hid_t space = H5Dget_space(set);
  int ok = space >= 0 && H5Sget_simple_extent_type(space) == H5S_SIMPLE && H5Sget_simple_extent_ndims(space) == dimensions &&
           H5Sget_simple_extent_dims(space, size, NULL) == dimensions && lies_here(set);
  H5Sclose(space);
  return ok;
}

static int kind_of(hid_t type, lac_set_kind *kind)
{
  *kind = is_text(type) ? LAC_SET_TEXTS : H5Tequal(type, H5T_NATIVE_DOUBLE) > 0 ? LAC_SET_REALS : LAC_SET_COUNTS;
  return type >= 0 && (*kind != LAC_SET_COUNTS || H5Tequal(type, H5T_NATIVE_UINT64) > 0);
}

/* Its bytes as its shape has them, no more than are left of the file, and as many as it really stores. */
static int measure(lac_file *f, hid_t set, lac_set *s)
{
  hsize_t size[2] = { 0, 1 };
  hid_t type = H5Dget_type(set);
  size_t unit = type >= 0 ? H5Tget_size(type) : 0;
  int ok = kind_of(type, &s->kind) && (lac_load_shape(set, 1, size) || (s->kind != LAC_SET_TEXTS && lac_load_shape(set, 2, size))) &&
           size[1] > 0 && size[0] <= f->left / unit && size[1] <= f->left / unit / (size[0] ? size[0] : 1) &&
           charge_bytes(f, size[0] * size[1] * unit) && H5Dget_storage_size(set) >= size[0] * size[1] * unit;
  H5Tclose(type);
  s->rows = (size_t)size[0];
  s->width = (size_t)size[1];
  return ok;
}

/* Counts become reals here: HDF5 clears a megabyte for each set that it converts. */
static int read_reals(hid_t set, lac_set *s)
{
  size_t entries = s->rows * s->width;
  hid_t stored = s->kind == LAC_SET_COUNTS ? H5T_NATIVE_UINT64 : H5T_NATIVE_DOUBLE;
  s->real = lac_alloc(entries * sizeof *s->real);
  int ok = s->real && (s->rows == 0 || H5Dread(set, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, s->real) >= 0);
  for (size_t i = 0; ok && s->kind == LAC_SET_COUNTS && i < entries; i++) {
    uint64_t count;
    memcpy(&count, &s->real[i], sizeof count);
    s->real[i] = (double)count;
  }
  return ok;
}

static int copy_texts(lac_file *f, char *const *values, lac_set *s)
{
  for (size_t i = 0; i < s->rows; i++) {
    const char *value = values[i] ? values[i] : "";
    if (!charge_bytes(f, strlen(value)) || !(s->text[i] = lac_strdup(value)))
      return 0;
    lac_printable(s->text[i]);
  }
  return 1;
}

static int read_texts(lac_file *f, hid_t set, lac_set *s)
{
  char **values = lac_alloc(s->rows * sizeof *values);
  hid_t own = H5Dget_type(set), type = in_memory(own), space = H5Dget_space(set);
  hsize_t bytes = 0;
  s->text = lac_alloc(s->rows * sizeof *s->text);
  int ok = type >= 0 && values && s->text;
  ok = ok && (s->rows == 0 || (H5Dvlen_get_buf_size(set, type, space, &bytes) >= 0 && bytes <= f->left + s->rows &&
                               H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0));
  ok = ok && copy_texts(f, values, s);
  if (values && s->rows)
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
  free(values);
  H5Sclose(space);
  H5Tclose(type);
  H5Tclose(own);
  return ok;
}

int lac_load_set(lac_file *f, hid_t group, const char *name, lac_set *s)
{
  *s = (lac_set){ 0 };
  hid_t set = lac_load_object(group, name, H5I_DATASET);
  int ok = set >= 0 && measure(f, set, s) && (s->kind == LAC_SET_TEXTS ? read_texts(f, set, s) : read_reals(set, s));
  H5Dclose(set);
  if (ok)
    return LAC_OK;
  lac_set_free(s);
  return strange(f, "the data set", name);
}

void lac_set_free(lac_set *s)
{
  for (size_t i = 0; s->text && i < s->rows; i++)
    free(s->text[i]);
  free(s->text);
  free(s->real);
  *s = (lac_set){ 0 };
}

/* ---- reading: groups ---- */

typedef struct { lac_file *file; size_t left; lac_load_each each; void *self; int status; } members;

static herr_t read_member(hid_t group, const char *name, const H5L_info_t *info, void *self)
{
  members *m = self;
  (void)info;
  m->status = m->left-- == 0 || !*name || !charge_bytes(m->file, strlen(name)) ? strange(m->file, "the member", name) :
              m->each(m->self, m->file, group, name);
  return m->status != LAC_OK;
}

int lac_load_members(lac_file *f, hid_t group, size_t most, lac_load_each each, void *self)
{
  members m = { f, most, each, self, LAC_OK };
  hsize_t at = 0;
  herr_t status = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, read_member, &m);
  LAC_TRY(m.status);
  return status >= 0 ? LAC_OK : lac_fail(LAC_EFORMAT, "%s is damaged: a group of it cannot be read", f->path);
}
