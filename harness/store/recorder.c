#include "store/recorder.h"

#include "store/journal.h"
#include "store/result.h"
#include "store/store.h"
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { NOTE = 1, COLUMNS = 2, ROW = 3 };

typedef struct { char *group, *key, *value; } note;

/* All that is in a result file, in memory: rows of `columns` cells and one more, the seconds since the start. */
typedef struct {
  note *notes;
  size_t note_count, note_cap;
  lac_column column[LAC_COLUMNS_MOST];
  char names[LAC_COLUMNS_MOST][24];
  size_t columns;
  lac_cell *cells;
  size_t rows, cap;
  const double *x;
  size_t d;
  const double *memory;      /* of client 0's compressor */
  size_t memory_size;
  const char *digest;
} image;

struct lac_recorder {
  char *path, *journal_path;
  lac_journal journal;
  image image, before;                            /* before: what a killed run left in its journal */
  size_t at;                                      /* rows of the image below it have been computed */
  int reopened;
  double flush, start;                            /* seconds: the interval, when the trace began */
  double last_row, flushed, drawn, cost;          /* times of the last row, flush and file; what a file costs */
};

/* ---- the image ---- */

static int image_note(image *im, const char *group, const char *key, const char *value)
{
  LAC_TRY(lac_grow(&im->notes, &im->note_cap, im->note_count + 1, sizeof *im->notes));
  note n = { lac_strdup(group), lac_strdup(key), lac_strdup(value) };
  im->notes[im->note_count++] = n;
  return n.group && n.key && n.value ? LAC_OK : LAC_ENOMEM;
}

static int image_columns(image *im, const lac_column *columns, size_t count)
{
  im->columns = count;
  for (size_t k = 0; k < count; k++) {
    snprintf(im->names[k], sizeof im->names[k], "%s", columns[k].name);
    im->column[k] = (lac_column){ im->names[k], columns[k].is_real, columns[k].rises };
  }
  return LAC_OK;
}

static int image_row(image *im, const lac_cell *cells)
{
  size_t width = im->columns + 1;
  LAC_TRY(lac_grow(&im->cells, &im->cap, (im->rows + 1) * width, sizeof *im->cells));
  memcpy(im->cells + im->rows++ * width, cells, width * sizeof *cells);
  return LAC_OK;
}

static void image_free(image *im)
{
  for (size_t i = 0; i < im->note_count; i++) {
    free(im->notes[i].group);
    free(im->notes[i].key);
    free(im->notes[i].value);
  }
  free(im->notes);
  free(im->cells);
}

/* /trace and /final, names and bytes. */
static void image_digest(const image *im, char digest[static 17])
{
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_64bits_reset(state);
  for (size_t k = 0; k < im->columns; k++) {
    XXH3_64bits_update(state, im->names[k], strlen(im->names[k]));
    for (size_t i = 0; i < im->rows; i++)
      XXH3_64bits_update(state, &im->cells[i * (im->columns + 1) + k], sizeof(lac_cell));
  }
  XXH3_64bits_update(state, im->x, im->d * sizeof *im->x);
  XXH3_64bits_update(state, im->memory, im->memory_size * sizeof *im->memory);
  snprintf(digest, 17, "%016llx", (unsigned long long)XXH3_64bits_digest(state));
  XXH3_freeState(state);
}

/* ---- HDF5 ---- */

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

static int write_column(hid_t at, const image *im, const char *name, size_t k, int is_real)
{
  lac_cell *column = lac_alloc(im->rows * sizeof *column);
  for (size_t i = 0; column && i < im->rows; i++)
    column[i] = im->cells[i * (im->columns + 1) + k];
  int ok = column && lac_store_vector(at, name, is_real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_UINT64, column, im->rows);
  free(column);
  return ok;
}

