#include "store/store.h"

#include "interrupt.h"
#include "store/recorder.h"
#include "store/seal.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ---- */

int lac_store_text(hid_t at, const char *key, const char *value)
{
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attribute;
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  attribute = H5Acreate2(at, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
  int ok = attribute >= 0 && H5Awrite(attribute, type, &value) >= 0;
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
  return ok;
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

static void sync_path(const char *path, int flags)
{
  int fd = open(path, flags | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

int lac_store_file(const char *path, int (*content)(hid_t file, const void *self), const void *self)
{
  char *temporary = lac_asprintf("%s.tmp.%d", path, (int)getpid()), *folder = lac_strdup(path);
  if (!temporary || !folder)
    return LAC_ENOMEM;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  errno = 0;
  lac_interrupt_remove(temporary);
  hid_t file = H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  int ok = file >= 0 && content(file, self);
  ok = file >= 0 && H5Fclose(file) >= 0 && ok && lac_seal(temporary) == LAC_OK;
  if (ok) {
    sync_path(temporary, O_RDONLY);
    ok = rename(temporary, path) == 0;
    sync_path(dirname(folder), O_RDONLY | O_DIRECTORY);
  }
  int why = errno;
  if (!ok)
    unlink(temporary);
  lac_interrupt_forget(temporary);
  free(temporary);
  free(folder);
  return ok ? LAC_OK : lac_fail(LAC_EIO, "cannot write %s: %s", path, why ? strerror(why) : "HDF5 refused");
}

/* ---- reading ---- */

typedef struct { const char *prefix; lac_attribute **all; size_t *count; } texts;

static int add_text(texts *t, const char *key, const char *value)
{
  lac_attribute *more = realloc(*t->all, (*t->count + 1) * sizeof *more);
  if (!more)
    return lac_fail(LAC_ENOMEM, "no memory for the attributes of a file");
  *t->all = more;
  lac_attribute *a = &more[(*t->count)++];
  *a = (lac_attribute){ lac_asprintf("%s%s", t->prefix, key), lac_strdup(value) };
  return a->key && a->value ? LAC_OK : LAC_ENOMEM;
}

static herr_t read_text(hid_t at, const char *name, const H5A_info_t *info, void *self)
{
  char *value = NULL;
  int status = LAC_OK;
  (void)info;
  hid_t attribute = H5Aopen(at, name, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1), own = H5Aget_type(attribute);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  int text = own >= 0 && H5Tget_class(own) == H5T_STRING && H5Tis_variable_str(own) > 0;
  if (text && H5Aread(attribute, type, &value) >= 0 && value) {
    status = add_text(self, name, value);
    H5free_memory(value);
  }
  H5Tclose(own);
  H5Tclose(type);
  H5Aclose(attribute);
  return status;      /* positive: stop here, and hand it back */
}

int lac_load_texts(hid_t file, const char *name, const char *prefix, lac_attribute **all, size_t *count)
{
  texts t = { prefix, all, count };
  hsize_t at = 0;
  hid_t group = H5Oopen(file, name, H5P_DEFAULT);
  if (group < 0)
    return LAC_OK;
  herr_t status = H5Aiterate2(group, H5_INDEX_NAME, H5_ITER_INC, &at, read_text, &t);
  H5Oclose(group);
  return status > 0 ? (int)status : LAC_OK;
}

double *lac_load_vector(hid_t at, const char *name, size_t *count)
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

int lac_load_file(const char *path, hid_t *file, int *sealed)
{
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  LAC_TRY(lac_journal_fold(path));
  if (access(path, R_OK))
    return lac_fail(LAC_EUSER, "cannot read %s: %s", path, strerror(errno));
  LAC_TRY(lac_seal_check(path, sealed));
  *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  return *file >= 0 ? LAC_OK : lac_fail(LAC_EUSER, "%s is not a whole HDF5 file: cut short, damaged or something else", path);
}
