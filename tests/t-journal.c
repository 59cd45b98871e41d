/* A journal that was cut anywhere, or damaged anywhere: what came before is intact. */
#include "store/journal.h"
#include "store/recorder.h"
#include "store/result.h"
#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[256], path[320], result[320];

/* ---- records ---- */

enum { RECORDS = 6 };
static const struct { uint32_t kind; const char *bytes; size_t size; } records[RECORDS] = {
  { 1, "first", 5 }, { 2, "", 0 }, { 3, "a\0b\nc", 5 }, { UINT32_MAX, "x", 1 },
  { 1, "0123456789abcdef0123456789abcdef", 32 }, { 7, "end", 3 },
};

typedef struct { size_t count, lost; int wrong; int stop_after; } reader;

static int each(void *self, uint32_t kind, const void *bytes, size_t size)
{
  reader *r = self;
  size_t i = r->count;
  if (i >= RECORDS || kind != records[i].kind || size != records[i].size || memcmp(bytes, records[i].bytes, size))
    r->wrong = 1;
  r->count++;
  return r->stop_after && (int)r->count == r->stop_after ? LAC_EIO : LAC_OK;
}

static int lose(void *self, uint32_t kind, const void *bytes, size_t size)
{
  (void)kind;
  (void)bytes;
  (void)size;
  ((reader *)self)->lost++;
  return LAC_OK;
}

static size_t load(const char *from, uint8_t **bytes)
{
  FILE *f = fopen(from, "rb");
  *bytes = malloc(1 << 20);
  size_t size = f ? fread(*bytes, 1, 1 << 20, f) : 0;
  if (f)
    fclose(f);
  return size;
}

static void store(const char *to, const uint8_t *bytes, size_t size)
{
  FILE *f = fopen(to, "wb");
  if (!f || fwrite(bytes, 1, size, f) != size || fclose(f)) {
    perror(to);
    exit(99);
  }
}

static size_t write_records(uint8_t **bytes)
{
  lac_journal j;
  int status = lac_journal_create(&j, path);
  for (size_t i = 0; i < RECORDS; i++) {
    status |= lac_journal_append(&j, records[i].kind, records[i].bytes, records[i].size);
    if (i == 2)
      status |= lac_journal_flush(&j);
  }
  status |= lac_journal_flush(&j);
  ok(status == LAC_OK, "a journal is written");
  lac_journal_close(&j);
  ok(lac_journal_create(&j, path) == LAC_EUSER && strstr(lac_error(), "--force"), "an existing one is not overwritten: %s", lac_error());
  lac_journal_close(&j);
  return load(path, bytes);
}

/* A damaged size must not make the reader ask for memory that the file cannot fill: it would get none. */
static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
  struct rlimit most;
  if (getrlimit(RLIMIT_AS, &most) == 0) {
    most.rlim_cur = (rlim_t)1 << 30;
    setrlimit(RLIMIT_AS, &most);
  }
#endif
}

static void test_records(void)
{
  enum { MAGIC = 8, HEAD = 16 };
  uint8_t *bytes;
  size_t size = write_records(&bytes), ends[RECORDS], at = MAGIC, damaged;
  reader r = { 0 };
  unsigned wrong = 0;
  for (size_t i = 0; i < RECORDS; i++)
    ends[i] = at += HEAD + records[i].size;
  is_u64(size, at, "its size is magic, heads and records");
  ok(lac_journal_read(path, each, lose, &r, &damaged) == LAC_OK && r.count == RECORDS && !r.wrong, "all records come back in order");
  r = (reader){ .stop_after = 3 };
  ok(lac_journal_read(path, each, lose, &r, &damaged) == LAC_EIO && r.count == 3, "a reader that fails is obeyed");
  for (size_t length = 0; length <= size; length++) {
    size_t whole = 0;
    while (whole < RECORDS && ends[whole] <= length)
      whole++;
    store(path, bytes, length);
    r = (reader){ 0 };
    int status = lac_journal_read(path, each, lose, &r, &damaged);
    wrong += status != LAC_OK || r.count != whole || r.wrong || damaged || r.lost;
  }
  is_u64(wrong, 0, "cut at each of %zu bytes: exactly the whole records before the cut", size);
  wrong = 0;
  limit_memory();
  for (size_t bit = 0; bit < 8 * size; bit++) {
    size_t before = 0;
    while (before < RECORDS && ends[before] <= bit / 8)
      before++;
    bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    store(path, bytes, size);
    bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    r = (reader){ 0 };
    int status = lac_journal_read(path, each, lose, &r, &damaged);
    wrong += status != (bit < 8 * MAGIC ? LAC_EFORMAT : LAC_OK) || r.count != (bit < 8 * MAGIC ? 0 : before) || r.wrong;
    if (bit >= 8 * MAGIC)
      wrong += damaged != (before + 1 < RECORDS ? before + 1 : 0) || r.lost != RECORDS - before - 1;
  }
  is_u64(wrong, 0, "each of %zu bits flipped: exactly the records before it, and the number of it and of those behind it", 8 * size);
  free(bytes);
  unlink(path);
  ok(lac_journal_read(path, each, lose, &r, &damaged) == LAC_EFORMAT, "a file that is not there: %s", lac_error());
}

/* ---- a result whose journal was cut ---- */

enum { ROWS = 4 };

