/* Result files and tables that laconic would not write, with a good seal: each is refused in one sentence, or read as what it is. */
#include "hostile.h"
#include "store/table.h"
#include "tap.h"

#include "utf8.h"
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[256], path[320];

static const char *const type_names[TYPES] = {
  "texts", "counts", "reals", "32-bit integers", "32-bit reals", "texts of fixed size", "opaque bytes",
  "enum values", "compounds", "arrays", "sequences", "references", "bit fields", "big-endian reals" };

static int write_file(const strange *all, size_t count)
{
  hostile h = { all, count };
  return lac_store_file(path, put_hostile, &h) == LAC_OK;
}

/* Nothing that a terminal obeys. */
static int is_clean(const char *text)
{
  for (; *text; text++)
    if ((unsigned char)*text < 32 || *text == 127)
      return 0;
  return 1;
}

static int result_is_clean(const lac_result *r)
{
  int good = 1;
  for (size_t i = 0; i < r->attributes; i++)
    good = good && is_clean(r->attribute[i].key) && is_clean(r->attribute[i].value);
  for (size_t k = 0; k < r->columns; k++)
    good = good && is_clean(r->name[k]) && r->column[k];
  return good;
}

static int table_is_clean(const lac_table *t)
{
  int good = 1;
  for (size_t k = 0; k < t->columns; k++) {
    const lac_table_column *c = &t->column[k];
    good = good && is_clean(c->name) && is_clean(c->unit) && (t->rows == 0 || c->text || c->real);
    for (size_t i = 0; c->text && i < t->rows; i++)
      good = good && is_clean(c->text[i]);
  }
  return good;
}

/* 1: read, and clean; 0: refused in a clean sentence that names the file; -1: neither. */
static int outcome(int is_table)
{
  lac_result r;
  lac_table t;
  int found = 1, status = is_table ? lac_table_open(&t, path, &found) : lac_result_open(&r, path);
  if (status != LAC_OK)
    return strstr(lac_error(), path) && is_clean(lac_error()) ? 0 : -1;
  int good = found && (is_table ? table_is_clean(&t) : result_is_clean(&r));
  if (is_table)
    lac_table_close(&t);
  else
    lac_result_close(&r);
  return good ? 1 : -1;
}

/* What laconic itself writes there. */
static int is_ours(const strange *s)
{
  int simple = s->layout == CONTIGUOUS || (s->layout == UNALLOCATED && s->space == NONE), number = s->type == COUNT || s->type == REAL;
  if (s->thing == AN_ATTRIBUTE)
    return s->space == SCALAR && (s->type == TEXT || (s->place == IN_CONFIG && s->type == REAL));
  if (s->place == IN_TRACE)
    return simple && s->space == ROWS && (strcmp(s->name, "round") ? number : s->type == COUNT);
  if (s->place == IN_FINAL)
    return simple && s->type == REAL && (s->space == ROWS || s->space == NONE);
  return simple && ((s->space == ROWS && (number || s->type == TEXT)) || (s->space == TWO && number));
}

static void check_all(place p, thing what, const char *name)
{
  for (type t = 0; t < TYPES; t++) {
    unsigned wrong = 0, made = 0;
    for (space s = 0; s < SPACES; s++)
      for (layout l = 0; l < (what == A_SET ? LAYOUTS : 1); l++) {
        strange one = { p, what, t, s, l, name };
        if (!write_file(&one, 1))
          continue;
        int have = outcome(p == IN_BENCH || p == IN_COLUMN);
        made++;
        wrong += have != is_ours(&one);
        if (have != is_ours(&one))
          diag("type %d, space %d, layout %d: %d, %s", t, s, l, have, lac_error());
      }
    ok(wrong == 0 && made > 0, "%s '%s' of %s: %u files, each read for what it is or refused",
       what == A_SET ? "a data set" : "an attribute", name, type_names[t], made);
  }
}

static void check_links(void)
{
  static const struct { place place; const char *name; } where[] = {
    { IN_ROOT, "trace" }, { IN_ROOT, "config" }, { IN_ROOT, "final" }, { IN_TRACE, "f" }, { IN_TRACE, "round" }, { IN_TRACE, "more" },
    { IN_FINAL, "x" }, { IN_BENCH, "f" }, { IN_BENCH, "more" } };
  for (size_t i = 0; i < LAC_COUNT(where); i++) {
    unsigned wrong = 0;
    for (thing what = A_SOFT_LINK; what < THINGS; what++) {
      strange one = { where[i].place, what, REAL, ROWS, CONTIGUOUS, where[i].name };
      int any = where[i].place == IN_ROOT && i > 0 && (what == A_GROUP || what == A_HARD_LINK);      /* another group is a group */
      int made = write_file(&one, 1), have = made ? outcome(where[i].place == IN_BENCH) : -1;
      wrong += have < 0 || (have > 0 && !any);
      if (have < 0 || (have > 0 && !any))
        diag("thing %d: %d, %s", what, have, lac_error());
    }
    is_u64(wrong, 0, "'%s' is a soft, an external, a second hard link, a group, a type: refused", where[i].name);
  }
}

/* More things than there ever are. */
static void check_many(void)
{
  enum { MANY = 3000 };
  static strange all[MANY];
  static char names[MANY][16];
  unsigned wrong = 0;
  for (size_t i = 0; i < MANY; i++) {
    snprintf(names[i], sizeof names[i], "m%zu", i);
    all[i] = (strange){ IN_CONFIG, AN_ATTRIBUTE, TEXT, SCALAR, CONTIGUOUS, names[i] };
  }
  ok(write_file(all, MANY) && outcome(0) == 1, "%d attributes are read", MANY);
  for (size_t i = 0; i < MANY; i++)
    all[i] = (strange){ IN_TRACE, A_SET, REAL, ROWS, CONTIGUOUS, names[i] };
  for (int is_table = 0; is_table < 2; is_table++) {
    all[0].place = is_table ? IN_BENCH : IN_TRACE;
    wrong += !write_file(all, 100) || outcome(is_table) != 0;
  }
  is_u64(wrong, 0, "100 columns are refused");
}