static int write_group(hid_t file, const image *im, const char *name)
{
  int ok = 1;
  hid_t group = *name ? H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) : file;
  if (group < 0)
    return 0;
  for (size_t i = 0; ok && i < im->note_count; i++)
    if (strcmp(im->notes[i].group, name) == 0)
      ok = lac_store_text(group, im->notes[i].key, im->notes[i].value);
  if (strcmp(name, "trace") == 0)
    for (size_t k = 0; ok && k < im->columns; k++)
      ok = write_column(group, im, im->names[k], k, im->column[k].is_real);
  if (strcmp(name, "timing") == 0)
    ok = ok && write_column(group, im, "elapsed", im->columns, 1);
  if (strcmp(name, "final") == 0 && im->x)
    ok = ok && lac_store_vector(group, "x", H5T_NATIVE_DOUBLE, im->x, im->d);
  if (strcmp(name, "final") == 0 && im->memory)
    ok = ok && lac_store_vector(group, "up_memory", H5T_NATIVE_DOUBLE, im->memory, im->memory_size);
  if (group != file)
    H5Gclose(group);
  return ok;
}

static int write_content(hid_t file, const void *self)
{
  const image *im = self;
  static const char *const groups[] = { "", "config", "environment", "timing", "trace", "final" };
  for (size_t i = 0; i < LAC_COUNT(groups); i++)
    if (!write_group(file, im, groups[i]))
      return 0;
  return lac_store_text(file, "laconic_version", PACKAGE_VERSION) && lac_store_text(file, "complete", im->digest ? "1" : "0") &&
         (!im->digest || lac_store_text(file, "digest", im->digest));
}

static int write_file(const image *im, const char *path) { return lac_store_file(path, write_content, im); }

/* ---- recording ---- */

/* Temporaries of runs that were killed while they wrote one; the journal is ours, so nobody else is at it. */
static int remove_leftovers(const char *path)
{
  char *pattern = lac_asprintf("%s.tmp.*", path);
  glob_t found;
  if (!pattern)
    return LAC_ENOMEM;
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++)
      unlink(found.gl_pathv[i]);
    globfree(&found);
  }
  free(pattern);
  return LAC_OK;
}

static int make_recorder(lac_recorder **out, const char *path, double flush)
{
  lac_recorder *rec = *out = lac_alloc(sizeof *rec);
  struct stat s;
  if (!rec)
    return LAC_ENOMEM;
  rec->journal.fd = -1;
  rec->flush = flush;
  rec->start = lac_seconds();
  rec->path = lac_strdup(path);
  rec->journal_path = lac_asprintf("%s.journal", path);
  if (stat(path, &s) == 0 && !S_ISREG(s.st_mode))      /* a device would be renamed away */
    return lac_fail(LAC_EUSER, "--output: %s exists and is no regular file; give another name", path);
  return rec->path && rec->journal_path ? LAC_OK : LAC_ENOMEM;
}

/* No run may lose its journal to another one. */
static int remove_journal(const char *path)
{
  int fd;
  LAC_TRY(lac_journal_lock(path, &fd));
  unlink(path);
  if (fd >= 0)
    close(fd);
  return LAC_OK;
}

int lac_recorder_open(lac_recorder **out, const char *path, int force, double flush)
{
  LAC_TRY(make_recorder(out, path, flush));
  lac_recorder *rec = *out;
  if (!force && access(path, F_OK) == 0)
    return lac_fail(LAC_EUSER, "--output: %s exists; use --force to overwrite it", path);
  if (force)
    LAC_TRY(remove_journal(rec->journal_path));
  LAC_TRY(lac_context(lac_journal_create(&rec->journal, rec->journal_path), "--output"));
  return remove_leftovers(path);
}

static int fold_record(void *self, uint32_t kind, const void *bytes, size_t size);
static int read_before(lac_recorder *rec, const char *config_digest);

int lac_recorder_reopen(lac_recorder **out, const char *path, const char *config_digest, double flush)
{
  LAC_TRY(make_recorder(out, path, flush));
  lac_recorder *rec = *out;
  int fd;
  rec->reopened = 1;
  LAC_TRY(lac_context(lac_journal_lock(rec->journal_path, &fd), "--resume"));
  int status = fd >= 0 ? lac_context(read_before(rec, config_digest), "--resume") : LAC_OK;
  if (status == LAC_OK)
    status = remove_leftovers(rec->journal_path);
  if (status == LAC_OK)
    status = remove_leftovers(path);
  if (status == LAC_OK)
    status = lac_context(lac_journal_replace(&rec->journal, rec->journal_path), "--resume");
  if (fd >= 0)
    close(fd);
  return status;
}