static size_t write_run(uint8_t **bytes)
{
  static const lac_column columns[] = { { .name = "round" }, { .name = "f", .is_real = 1 }, { .name = "grad_norm_sq", .is_real = 1 } };
  lac_recorder *rec = NULL;
  int status = lac_recorder_open(&rec, result, 0, 1e9);
  status |= lac_recorder_note(rec, "config", "algorithm", "ef21");
  status |= lac_recorder_note(rec, "", "note", "");
  status |= lac_recorder_begin(rec, columns, 3);
  for (uint64_t i = 0; i < ROWS; i++) {
    lac_cell cells[3 + LAC_BESIDE] = { { .count = i }, { .real = 1 / (1.0 + (double)i) }, { .real = 3e-5 * (double)i } };
    status |= lac_recorder_row(rec, cells);
  }
  lac_recorder_close(rec);
  ok(status == LAC_OK, "a run is recorded and not ended");
  return load(path, bytes);
}

static void test_fold(void)
{
  uint8_t *bytes;
  size_t size = write_run(&bytes), rows_before = 0, refused = 0, most = 0;
  unsigned wrong = 0;
  for (size_t length = 0; length <= size; length++) {
    lac_result r;
    store(path, bytes, length);
    unlink(result);
    if (lac_result_open(&r, result) != LAC_OK) {
      refused++;
      wrong += !*lac_error() || most > 0;
      continue;
    }
    const double *round = lac_result_column(&r, "round"), *f = lac_result_column(&r, "f");
    const char *complete = lac_result_attribute(&r, "complete"), *reason = lac_result_attribute(&r, "reason");
    wrong += r.rows < rows_before || r.rows > ROWS || (r.rows && (!round || !f));
    for (size_t i = 0; i < r.rows && round && f; i++)
      wrong += round[i] != (double)i || f[i] != 1 / (1.0 + (double)i);
    wrong += !complete || strcmp(complete, "0") || !reason || strcmp(reason, "interrupted");
    rows_before = r.rows;
    most = r.rows > most ? r.rows : most;
    lac_result_close(&r);
  }
  is_u64(wrong, 0, "cut at each of %zu bytes: the result opens with the rows before the cut, or is refused in a sentence", size);
  is_u64(most, ROWS, "the whole journal gives all rows");
  ok(refused > 8, "a run that was killed before its trace began leaves no result (%zu lengths)", refused);
  ok(lac_result_complete(result) == 0, "it is not complete");
  free(bytes);
}

/* ---- no room: a limit on the size of files, which nobody has to be root for ---- */

static void limit_files(rlim_t bytes)
{
  struct rlimit most;
  getrlimit(RLIMIT_FSIZE, &most);
  most.rlim_cur = bytes < most.rlim_max ? bytes : most.rlim_max;
  setrlimit(RLIMIT_FSIZE, &most);
}

static int record_run(char digest[17])
{
  static const lac_column columns[] = { { .name = "round" }, { .name = "f", .is_real = 1 } };
  lac_recorder *rec = NULL;
  int status = lac_recorder_open(&rec, result, 1, 1e9);
  if (status == LAC_OK)
    status = lac_recorder_note(rec, "config", "algorithm", "ef21");
  if (status == LAC_OK)
    status = lac_recorder_begin(rec, columns, 2);
  for (uint64_t i = 0; i < 100 && status == LAC_OK; i++)
    status = lac_recorder_row(rec, (lac_cell[]){ { .count = i }, { .real = 1.0 }, { 0 }, { 0 } });
  double x[4] = { 1, 2, 3, 4 };
  if (status == LAC_OK)
    status = lac_recorder_end(rec, x, 4, NULL, 0, digest);
  lac_recorder_close(rec);
  return status;
}

static void test_no_room(void)
{
  char digest[17] = "", again[17];
  uint8_t *whole, *now;
  unlink(path);
  ok(record_run(digest) == LAC_OK, "a run with room for its result");
  size_t size = load(result, &whole);
  unsigned wrong = 0, refused = 0, step = 97;
  signal(SIGXFSZ, SIG_IGN);
  for (size_t room = 1; room < size; room += step) {
    lac_result r;
    limit_files(room);
    int status = record_run(again);
    limit_files(RLIM_INFINITY);
    size_t have = load(result, &now);
    refused += status == LAC_EIO;
    wrong += status != LAC_EIO || !*lac_error();
    if (access(path, F_OK) && (have != size || memcmp(whole, now, size)))      /* no rows of the new one: the old one */
      wrong++;
    if (lac_result_open(&r, result) == LAC_OK)                                 /* rows of the journal, or the old one */
      lac_result_close(&r);
    else
      wrong++;
    free(now);
    unlink(path);
    store(result, whole, size);
  }
  is_u64(wrong, 0, "no room at %u sizes: an error, and a whole file", refused);
  ok(record_run(again) == LAC_OK && strcmp(digest, again) == 0, "with room it ends as before");
  free(whole);
}

int main(void)
{
  snprintf(folder, sizeof folder, "%s/laconic-journal-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  if (!mkdtemp(folder))
    return 99;
  snprintf(result, sizeof result, "%s/r.h5", folder);
  snprintf(path, sizeof path, "%s/r.h5.journal", folder);
  test_records();
  test_fold();
  test_no_room();
  unlink(path);
  unlink(result);
  ok(rmdir(folder) == 0, "no other files are left");
  return done();
}
