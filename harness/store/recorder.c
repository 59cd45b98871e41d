#include "store/recorder.h"

#include "store/fold.h"
#include "store/image.h"
#include "store/journal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lac_recorder {
  char *path, *journal_path;
  lac_journal journal;
  lac_image image, before;                        /* before: what a killed run left in its journal */
  lac_message_log *messages;                      /* in the journal while the run goes on, in the file at its end */
  size_t messages_at;                             /* bytes of them that are in the journal for good */
  size_t at;                                      /* rows of the image below it have been computed */
  int reopened, warned;
  double flush, start;                            /* seconds: the interval, when the trace began */
  double last_row, flushed, drawn, cost;          /* times of the last row, flush and file; what a file costs */
};

static int make_recorder(lac_recorder **out, const char *path, double flush)
{
  lac_recorder *rec = *out = lac_alloc(sizeof *rec);
  struct stat s;
  if (!rec)
    return LAC_ENOMEM;
  rec->journal.fd = -1;
  rec->flush = flush;
  rec->start = rec->drawn = lac_seconds();      /* the journal has the first rows: no file for them */
  rec->path = lac_strdup(path);
  rec->journal_path = lac_asprintf("%s.journal", path);
  if (stat(path, &s) == 0 && !S_ISREG(s.st_mode))      /* a device would be renamed away */
    return lac_fail(LAC_EUSER, "--output: %s exists and is no regular file; give another name", path);
  lac_temporary_clean(path);
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
  return lac_context(lac_journal_create(&rec->journal, rec->journal_path), "--output");
}

static int read_before(lac_recorder *rec, const char *config_digest)
{
  LAC_TRY(lac_fold_read(rec->journal_path, &rec->before));
  const char *digest = lac_image_find(&rec->before, "config_digest");
  if (rec->before.rows == 0 || (digest && strcmp(digest, config_digest) == 0))
    return LAC_OK;
  return lac_fail(LAC_EUSER, "%s is of another configuration; use the one that it was begun with, or --force to start again",
                  rec->journal_path);
}

int lac_recorder_reopen(lac_recorder **out, const char *path, const char *config_digest, double flush)
{
  LAC_TRY(make_recorder(out, path, flush));
  lac_recorder *rec = *out;
  int fd;
  rec->reopened = 1;
  LAC_TRY(lac_context(lac_journal_lock(rec->journal_path, &fd), "--resume"));
  int status = fd >= 0 ? lac_context(read_before(rec, config_digest), "--resume") : LAC_OK;
  if (status == LAC_OK)
    status = lac_context(lac_journal_replace(&rec->journal, rec->journal_path), "--resume");
  if (fd >= 0)
    close(fd);
  return status;
}

static int flush_journal(lac_recorder *rec) { return lac_context(lac_journal_flush(&rec->journal), "%s", rec->journal_path); }

int lac_recorder_note(lac_recorder *rec, const char *group, const char *key, const char *value)
{
  LAC_TRY(lac_image_note(&rec->image, group, key, value));
  if (rec->image.columns)
    return LAC_OK;
  char *bytes = lac_asprintf("%s%c%s%c%s", group, 0, key, 0, value);
  if (!bytes)
    return LAC_ENOMEM;
  int status = lac_journal_append(&rec->journal, LAC_RECORD_NOTE, bytes, strlen(group) + strlen(key) + strlen(value) + 3);
  free(bytes);
  return status;
}

static int append_messages(lac_recorder *rec)
{
  lac_message_log *log = rec->messages;
  size_t size;
  const void *piece = log ? lac_message_log_piece(log, rec->messages_at, &size) : NULL;
  if (!piece)
    return log ? LAC_ENOMEM : LAC_OK;
  rec->messages_at = log->stable;
  return lac_journal_append(&rec->journal, LAC_RECORD_MESSAGES, piece, size);
}

int lac_recorder_messages(lac_recorder *rec, lac_message_log *messages)
{
  rec->messages = messages;
  return append_messages(rec);
}