int lac_recorder_note(lac_recorder *rec, const char *group, const char *key, const char *value)
{
  LAC_TRY(image_note(&rec->image, group, key, value));
  if (rec->image.columns)
    return LAC_OK;
  char *bytes = lac_asprintf("%s%c%s%c%s", group, 0, key, 0, value);
  if (!bytes)
    return LAC_ENOMEM;
  int status = lac_journal_append(&rec->journal, NOTE, bytes, strlen(group) + strlen(key) + strlen(value) + 3);
  free(bytes);
  return status;
}

int lac_recorder_begin(lac_recorder *rec, const lac_column *columns, size_t count)
{
  char text[LAC_COLUMNS_MOST * 32] = "";
  image_columns(&rec->image, columns, count);
  for (size_t k = 0; k < count; k++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%d%s\n", columns[k].is_real, columns[k].name);
  LAC_TRY(lac_journal_append(&rec->journal, COLUMNS, text, strlen(text) + 1));
  rec->start = lac_seconds();
  return rec->reopened ? LAC_OK : lac_journal_flush(&rec->journal);
}

static int same_row(const image *im, const lac_cell *a, const lac_cell *b) { return memcmp(a, b, im->columns * sizeof *a) == 0; }

static int differs(const lac_recorder *rec, const lac_cell *row)
{
  return lac_fail(LAC_EUSER, "round %llu does not come out as the killed run recorded it in %s; resume on the kind of machine and with the "
                  "build that it ran on, or start again with --force", (unsigned long long)row[0].count, rec->journal_path);
}

/* The longer of two traces that must agree: a killed run may be further than its checkpoint, or its journal behind. */
int lac_recorder_known(lac_recorder *rec, const lac_cell *cells, size_t rows)
{
  image *im = &rec->image, *before = &rec->before;
  size_t width = im->columns + 1;
  if (before->rows && before->columns != im->columns)
    return lac_fail(LAC_EUSER, "%s has other columns; start again with --force", rec->journal_path);
  for (size_t i = 0; i < rows && i < before->rows; i++)
    if (!same_row(im, cells + i * width, before->cells + i * width))
      return differs(rec, before->cells + i * width);
  for (size_t i = 0; i < rows || i < before->rows; i++) {
    const lac_cell *row = i < rows ? cells + i * width : before->cells + i * width;
    LAC_TRY(image_row(im, row));
    LAC_TRY(lac_journal_append(&rec->journal, ROW, row, width * sizeof *row));
    if (rec->journal.used > 1 << 20)
      LAC_TRY(lac_journal_flush(&rec->journal));
  }
  rec->at = rows;
  if (rows)
    rec->start = lac_seconds() - cells[(rows - 1) * width + im->columns].real;
  return rec->reopened ? lac_journal_settle(&rec->journal, rec->journal_path) : LAC_OK;
}

/* The run computes again what is recorded: the row stays, with the time when it was seen first. */
static int known_row(lac_recorder *rec, const lac_cell *cells)
{
  const image *im = &rec->image;
  const lac_cell *known = im->cells + rec->at * (im->columns + 1);
  if (!same_row(im, cells, known))
    return differs(rec, known);
  rec->start = lac_seconds() - known[im->columns].real;
  rec->at++;
  return LAC_OK;
}

const lac_cell *lac_recorder_rows(const lac_recorder *rec, size_t *count, size_t *width)
{
  *count = rec->at;
  *width = rec->image.columns + 1;
  return rec->image.cells;
}

/* Rows to the disk; the file anew when that is cheap.  A row that took its time is worth a write of its own. */
static int keep_up(lac_recorder *rec)
{
  double now = lac_seconds(), took = now - rec->last_row;
  rec->last_row = now;
  if (took < 1e-3 && now - rec->flushed < rec->flush)
    return LAC_OK;
  LAC_TRY(lac_journal_flush(&rec->journal));
  if (now - rec->drawn >= fmax(rec->flush, 20 * rec->cost)) {
    LAC_TRY(write_file(&rec->image, rec->path));
    rec->drawn = lac_seconds();
    rec->cost = rec->drawn - now;
  }
  rec->flushed = lac_seconds();
  return LAC_OK;
}

int lac_recorder_row(void *self, const lac_cell *cells)
{
  lac_recorder *rec = self;
  lac_cell row[LAC_COLUMNS_MOST + 1];
  size_t n = rec->image.columns;
  if (rec->at < rec->image.rows)
    return known_row(rec, cells);
  memcpy(row, cells, n * sizeof *row);
  row[n].real = lac_seconds() - rec->start;
  LAC_TRY(image_row(&rec->image, row));
  rec->at = rec->image.rows;
  LAC_TRY(lac_journal_append(&rec->journal, ROW, row, (n + 1) * sizeof *row));
  return keep_up(rec);
}

int lac_recorder_interrupt(lac_recorder *rec)
{
  LAC_TRY(lac_journal_flush(&rec->journal));
  return write_file(&rec->image, rec->path);
}

int lac_recorder_end(lac_recorder *rec, const double *x, size_t d, const double *memory, size_t count, char digest[static 17])
{
  image *im = &rec->image;
  if (rec->at < im->rows)
    return differs(rec, im->cells + rec->at * (im->columns + 1));
  im->x = x;
  im->d = d;
  im->memory = memory;
  im->memory_size = count;
  image_digest(im, digest);
  im->digest = digest;
  LAC_TRY(write_file(im, rec->path));
  unlink(rec->journal_path);
  return LAC_OK;
}

void lac_recorder_close(lac_recorder *rec)
{
  if (!rec)
    return;
  if (rec->journal.fd >= 0) {
    lac_journal_flush(&rec->journal);
    if (rec->image.rows == 0 && !rec->reopened)
      unlink(rec->journal_path);      /* refused before its first row: nothing is lost */
  }
  lac_journal_close(&rec->journal);
  if (rec->reopened)
    lac_journal_abandon(rec->journal_path);
  image_free(&rec->image);
  image_free(&rec->before);
  free(rec->path);
  free(rec->journal_path);
  free(rec);
}

/* ---- folding ---- */

static int fold_columns(image *im, char *text)
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
  return image_columns(im, column, count);
}

