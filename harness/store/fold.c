#include "store/fold.h"

#include "store/journal.h"
#include <fcntl.h>
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

static int fold_note(lac_image *im, const char *group, size_t size)
{
  static const char *const groups[] = { "", "config", "environment", "timing" };
  enum { NOTES_MOST = 4096 };
  const char *key = group + strnlen(group, size) + 1, *value = key < group + size ? key + strlen(key) + 1 : group + size;
  size_t i = 0;
  if (value >= group + size || !*key)
    return lac_fail(LAC_EFORMAT, "a journal with a torn note");
  while (i < LAC_COUNT(groups) && strcmp(groups[i], group))
    i++;
  if (i == LAC_COUNT(groups) || im->note_count == NOTES_MOST)
    return lac_fail(LAC_EFORMAT, "a journal with too many notes, or with one of an unknown group");
  return lac_image_note(im, group, key, value);
}

typedef struct { lac_image *image; size_t rows_lost; } folding;

static int fold_record(void *self, uint32_t kind, const void *bytes, size_t size)
{
  lac_image *im = ((folding *)self)->image;
  switch (kind) {
  case LAC_RECORD_NOTE:
    return fold_note(im, bytes, size);
  case LAC_RECORD_COLUMNS:
    return fold_columns(im, (char *)bytes);
  case LAC_RECORD_ROW:
    return im->columns && size == (im->columns + LAC_BESIDE) * sizeof(lac_cell) ? lac_image_row(im, bytes) :
           lac_fail(LAC_EFORMAT, "a journal with a torn row");
  case LAC_RECORD_MESSAGES:
    im->messages = &im->folded;
    return lac_message_log_take(&im->folded, bytes, size);
  default:
    return lac_fail(LAC_EFORMAT, "a journal with an unknown record; it is of another version");
  }
}

static int count_lost(void *self, uint32_t kind, const void *bytes, size_t size)
{
  (void)bytes;
  (void)size;
  ((folding *)self)->rows_lost += kind == LAC_RECORD_ROW;
  return LAC_OK;
}

int lac_fold_read(const char *journal, lac_image *im)
{
  struct stat about;
  folding f = { .image = im };
  size_t damaged = 0;
  if (stat(journal, &about) || about.st_size == 0)      /* the run was killed before its first flush */
    return LAC_OK;
  LAC_TRY(lac_context(lac_journal_read(journal, fold_record, count_lost, &f, &damaged), "%s", journal));
  LAC_TRY(lac_context(lac_message_log_check(&im->folded), "%s", journal));
  if (damaged) {
    lac_fail(LAC_OK, "%s: record %zu is damaged; the %zu row%s before it %s used, the %zu behind it %s not", journal, damaged, im->rows,
             im->rows == 1 ? "" : "s", im->rows == 1 ? "is" : "are", f.rows_lost, f.rows_lost == 1 ? "is" : "are");
    fprintf(stderr, "laconic: %s\n", lac_error());
  }
  return LAC_OK;
}

/* Is the file finished, and not older than the journal?  Then the run was killed between its end and the removal of the journal. */
static int is_finished(const char *path, const struct stat *rows)
{
  struct stat file;
  lac_attribute *all = NULL;
  size_t count = 0;
  lac_file f;
  if (stat(path, &file) || file.st_mtim.tv_sec < rows->st_mtim.tv_sec ||
      (file.st_mtim.tv_sec == rows->st_mtim.tv_sec && file.st_mtim.tv_nsec < rows->st_mtim.tv_nsec))
    return 0;
  int yes = 0, good = lac_load_open(&f, path) == LAC_OK && lac_load_texts(&f, f.id, "", 0, &all, &count) == LAC_OK;
  for (size_t i = 0; i < count; i++) {
    yes = yes || (good && strcmp(all[i].key, "complete") == 0 && strcmp(all[i].value, "1") == 0);
    free(all[i].key);
    free(all[i].value);
  }
  free(all);
  lac_load_close(&f);
  return yes;
}

/* The rows of a journal as a result; no bytes when its run was killed before its trace began.  A run that is at it writes its file
   itself, and where we may not write the result is in memory alone. */
static int fold(const char *path, const char *journal, int may_write, lac_bytes *b)
{
  lac_image im = { 0 };
  int status = lac_fold_read(journal, &im);
  if (status == LAC_OK && im.columns) {
    status = lac_image_note(&im, "", "reason", "interrupted");
    if (status == LAC_OK)
      status = lac_context(lac_image_make(&im, b), "%s", journal);
    if (status == LAC_OK && may_write)
      lac_store_put(b, path);
  }
  lac_image_free(&im);
  return status;
}

static int fold_unended(const char *path, const char *journal, lac_bytes *b)
{
  struct stat here, there;
  int fd = open(journal, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status = LAC_OK;
  if (fd < 0)
    return LAC_OK;
  int idle = lac_journal_idle(fd);
  /* its run may have ended, and removed it, while we were waiting for the lock */
  if (fstat(fd, &here) == 0 && S_ISREG(here.st_mode) && stat(journal, &there) == 0 && here.st_ino == there.st_ino &&
      !is_finished(path, &here))
    status = fold(path, journal, idle, b);
  close(fd);
  return status;
}

int lac_load_file(lac_file *f, const char *path)
{
  lac_bytes b = { 0 };
  char *journal = lac_asprintf("%s.journal", path);
  *f = (lac_file){ .id = -1 };
  int status = journal ? fold_unended(path, journal, &b) : LAC_ENOMEM;
  free(journal);
  if (status == LAC_OK)
    status = b.bytes ? lac_load_bytes(f, path, &b) : lac_load_open(f, path);
  free(b.bytes);
  return status;
}
