#include "result.h"

#include "recorder.h"
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int add_attribute(lac_result *r, const char *prefix, const char *key, const char *value)
{
  lac_attribute *more = realloc(r->attribute, (r->attributes + 1) * sizeof *more);
  if (!more)
    return LAC_ENOMEM;
  r->attribute = more;
  more[r->attributes++] = (lac_attribute){ lac_asprintf("%s%s", prefix, key), lac_strdup(value) };
  return LAC_OK;
}

typedef struct { lac_result *result; const char *prefix; } attribute_of;

static herr_t read_attribute(hid_t at, const char *name, const H5A_info_t *info, void *self)
{
  attribute_of *a = self;
  char *value = NULL;
  (void)info;
  hid_t attribute = H5Aopen(at, name, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1), own = H5Aget_type(attribute);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  int text = own >= 0 && H5Tget_class(own) == H5T_STRING && H5Tis_variable_str(own) > 0;
  if (text && H5Aread(attribute, type, &value) >= 0 && value) {
    add_attribute(a->result, a->prefix, name, value);
    H5free_memory(value);
  }
  H5Tclose(own);
  H5Tclose(type);
  H5Aclose(attribute);
  return 0;
}

static void read_group(lac_result *r, hid_t file, const char *name, const char *prefix)
{
  attribute_of a = { r, prefix };
  hsize_t at = 0;
  hid_t group = H5Oopen(file, name, H5P_DEFAULT);
  if (group < 0)
    return;
  H5Aiterate2(group, H5_INDEX_NAME, H5_ITER_INC, &at, read_attribute, &a);
  H5Oclose(group);
}

/* A 1-D data set as doubles; NULL when there is none. */
static double *read_vector(hid_t at, const char *name, size_t *count)
{
  hid_t set = H5Dopen2(at, name, H5P_DEFAULT);
  double *values = NULL;
  if (set < 0)
    return NULL;
  hid_t space = H5Dget_space(set);
  hssize_t points = H5Sget_simple_extent_npoints(space);
  if (points >= 0 && points < (hssize_t)1 << 40 && (values = lac_alloc((size_t)points * sizeof *values))) {
    if (points > 0 && H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
      free(values);
      values = NULL;
    }
    *count = (size_t)points;
  }
  H5Sclose(space);
  H5Dclose(set);
  return values;
}

static herr_t read_column(hid_t trace, const char *name, const H5L_info_t *info, void *self)
{
  lac_result *r = self;
  size_t rows = 0;
  double *values = read_vector(trace, name, &rows);
  (void)info;
  char **names = realloc(r->name, (r->columns + 1) * sizeof *names);
  double **columns = realloc(r->column, (r->columns + 1) * sizeof *columns);
  r->name = names ? names : r->name;
  r->column = columns ? columns : r->column;
  if (!values || !names || !columns || (r->columns && rows != r->rows)) {
    free(values);
    return -1;
  }
  names[r->columns] = lac_strdup(name);
  columns[r->columns++] = values;
  r->rows = rows;
  return 0;
}

static int read_all(lac_result *r, hid_t file)
{
  hsize_t at = 0;
  hid_t trace = H5Gopen2(file, "trace", H5P_DEFAULT);
  if (trace < 0)
    return lac_fail(LAC_EUSER, "%s is not a result of laconic: it has no /trace", r->path);
  herr_t status = H5Literate(trace, H5_INDEX_NAME, H5_ITER_INC, &at, read_column, r);
  H5Gclose(trace);
  if (status < 0)
    return lac_fail(LAC_EUSER, "%s is damaged: /trace cannot be read", r->path);
  read_group(r, file, "/", "");
  read_group(r, file, "/config", "");
  read_group(r, file, "/timing", "timing.");
  read_group(r, file, "/environment", "environment.");
  r->x = read_vector(file, "/final/x", &r->d);
  return LAC_OK;
}

static int read_file(lac_result *r)
{
  LAC_TRY(lac_journal_fold(r->path));
  if (access(r->path, R_OK))
    return lac_fail(LAC_EUSER, "cannot read %s: %s", r->path, strerror(errno));
  hid_t file = H5Fopen(r->path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0)
    return lac_fail(LAC_EUSER, "%s is not a whole HDF5 file: cut short, damaged or something else", r->path);
  int status = read_all(r, file);
  H5Fclose(file);
  return status;
}

int lac_result_open(lac_result *r, const char *path)
{
  *r = (lac_result){ .path = lac_strdup(path) };
  if (!r->path)
    return LAC_ENOMEM;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  int status = read_file(r);
  if (status != LAC_OK)
    lac_result_close(r);
  return status;
}

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
  free(r->name);
  free(r->column);
  free(r->attribute);
  free(r->x);
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

int lac_result_complete(const char *path)
{
  lac_result r;
  if (access(path, F_OK) || lac_result_open(&r, path) != LAC_OK)
    return 0;
  const char *complete = lac_result_attribute(&r, "complete");
  int yes = complete && strcmp(complete, "1") == 0;
  lac_result_close(&r);
  return yes;
}
