#include "store/result.h"

#include "options.h"
#include "utf8.h"
#include "store/fold.h"
#include "store/seal.h"
#include "store/trace.h"
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_count(const char *name)
{
  const lac_column_words *about = lac_column_about(name);
  return about && about->is_count;
}

static int damaged(const lac_result *r, const char *name)
{
  return lac_fail(LAC_EFORMAT, "%s is damaged or not of laconic: /trace/%.60s is no column like the others", r->path, name);
}

static int read_column(void *self, lac_file *f, hid_t trace, const char *name)
{
  lac_result *r = self;
  lac_set s;
  LAC_TRY(lac_load_set(f, trace, name, &s));
  char *own = lac_strdup(name);
  if (!own || s.kind == LAC_SET_TEXTS || s.width != 1 || (is_count(name) && s.kind != LAC_SET_COUNTS) ||
      (r->columns && s.rows != r->rows)) {
    free(own);
    lac_set_free(&s);
    return damaged(r, name);
  }
  lac_printable(own);
  r->name[r->columns] = own;
  r->column[r->columns++] = s.real;
  r->rows = s.rows;
  return LAC_OK;
}

static int read_trace(lac_result *r, lac_file *f)
{
  hid_t trace = lac_load_object(f->id, "trace", H5I_GROUP);
  if (trace < 0)
    return lac_fail(LAC_EUSER, "%s is not a result of laconic: it has no /trace", r->path);
  r->name = lac_alloc(LAC_COLUMNS_MOST * sizeof *r->name);
  r->column = lac_alloc(LAC_COLUMNS_MOST * sizeof *r->column);
  int status = r->name && r->column ? lac_load_members(f, trace, LAC_COLUMNS_MOST, read_column, r) : LAC_ENOMEM;
  H5Gclose(trace);
  LAC_TRY(status);
  return lac_result_column(r, "round") ? LAC_OK : damaged(r, "round");
}

/* *group -1: there is none of this name. */
static int open_group(const lac_result *r, const lac_file *f, const char *name, hid_t *group)
{
  *group = lac_load_object(f->id, name, H5I_GROUP);
  return *group >= 0 || H5Lexists(f->id, name, H5P_DEFAULT) == 0 ? LAC_OK :
         lac_fail(LAC_EFORMAT, "%s is damaged: /%s is no group", r->path, name);
}

static int read_group(lac_result *r, lac_file *f, const char *name, const char *prefix)
{
  hid_t group;
  LAC_TRY(open_group(r, f, name, &group));
  if (group < 0)
    return LAC_OK;
  int status = lac_load_texts(f, group, prefix, 1, &r->attribute, &r->attributes);
  H5Gclose(group);
  return status;
}

/* *x NULL: it is not there. */
static int read_vector(const lac_result *r, lac_file *f, hid_t group, const char *name, double **x, size_t *d)
{
  lac_set s = { 0 };
  int status = H5Lexists(group, name, H5P_DEFAULT) > 0 ? lac_load_set(f, group, name, &s) : LAC_OK;
  if (status == LAC_OK && s.width && (s.kind != LAC_SET_REALS || s.width != 1)) {
    lac_set_free(&s);
    return lac_fail(LAC_EFORMAT, "%s is damaged: /final/%s is no vector of reals", r->path, name);
  }
  *x = s.real;
  *d = s.rows;
  return status;
}

static int read_final(lac_result *r, lac_file *f)
{
  hid_t group;
  LAC_TRY(open_group(r, f, "final", &group));
  if (group < 0)
    return LAC_OK;
  int status = read_vector(r, f, group, "x", &r->x, &r->d);
  if (status == LAC_OK)
    status = read_vector(r, f, group, "merged", &r->merged, &r->merged_d);
  H5Gclose(group);
  return status;
}

static int read_parts(lac_result *r, lac_file *f, unsigned parts)
{
  static const struct { unsigned part; const char *group, *prefix; } groups[] = {
    { 0, "config", "" }, { LAC_RESULT_MACHINE, "timing", "timing." }, { LAC_RESULT_MACHINE, "environment", "environment." },
  };
  LAC_TRY(read_trace(r, f));
  LAC_TRY(lac_load_texts(f, f->id, "", 0, &r->attribute, &r->attributes));
  for (size_t i = 0; i < LAC_COUNT(groups); i++)
    if (!groups[i].part || (parts & groups[i].part))
      LAC_TRY(read_group(r, f, groups[i].group, groups[i].prefix));
  return parts & LAC_RESULT_FINAL ? read_final(r, f) : LAC_OK;
}

typedef struct { const void *bytes; size_t size; } memory;

static int load_memory(lac_file *f, const char *path, const memory *from)
{
  lac_bytes b = { (uint8_t *)(uintptr_t)from->bytes, from->size };
  *f = (lac_file){ .id = -1 };
  LAC_TRY(lac_seal_check_bytes(from->bytes, from->size, path));
  return lac_load_bytes(f, path, &b);
}

/* Of the disk, or of memory. */
static int read_file(lac_result *r, const char *path, const memory *from, unsigned parts)
{
  lac_file f;
  int status = from ? load_memory(&f, path, from) : lac_load_file(&f, path);
  if (status == LAC_OK)
    status = read_parts(r, &f, parts);
  lac_load_close(&f);
  return status;
}

