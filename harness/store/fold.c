#include "store/fold.h"

#include "store/journal.h"
#include "store/seal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fold_columns(lac_image *im, char *text)
{
  lac_column column[LAC_COLUMNS_MOST];
  size_t count = 0;
  if (im->columns)
    return lac_fail(LAC_EFORMAT, "a journal with two lists of columns");
  for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line;) {
    if (count == LAC_COLUMNS_MOST || strlen(line) > sizeof im->names[0])
      return lac_fail(LAC_EFORMAT, "a journal with too many columns");
    column[count++] = (lac_column){ line + 1, *line == '1', 0 };
  }
  return lac_image_columns(im, column, count);
}

static int fold_record(void *self, uint32_t kind, const void *bytes, size_t size)
{
  lac_image *im = self;
  const char *group = bytes, *key, *value;
  switch (kind) {
  case LAC_RECORD_NOTE:
    key = group + strnlen(group, size) + 1;
    value = key < group + size ? key + strlen(key) + 1 : group + size;
    return value < group + size ? lac_image_note(im, group, key, value) : lac_fail(LAC_EFORMAT, "a journal with a torn note");
  case LAC_RECORD_COLUMNS:
    return fold_columns(im, (char *)bytes);
  case LAC_RECORD_ROW:
    return im->columns && size == (im->columns + 1) * sizeof(lac_cell) ? lac_image_row(im, bytes) :
           lac_fail(LAC_EFORMAT, "a journal with a torn row");
  default:
    return lac_fail(LAC_EFORMAT, "a journal with an unknown record; it is of another version");
  }
}

int lac_fold_read(const char *journal, lac_image *im)
{
  struct stat about;
  if (stat(journal, &about) || about.st_size == 0)      /* the run was killed before its first flush */
    return LAC_OK;
  return lac_journal_read(journal, fold_record, im);
}

static int read_text(hid_t at, const char *key, char *text, size_t size)
{
  char *value = NULL;
  hid_t attribute = H5Aopen(at, key, H5P_DEFAULT), type = attribute >= 0 ? H5Aget_type(attribute) : -1;
  int ok = type >= 0 && H5Tis_variable_str(type) > 0 && H5Aread(attribute, type, &value) >= 0 && value;
  if (ok)
    snprintf(text, size, "%s", value);
  H5free_memory(value);
  H5Tclose(type);
  H5Aclose(attribute);
  return ok;
}

/* Is the file finished, and not older than the journal?  Then the run was killed between its end and the removal of the journal. */
static int is_finished(const char *path, const char *journal)
{
  struct stat file, rows;
  if (stat(path, &file) || stat(journal, &rows) || file.st_mtim.tv_sec < rows.st_mtim.tv_sec ||
      (file.st_mtim.tv_sec == rows.st_mtim.tv_sec && file.st_mtim.tv_nsec < rows.st_mtim.tv_nsec))
    return 0;
  char complete[2] = "";
  hid_t at = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  int yes = at >= 0 && read_text(at, "complete", complete, sizeof complete) && strcmp(complete, "1") == 0;
  H5Fclose(at);
  return yes;
}

static int fold_journal(const char *path)
{
  char *journal = lac_asprintf("%s.journal", path);
  lac_image im = { 0 };
  if (!journal)
    return LAC_ENOMEM;
  int status = LAC_OK;
  if (access(journal, R_OK) == 0 && !is_finished(path, journal)) {
    status = lac_fold_read(journal, &im);
    int begun = im.columns > 0;                  /* else the run was killed before its trace began: nothing to fold */
    if (status == LAC_OK && begun)
      status = lac_image_note(&im, "", "reason", "interrupted");
    if (status == LAC_OK && begun)
      status = lac_image_write(&im, path);
  }
  lac_image_free(&im);
  free(journal);
  return status;
}

int lac_load_file(const char *path, hid_t *file, int *sealed)
{
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  LAC_TRY(fold_journal(path));
  if (access(path, R_OK))
    return lac_fail(LAC_EUSER, "cannot read %s: %s", path, strerror(errno));
  LAC_TRY(lac_seal_check(path, sealed));
  *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  return *file >= 0 ? LAC_OK : lac_fail(LAC_EUSER, "%s is not a whole HDF5 file: cut short, damaged or something else", path);
}
