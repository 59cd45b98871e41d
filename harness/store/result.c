#include "store/result.h"

#include "store/fold.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_group(lac_result *r, hid_t file, const char *name, const char *prefix)
{
  return lac_load_texts(file, name, prefix, &r->attribute, &r->attributes);
}

static herr_t read_column(hid_t trace, const char *name, const H5L_info_t *info, void *self)
{
  lac_result *r = self;
  size_t rows = 0;
  double *values = lac_load_vector(trace, name, &rows);
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
  LAC_TRY(read_group(r, file, "/", ""));
  LAC_TRY(read_group(r, file, "/config", ""));
  LAC_TRY(read_group(r, file, "/timing", "timing."));
  LAC_TRY(read_group(r, file, "/environment", "environment."));
  r->x = lac_load_vector(file, "/final/x", &r->d);
  return LAC_OK;
}

static int read_file(lac_result *r)
{
  hid_t file;
  int sealed;
  LAC_TRY(lac_load_file(r->path, &file, &sealed));
  int status = read_all(r, file);
  H5Fclose(file);
  if (status == LAC_OK && !sealed)
    status = lac_fail(LAC_EUSER, "%s was cut short or changed after laconic wrote it: its last bytes are not a seal", r->path);
  return status;
}

int lac_result_open(lac_result *r, const char *path)
{
  *r = (lac_result){ .path = lac_strdup(path) };
  if (!r->path)
    return LAC_ENOMEM;
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