static int open_result(lac_result *r, const char *path, const memory *from, unsigned parts)
{
  *r = (lac_result){ .path = lac_strdup(path), .bytes = from ? from->bytes : NULL, .size = from ? from->size : 0 };
  if (!r->path)
    return LAC_ENOMEM;
  int status = read_file(r, path, from, parts);
  lac_printable(r->path);
  if (status != LAC_OK)
    lac_result_close(r);
  return status;
}

int lac_result_open_parts(lac_result *r, const char *path, unsigned parts) { return open_result(r, path, NULL, parts); }

int lac_result_open_bytes(lac_result *r, const char *path, const void *bytes, size_t size, unsigned parts)
{
  return open_result(r, path, &(memory){ bytes, size }, parts);
}

int lac_result_open(lac_result *r, const char *path) { return lac_result_open_parts(r, path, LAC_RESULT_MACHINE | LAC_RESULT_FINAL); }

void lac_result_close(lac_result *r)
{
  for (size_t k = 0; k < r->columns; k++) {
    free(r->name[k]);
    free(r->column[k]);
  }
  for (size_t i = 0; i < r->attributes; i++) {
    free(r->attribute[i].key);
    free(r->attribute[i].value);
  }
  if (r->computed)
    r->computed->free(r->computed);
  free(r->name);
  free(r->column);
  free(r->attribute);
  free(r->x);
  free(r->merged);
  free(r->path);
  *r = (lac_result){ 0 };
}

const double *lac_result_column(const lac_result *r, const char *name)
{
  for (size_t k = 0; k < r->columns; k++)
    if (strcmp(r->name[k], name) == 0)
      return r->column[k];
  return NULL;
}

const char *lac_result_attribute(const lac_result *r, const char *key)
{
  for (size_t i = 0; i < r->attributes; i++)
    if (strcmp(r->attribute[i].key, key) == 0)
      return r->attribute[i].value;
  return NULL;
}

enum { FIND_NAME = 1200 };      /* time_to(COLUMN, LEVEL, NETWORK) is a name, too */

static int find_bare(const lac_result *r, const char *name, size_t length, lac_derived *q)
{
  char bare[FIND_NAME];
  if (length >= sizeof bare)
    return 0;
  snprintf(bare, sizeof bare, "%.*s", (int)length, name);
  int is_sum = strcmp(bare, "bits") == 0 && !lac_result_column(r, bare);      /* a table may have a column of this name */
  *q = (lac_derived){ lac_result_column(r, is_sum ? "bits_up" : bare), is_sum ? lac_result_column(r, "bits_down") : NULL, 1 };
  return q->column && (!is_sum || q->plus);
}

static int find_derived(const lac_result *r, const char *name, lac_derived *q)
{
  size_t length = strlen(name), bare = lac_column_bare(name);
  if (find_bare(r, name, length, q))
    return 1;
  if (bare == length || !find_bare(r, name, bare, q))
    return 0;
  const char *clients = lac_result_attribute(r, "clients");
  double first = r->rows ? lac_derived_at(q, 0) : 1;
  if (strcmp(name + bare, "_relative") == 0)
    q->divisor = first > 0 ? first : NAN;
  else
    q->divisor = clients ? atof(clients) : 1;
  return 1;
}

int lac_result_find(const lac_result *r, const char *name, lac_derived *q)
{
  if (find_derived(r, name, q))
    return LAC_OK;
  *q = (lac_derived){ NULL, NULL, 1 };
  if (r->computed)
    LAC_TRY(r->computed->column(r->computed, r, name, &q->column));
  if (q->column)
    return LAC_OK;
  const char *near = lac_nearest(name, (const char *const *)r->name, r->columns);
  return lac_fail(LAC_EUSER, "the results have no column '%.60s'%s%s", name, near ? "; did you mean " : "", near ? near : "");
}

int lac_result_derived(const lac_result *r, const char *name, lac_derived *q) { return lac_result_find(r, name, q) == LAC_OK; }

int lac_result_complete(const char *path)
{
  lac_result r;
  if (access(path, F_OK) || lac_result_open_parts(&r, path, 0) != LAC_OK)
    return 0;
  const char *complete = lac_result_attribute(&r, "complete");
  int yes = complete && strcmp(complete, "1") == 0;
  lac_result_close(&r);
  return yes;
}

/* ---- folders ---- */

static int is_result(const struct dirent *e)
{
  size_t n = strlen(e->d_name);
  return n > 3 && e->d_name[0] != '.' && strcmp(e->d_name + n - 3, ".h5") == 0;
}

static int each_of_folder(const char *path, int (*each)(void *self, const char *file), void *self)
{
  struct dirent **entry;
  int count = scandir(path, &entry, is_result, alphasort), status = LAC_OK;
  if (count < 0)
    return lac_fail(LAC_EUSER, "cannot read the folder %s: %s", path, strerror(errno));
  for (int i = 0; i < count; i++) {
    char *file = status == LAC_OK ? lac_asprintf("%s/%s", path, entry[i]->d_name) : NULL;
    if (status == LAC_OK)
      status = file ? each(self, file) : LAC_ENOMEM;
    free(file);
    free(entry[i]);
  }
  free(entry);
  return status == LAC_OK && count == 0 ? lac_fail(LAC_EUSER, "there is no .h5 file in the folder %s", path) : status;
}

int lac_result_files(const char *path, int (*each)(void *self, const char *file), void *self)
{
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode) ? each_of_folder(path, each, self) : each(self, path);
}