static void check_names(void)
{
  static const char *const names[] = {
    "\033]0;title\007", "a\rb", "a\nb", "\xc2\x9b""31m", "\xe2\x80\xae""reversed", "\177", "na\xc3\xafve" };
  unsigned wrong = 0;
  for (size_t i = 0; i < LAC_COUNT(names); i++)
    for (place p = IN_ROOT; p < PLACES; p++) {
      thing what = p == IN_TRACE || p == IN_BENCH ? A_SET : AN_ATTRIBUTE;
      strange one = { p, what, what == A_SET ? REAL : TEXT, what == A_SET ? ROWS : SCALAR, CONTIGUOUS, names[i] };
      wrong += p != IN_FINAL && (!write_file(&one, 1) || outcome(p == IN_BENCH || p == IN_COLUMN) != 1);
    }
  is_u64(wrong, 0, "names and values with control characters lose them");
  char text[] = "na\xc3\xafve \xc2\x9b \xe2\x80\xae \xe2\x82\xac\t";
  lac_printable(text);
  is_str(text, "na\xc3\xafve ?? ??? \xe2\x82\xac?", "... and no other character");
}

/* ---- the commands: exit status 1 (compare: 2), one sentence, no signal ---- */

static int call(const char *command, char *said, size_t size)
{
  char line[1200];
  snprintf(line, sizeof line, "cd %s && \"$LACONIC\" %s 2>&1 >out", folder, command);
  FILE *from = popen(line, "r");
  size_t got = from ? fread(said, 1, size - 1, from) : 0;
  said[got] = 0;
  int status = from ? pclose(from) : -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void check_commands(void)
{
  static const struct { const char *words; int is_table, status; } commands[] = {
    { "show h.h5", 0, 1 }, { "show --csv h.h5", 0, 1 }, { "show --constants h.h5", 0, 1 }, { "compare h.h5 h.h5", 0, 2 },
    { "compare h.h5 h.h5", 1, 2 }, { "plot e.ini", 0, 1 }, { "claims e.ini", 0, 1 }, { "run --resume -o h.h5", 0, 1 } };
  static const strange things[] = {
    { IN_ROOT, AN_ATTRIBUTE, AN_ARRAY, SCALAR, CONTIGUOUS, "digest" }, { IN_CONFIG, AN_ATTRIBUTE, REAL, ROWS, CONTIGUOUS, "algorithm" },
    { IN_TRACE, A_SET, REAL, VAST, UNALLOCATED, "f" }, { IN_TRACE, A_SET, REAL, ROWS, EXTERNAL, "f" },
    { IN_TRACE, AN_EXTERNAL_LINK, REAL, ROWS, CONTIGUOUS, "f" } };
  if (!getenv("LACONIC")) {
    skip("no LACONIC", "commands");
    return;
  }
  char said[4096], ini[400];
  snprintf(ini, sizeof ini, "%s/e.ini", folder);
  FILE *f = fopen(ini, "w");
  fprintf(f, "results = store\nrounds = 2\n[run a]\noutput = h.h5\n[claim c]\nholds = last(f) <= 1\n");
  fclose(f);
  for (size_t i = 0; i < LAC_COUNT(commands); i++) {
    unsigned wrong = 0;
    for (size_t k = 0; k < LAC_COUNT(things); k++) {
      strange one = things[k];
      one.place = !commands[i].is_table ? one.place : one.place == IN_TRACE ? IN_BENCH : IN_COLUMN;
      wrong += !write_file(&one, 1);
      int status = call(commands[i].words, said, sizeof said);
      const char *end = strchr(said, '\n');
      int good = status == commands[i].status && strncmp(said, "laconic: ", 9) == 0 && strstr(said, "h.h5 is") && end && !end[1];
      wrong += !good;
      if (!good)
        diag("thing %zu: exit %d, %s", k, status, said);
    }
    is_u64(wrong, 0, "laconic %s: %zu strange %s are refused in a sentence", commands[i].words, LAC_COUNT(things),
           commands[i].is_table ? "tables" : "results");
  }
}

static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
  setrlimit(RLIMIT_AS, &(struct rlimit){ (rlim_t)1 << 31, RLIM_INFINITY });      /* of 4 TB, nobody notices otherwise */
#endif
}

int main(void)
{
  snprintf(folder, sizeof folder, "%s/laconic-hostile-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  if (!mkdtemp(folder))
    return 99;
  snprintf(path, sizeof path, "%s/h.h5", folder);
  check_commands();
  limit_memory();
  ok(write_file(NULL, 0) && outcome(0) == 1, "what nothing strange was added to is read");
  check_all(IN_ROOT, AN_ATTRIBUTE, "digest");
  check_all(IN_CONFIG, AN_ATTRIBUTE, "algorithm");
  check_all(IN_COLUMN, AN_ATTRIBUTE, "unit");
  check_all(IN_TRACE, A_SET, "f");
  check_all(IN_TRACE, A_SET, "round");
  check_all(IN_FINAL, A_SET, "x");
  check_all(IN_BENCH, A_SET, "f");
  check_links();
  check_many();
  check_names();
  char line[300];
  snprintf(line, sizeof line, "rm -r %s", folder);
  ok(system(line) == 0, "the folder is removed");
  return done();
}