static int fold_record(void *self, uint32_t kind, const void *bytes, size_t size)
{
  image *im = self;
  const char *group = bytes, *key, *value;
  switch (kind) {
  case NOTE:
    key = group + strnlen(group, size) + 1;
    value = key < group + size ? key + strlen(key) + 1 : group + size;
    return value < group + size ? image_note(im, group, key, value) : lac_fail(LAC_EFORMAT, "a journal with a torn note");
  case COLUMNS:
    return fold_columns(im, (char *)bytes);
  case ROW:
    return im->columns && size == (im->columns + 1) * sizeof(lac_cell) ? image_row(im, bytes) :
           lac_fail(LAC_EFORMAT, "a journal with a torn row");
  default:
    return lac_fail(LAC_EFORMAT, "a journal with an unknown record; it is of another version");
  }
}

static const char *note_of(const image *im, const char *key)
{
  for (size_t i = 0; i < im->note_count; i++)
    if (strcmp(im->notes[i].key, key) == 0)
      return im->notes[i].value;
  return NULL;
}

static int is_empty(const char *path)
{
  struct stat about;
  return stat(path, &about) || about.st_size == 0;      /* killed before its first flush */
}

static int read_before(lac_recorder *rec, const char *config_digest)
{
  if (is_empty(rec->journal_path))
    return LAC_OK;
  LAC_TRY(lac_journal_read(rec->journal_path, fold_record, &rec->before));
  const char *digest = note_of(&rec->before, "config_digest");
  if (rec->before.rows == 0 || (digest && strcmp(digest, config_digest) == 0))
    return LAC_OK;
  return lac_fail(LAC_EUSER, "%s is of another configuration; use the one that it was begun with, or --force to start again",
                  rec->journal_path);
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

int lac_journal_fold(const char *path)
{
  char *journal = lac_asprintf("%s.journal", path);
  image im = { 0 };
  if (!journal)
    return LAC_ENOMEM;
  int status = LAC_OK;
  if (access(journal, R_OK) == 0 && !is_empty(journal) && !is_finished(path, journal)) {
    status = lac_journal_read(journal, fold_record, &im);
    int begun = im.columns > 0;                  /* else the run was killed before its trace began: nothing to fold */
    if (status == LAC_OK && begun)
      status = image_note(&im, "", "reason", "interrupted");
    if (status == LAC_OK && begun)
      status = write_file(&im, path);
  }
  image_free(&im);
  free(journal);
  return status;
}