int lac_recorder_begin(lac_recorder *rec, const lac_column *columns, size_t count)
{
  char text[LAC_COLUMNS_MOST * 32] = "";
  lac_image_columns(&rec->image, columns, count);
  for (size_t k = 0; k < count; k++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%d%s\n", columns[k].is_real, columns[k].name);
  LAC_TRY(lac_journal_append(&rec->journal, LAC_RECORD_COLUMNS, text, strlen(text) + 1));
  rec->start = lac_seconds();
  return rec->reopened ? LAC_OK : flush_journal(rec);
}

static int same_row(const lac_image *im, const lac_cell *a, const lac_cell *b) { return memcmp(a, b, im->columns * sizeof *a) == 0; }

static int differs(const lac_recorder *rec, const lac_cell *row)
{
  return lac_fail(LAC_EUSER, "round %llu does not come out as the killed run recorded it in %s; resume on the kind of machine and with the "
                  "build that it ran on, or start again with --force", (unsigned long long)row[0].count, rec->journal_path);
}

/* The longer of two traces that must agree: a killed run may be further than its checkpoint, or its journal behind. */
int lac_recorder_known(lac_recorder *rec, const lac_cell *cells, size_t rows)
{
  lac_image *im = &rec->image, *before = &rec->before;
  size_t width = im->columns + LAC_BESIDE;
  if (before->rows && before->columns != im->columns)
    return lac_fail(LAC_EUSER, "%s has other columns; start again with --force", rec->journal_path);
  for (size_t i = 0; i < rows && i < before->rows; i++)
    if (!same_row(im, cells + i * width, before->cells + i * width))
      return differs(rec, before->cells + i * width);
  for (size_t i = 0; i < rows || i < before->rows; i++) {
    const lac_cell *row = i < rows ? cells + i * width : before->cells + i * width;
    LAC_TRY(lac_image_row(im, row));
    LAC_TRY(lac_journal_append(&rec->journal, LAC_RECORD_ROW, row, width * sizeof *row));
    if (rec->journal.used > 1 << 20)
      LAC_TRY(flush_journal(rec));
  }
  rec->at = rows;
  if (rows)
    rec->start = lac_seconds() - cells[(rows - 1) * width + im->columns + LAC_BESIDE_ELAPSED].real;
  return rec->reopened ? lac_journal_settle(&rec->journal) : LAC_OK;
}

/* The run computes again what is recorded: the row stays, with the time when it was seen first. */
static int known_row(lac_recorder *rec, const lac_cell *cells)
{
  const lac_image *im = &rec->image;
  const lac_cell *known = im->cells + rec->at * (im->columns + LAC_BESIDE);
  if (!same_row(im, cells, known))
    return differs(rec, known);
  rec->start = lac_seconds() - known[im->columns + LAC_BESIDE_ELAPSED].real;
  rec->at++;
  return LAC_OK;
}

const lac_cell *lac_recorder_rows(const lac_recorder *rec, size_t *count, size_t *width)
{
  *count = rec->at;
  *width = rec->image.columns + LAC_BESIDE;
  return rec->image.cells;
}

/* Rows to the disk; the file anew when that is cheap.  A row that took its time is worth a write of its own. */
static int keep_up(lac_recorder *rec)
{
  double now = lac_seconds(), took = now - rec->last_row;
  rec->last_row = now;
  if (took < 1e-3 && now - rec->flushed < rec->flush)
    return LAC_OK;
  LAC_TRY(flush_journal(rec));
  if (now - rec->drawn >= fmax(rec->flush, 20 * rec->cost)) {
    if (lac_image_write(&rec->image, rec->path) != LAC_OK && !rec->warned++)      /* the journal has the rows */
      fprintf(stderr, "laconic: warning: %s; the run goes on, and its rows are in %s\n", lac_error(), rec->journal_path);
    rec->drawn = lac_seconds();
    rec->cost = rec->drawn - now;
  }
  rec->flushed = lac_seconds();
  return LAC_OK;
}

int lac_recorder_row(void *self, const lac_cell *cells)
{
  lac_recorder *rec = self;
  lac_cell row[LAC_COLUMNS_MOST + LAC_BESIDE];
  size_t n = rec->image.columns;
  if (rec->at < rec->image.rows)
    return known_row(rec, cells);
  memcpy(row, cells, (n + LAC_BESIDE) * sizeof *row);
  row[n + LAC_BESIDE_ELAPSED].real = lac_seconds() - rec->start;
  LAC_TRY(lac_image_row(&rec->image, row));
  rec->at = rec->image.rows;
  LAC_TRY(lac_journal_append(&rec->journal, LAC_RECORD_ROW, row, (n + LAC_BESIDE) * sizeof *row));
  LAC_TRY(append_messages(rec));
  return keep_up(rec);
}

/* Where there is no room for the file there may still be room for rows. */
static int write_last(lac_recorder *rec)
{
  rec->image.messages = rec->messages;
  int status = lac_image_write(&rec->image, rec->path);
  if (status == LAC_OK)
    return status;
  char *why = lac_strdup(lac_error());
  int kept = flush_journal(rec) == LAC_OK;
  lac_fail(status, "%s%s%s", why ? why : "cannot write the result", kept ? "; the rows are in " : "", kept ? rec->journal_path : "");
  free(why);
  return status;
}

int lac_recorder_interrupt(lac_recorder *rec)
{
  LAC_TRY(append_messages(rec));      /* those since the last row: the journal takes the place of the file when it is read */
  LAC_TRY(flush_journal(rec));
  return write_last(rec);
}

void lac_recorder_merged(lac_recorder *rec, const double *merged, size_t d)
{
  rec->image.merged = merged;
  rec->image.merged_d = d;
}

int lac_recorder_end(lac_recorder *rec, const double *x, size_t d, const double *memory, size_t count, char digest[static 17])
{
  lac_image *im = &rec->image;
  if (rec->at < im->rows)
    return differs(rec, im->cells + rec->at * (im->columns + LAC_BESIDE));
  im->x = x;
  im->d = d;
  im->memory = memory;
  im->memory_size = count;
  im->messages = rec->messages;
  lac_image_digest(im, digest);
  im->digest = digest;
  LAC_TRY(write_last(rec));
  unlink(rec->journal_path);
  return LAC_OK;
}

void lac_recorder_close(lac_recorder *rec)
{
  if (!rec)
    return;
  if (rec->journal.fd >= 0) {
    flush_journal(rec);
    if (rec->image.rows == 0 && !rec->reopened)
      unlink(rec->journal_path);      /* refused before its first row: nothing is lost */
  }
  lac_journal_close(&rec->journal);
  lac_image_free(&rec->image);
  lac_image_free(&rec->before);
  free(rec->path);
  free(rec->journal_path);
  free(rec);
}
