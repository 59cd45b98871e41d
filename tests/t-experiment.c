/* Experiment files: grids, sections, overrides, errors. */
#include "experiment/experiment.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[256];

/* ---- grids ---- */

static const struct { const char *text, *points; } grids[] = {
  { "", "" },
  { "plain", "plain" },
  { "{a}", "a" },
  { "{}", "" },
  { "{a,b}", "a b" },
  { "x{a,b}y", "xay xby" },
  { "{a,b}{1,2}", "a1 a2 b1 b2" },
  { "ef21:gamma=theory*{1,2,4}", "ef21:gamma=theory*1 ef21:gamma=theory*2 ef21:gamma=theory*4" },
  { "{topk:k={1,2},identity}", "topk:k=1 topk:k=2 identity" },
  { "{a,{b,{c,d}}}", "a b c d" },
  { "{a,}x", "ax x" },
  { "a,b", "a,b" },
};

static void test_grids(void)
{
  for (size_t i = 0; i < LAC_COUNT(grids); i++) {
    char **all, joined[512] = "";
    if (!ok(lac_expand(grids[i].text, &all) == LAC_OK, "'%s' is a grid", grids[i].text))
      continue;
    for (char **p = all; *p; p++)
      snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", p == all ? "" : " ", *p);
    is_str(joined, grids[i].points, "... with these points");
    lac_expand_free(all);
  }
}

static void test_bad_grids(void)
{
  static const char *const bad[] = { "{", "}", "{a", "a}", "}{", "{a}}", "{{a}", "a{b,{c}" };
  char **all, text[128] = "";
  for (size_t i = 0; i < LAC_COUNT(bad); i++)
    ok(lac_expand(bad[i], &all) == LAC_EUSER && strstr(lac_error(), "brace"), "'%s': %s", bad[i], lac_error());
  for (int i = 0; i < 17; i++)
    strcat(text, "{a,b}");
  ok(lac_expand(text, &all) == LAC_EUSER && strstr(lac_error(), "100000"), "2^17 points: %s", lac_error());
}

/* ---- files ---- */

static void write_bytes(const char *bytes, size_t size)
{
  FILE *f = fopen(path, "w");
  if (!f || fwrite(bytes, 1, size, f) != size || fclose(f))
    exit(99);
}

static void write_text(const char *text) { write_bytes(text, strlen(text)); }

static const char sample[] =
  "; a comment\n"
  "problem = quadratic:d=10\n"
  "rounds = 7\n"
  "title = What is common\n"
  "missing = skip\n"
  "best = largest max(f)\n"
  "clients = {2,3}\n"
  "[run GD]\n"
  "algorithm = gd\n"
  "[figure]\n"
  "x = round,\n"
  "  bits_up\n"
  "title = Two lines\n"
  "[run EF21 with blanks]\n"
  "algorithm = ef21:gamma=theory*{1,2,4}\n"
  "up = topk:k=1\n"
  "rounds = 9\n"
  "best = all\n"
  "label = Top-1\n"
  "[claim floor]\n"
  "says = nothing\n";

static void test_file(void)
{
  lac_experiment e;
  write_text(sample);
  if (!ok(lac_experiment_load(&e, path, NULL) == LAC_OK, "a file is read")) {
    diag("%s", lac_error());
    return;
  }
  is_u64(e.runs, 8, "2 clients x (1 + 3) runs");
  is_str(e.run[0].label, "GD", "the first section comes first");
  is_str(e.run[7].label, "Top-1", "label: another name");
  is_u64(e.run[0].config.clients, 2, "the head's grid varies slowest: first");
  is_u64(e.run[1].config.clients, 3, "... second");
  is_str(e.run[2].config.algorithm, "ef21:gamma=theory*1", "the section's grid varies fastest: first");
  is_str(e.run[4].config.algorithm, "ef21:gamma=theory*4", "... third");
  is_u64(e.run[4].config.clients, 2, "... for the first number of clients");
  is_u64(e.run[7].config.clients, 3, "... and the last");
  is_u64(e.run[0].config.rounds, 7, "the head is common");
  is_u64(e.run[5].config.rounds, 9, "a section overrides it");
  is_str(e.run[0].config.up, "identity", "what nobody sets has its default");
  is_str(e.run[0].config.problem, "quadratic:d=10", "values keep their colons and equal signs");
  is_str(lac_experiment_setting(&e, "figure", "x"), "round, bits_up", "an indented line goes on");
  is_str(lac_experiment_setting(&e, "claim floor", "says"), "nothing", "other sections are kept");
  is_str(lac_experiment_setting(&e, "", "title"), "What is common", "... and the head");
  is_str(lac_experiment_setting(&e, "figure", "y"), NULL, "what is not there is NULL");
  ok(e.skip_missing, "missing = skip");
  is_str(e.run[0].best, "largest max(f)", "best: the head's rule");
  is_str(e.run[7].best, "all", "... unless the section has its own");
  lac_experiment_free(&e);
  ok(e.runs == 0 && e.run == NULL && e.path == NULL, "free leaves nothing");
}

/* A grid of the head that a section sets anew is not a grid there. */
static void test_own_value(void)
{
  lac_experiment e;
  write_text("problem = quadratic\nclients = {2,3,4}\n[run a]\nclients = 5\n[run b]\nseed = {1,2}\n");
  if (ok(lac_experiment_load(&e, path, NULL) == LAC_OK, "a section with a value of its own")) {
    is_u64(e.runs, 1 + 3 * 2, "... has one run");
    is_u64(e.run[0].config.clients, 5, "... with that value");
    lac_experiment_free(&e);
  }
}

static void test_overrides(void)
{
  lac_experiment e;
  const char *const overrides[] = { "rounds=3", "results=elsewhere", NULL }, *const wrong[] = { "ronds=3", NULL };
  unsigned other = 0;
  write_text(sample);
  if (ok(lac_experiment_load(&e, path, overrides) == LAC_OK, "overrides are taken")) {
    for (size_t i = 0; i < e.runs; i++)
      other += e.run[i].config.rounds != 3 || strcmp(e.run[i].config.results, "elsewhere");
    is_u64(other, 0, "... by every run, after the sections");
    lac_experiment_free(&e);
  }
  ok(lac_experiment_load(&e, path, wrong) == LAC_EUSER && strstr(lac_error(), "did you mean rounds"), "a wrong one: %s", lac_error());
}

static const struct { const char *text, *says[2]; } bad[] = {
  { "", { "[run LABEL]" } },
  { "rounds = 3\n", { "[run LABEL]" } },
  { "[figure]\nx = round\n", { "[run LABEL]" } },
  { "rounds\n[run a]\nseed = 1\n", { "line 1" } },
  { "rounds = 3\n[run a\nseed = 1\n", { "line 2" } },
  { "ronds = 3\n[run a]\nseed = 1\n", { "ronds", "did you mean rounds" } },
  { "rounds = many\n[run a]\nseed = 1\n", { "rounds", "many" } },
  { "rounds = {1,2\n[run a]\nseed = 1\n", { "rounds", "brace" } },
  { "missing = ignore\n[run a]\nseed = 1\n", { "missing", "skip or fail" } },
  { "[run a]\nalgorithm = ef21\nclients = 0\n", { "clients", "[1," } },
  { "best = max(f)\n[run a]\nseed = 1\n", { "best", "smallest or largest" } },
  { "[run a]\nseed = 1\nrounds = 2\n[run a]\nseed = 3\n", { "line 4: [run a] is there already, in line 1;", "names of their own" } },
  { "rounds = 1\nseed = 1\nrounds = 2\n[run a]\nseed = 3\n", { "line 3: rounds is set twice in the head;", "in line 1" } },
  { "[run a]\nseed = 1\nbest = smallest most(f)\n", { "best", "no reduction 'most'" } },
  { "[run a]\nseed = 1\nbest = smallest rounds_to(f)\n", { "best", "a column and a number" } },
  { "[run a]\nseed = 1\nbest = smallest max(f) smallest min(f)\n", { "best", "then" } },
  /* sections: every one is a run, a figure or a claim, once */
  { "[run a]\nseed = 1\n[run b]\n[run   a]\nseed = 3\n", { "line 4: [run a] is there already, in line 1" } },
  { "[run a]\n[figure]\nx = round\n[figure]\ny = f\n", { "line 4: [figure]" } },
  { "[run]\nseed = 1\n", { "line 1: there is no section [run]", "[run LABEL]" } },
  { "[run ]\nseed = 1\n", { "line 1", "[run LABEL]" } },
  { "[Run a]\nseed = 1\n", { "line 1", "[Run a]" } },
  { "[runs a]\nseed = 1\n", { "line 1", "[runs a]" } },
  { "[run a]\nseed = 1\n[FIGURE]\nx = round\n", { "line 3", "[FIGURE]" } },
  { "[run a]\nseed = 1\n[claim]\nsays = x\n", { "line 3", "[claim NAME]" } },
  { "[run a]\nseed = 1\n[]\nx = round\n", { "line 3", "names no section" } },
  { "[run a\nseed = 1\n", { "line 1", "does not end it with ]" } },
  { "[run a] seed = 1\n", { "line 1", "behind [section]" } },
  { "[run a ; b]\nseed = 1\n", { "line 1", "does not end it with ]" } },
  /* keys: every one is set, once */
  { "rounds = 1\nrounds = 2\n[run a]\n", { "line 2: rounds is set twice in the head" } },
  { "rounds = 1\nrounds = 1\n[run a]\n", { "line 2: rounds is set twice in the head" } },
  { "[run a]\nrounds = 1\nseed = 2\nrounds: 3\n", { "line 4: rounds is set twice in [run a]" } },
  { "[run a]\n[claim c]\nsays = x\nsays = y\n", { "line 4: says is set twice in [claim c]" } },
  { "Rounds = 1\n[run a]\n", { "line 1", "did you mean rounds" } },
  { "= 1\n[run a]\n", { "line 1", "no key" } },
  { "rounds =\n[run a]\n", { "line 1", "rounds is empty; give it a value or leave it out" } },
  { "[run a]\nrounds =   ; nothing\nseed = 1\n", { "line 2", "rounds is empty" } },
  { "[run a]\nup =\n", { "line 2", "up is empty" } },
  { "[run a]\nforce = yes\n", { "line 2", "command line alone" } },
  { "force = no\n[run a]\n", { "line 1", "command line alone" } },
  { "rounds = 3 # few\n[run a]\n", { "line 1", "begins with ;" } },
  { "[run a]\ndataset = mushrooms # small\n", { "line 2", "begins with ;" } },
  { "[run a]\ndataset = \"mushrooms\"\n", { "line 2", "without quotes" } },
  { "[run a]\ndataset = mushrooms\n  clients = 3\n", { "line 2", "do not indent" } },
  /* what every section sets anew */
  { "rounds = many\n[run a]\nrounds = 1\n", { "line 1", "many" } },
  { "rounds = {1,x}\n[run a]\nrounds = 1\n", { "line 1", "'x'" } },
  { "rounds = {1\n[run a]\nrounds = 1\n", { "line 1", "brace" } },
  { "best = max(f)\n[run a]\nbest = all\n", { "line 1", "smallest or largest" } },
  { "best = smallest max(f, 1, 2)\n[run a]\n", { "line 1", "max takes a column alone" } },
  { "best = smallest rounds_to(f, 1, 2)\n[run a]\n", { "line 1", "'2' is more than it takes" } },
  /* bytes */
  { "\xff\xfer\n", { "line 1", "UTF-16" } },
  { "\xfe\xffr\n", { "line 1", "UTF-16" } },
  { "rounds = 1\n[run a]\nseed = 1\x1b[31m\n", { "line 3", "control character 0x1b" } },
  { "; \x07\n[run a]\n", { "line 1", "control character 0x07" } },
};

static void test_bad_files(void)
{
  lac_experiment e;
  for (size_t i = 0; i < LAC_COUNT(bad); i++) {
    write_text(bad[i].text);
    int status = lac_experiment_load(&e, path, NULL), said = strstr(lac_error(), path) != NULL;
    for (size_t k = 0; k < 2 && bad[i].says[k]; k++)
      said &= strstr(lac_error(), bad[i].says[k]) != NULL;
    if (!ok(status == LAC_EUSER && said && !strchr(lac_error(), '\n'), "bad file %zu", i))
      diag("status %d, '%s'", status, lac_error());
    if (status == LAC_OK)
      lac_experiment_free(&e);
  }
  ok(lac_experiment_load(&e, "/nonexistent/x.ini", NULL) == LAC_EUSER && strstr(lac_error(), "/nonexistent/x.ini"),
     "no file: %s", lac_error());
}

/* ---- what an editor may write: the same runs, or a sentence ---- */

static const char *const same[] = {
  "rounds = 7\nup = topk:k=1\n[run a b]\nseed = 3\n",
  "rounds = 7\nup = topk:k=1\n[run a b]\nseed = 3",
  "rounds = 7\r\nup = topk:k=1\r\n[run a b]\r\nseed = 3\r\n",
  "rounds = 7\rup = topk:k=1\r[run a b]\rseed = 3\r",
  "rounds = 7\r\n\r\nup = topk:k=1\n[run a b]\rseed = 3",
  "\xef\xbb\xbfrounds = 7\nup = topk:k=1\n[run a b]\nseed = 3\n",
  "\xef\xbb\xbf; a comment\r\nrounds = 7\r\nup = topk:k=1\r\n[run a b]\r\nseed = 3\r\n",
  "\trounds\t=\t7\t\n\n\n\tup = topk:k=1   \n\t[ run \t a  b ]  \n\tseed\t=3\t\f\n",
  "rounds=7\nup=topk:k=1\n[run a b]\nseed=3\n",
  "rounds: 7\nup: topk:k=1\n[run a b]\nseed : 3\n",
  "  rounds = 7\n  up = topk:k=1\n[run a b]\n    seed = 3\n",
  "rounds = 7 ; few\n# x = y\nup = topk:k=1\t; [run c]\n;[run d]\n[run a b] ; ] c\n  ; z\nseed = 3 ;\n",
};

static void test_same(void)
{
  for (size_t i = 0; i < LAC_COUNT(same); i++) {
    lac_experiment e;
    write_text(same[i]);
    if (!ok(lac_experiment_load(&e, path, NULL) == LAC_OK, "the same file, as written by editor %zu", i)) {
      diag("%s", lac_error());
      continue;
    }
    const lac_config *c = &e.run[0].config;
    ok(e.runs == 1 && strcmp(e.run[0].label, "a b") == 0 && c->rounds == 7 && c->seed == 3 && strcmp(c->up, "topk:k=1") == 0,
       "... says the same");
    lac_experiment_free(&e);
  }
}

/* A section without keys is a run; texts keep every byte. */
static void test_texts(void)
{
  static const char text[] = "title = \"\xe2\x88\x87" "f\" = 0: a # b\n[run \xce\xb1 \xe9]\n[run x;y]\n"
                             "label = \xe2\x80\x9cq\xe2\x80\x9d\n[figure]\n"
                             "caption = one ; no more\n  # nothing\n\ttwo=2\n ; nothing\n  [three] \n\nx = round\n";
  lac_experiment e;
  write_text(text);
  if (!ok(lac_experiment_load(&e, path, NULL) == LAC_OK, "texts are taken")) {
    diag("%s", lac_error());
    return;
  }
  is_u64(e.runs, 2, "a section without a key is a run");
  is_str(e.run[0].label, "\xce\xb1 \xe9", "a label keeps its bytes, UTF-8 or not");
  is_str(e.run[1].label, "\xe2\x80\x9cq\xe2\x80\x9d", "... also one of label =");
  is_str(lac_experiment_setting(&e, "", "title"), "\"\xe2\x88\x87" "f\" = 0: a # b", "a title keeps its quotes, signs and hashes");
  is_str(lac_experiment_setting(&e, "figure", "caption"), "one two=2 [three]", "a value goes on over comments, to the empty line");
  is_str(lac_experiment_setting(&e, "figure", "x"), "round", "... and the next key is a key");
  lac_experiment_free(&e);
}

/* Lines of every length around the powers of two, and far above, wherever they stand. */
static void test_long_lines(void)
{
  static const size_t lengths[] = { 190, 197, 198, 199, 200, 201, 255, 256, 257, 4095, 4096, 4097, 65535, 65536, 65537, 1000000 };
  static const char *const kinds[] = { ";", "#", "title = ", "[run b] ; ", "rounds = 2 ; ", "[run ", "  " };
  size_t wrong = 0;
  for (size_t i = 0; i < LAC_COUNT(lengths); i++)
    for (size_t k = 0; k < LAC_COUNT(kinds); k++) {
      lac_experiment e;
      char *x = malloc(lengths[i] + 1);
      memset(x, 'x', lengths[i]);
      x[lengths[i]] = 0;
      char *text = lac_asprintf("clients = 3\n%s%s%srounds = 3%s\n[run a]\nseed = 1\n[figure]\ncaption = %srounds = 4\n",
                                k == 6 ? "label = y\n" : "", kinds[k], x, k == 5 ? "]" : "", x);
      write_text(text);
      int status = lac_experiment_load(&e, path, NULL);
      if (k == 6)      /* label in the head is no option */
        wrong += status == LAC_OK;
      else if (status != LAC_OK)
        wrong++;
      else {
        const char *caption = lac_experiment_setting(&e, "figure", "caption"), *title = lac_experiment_setting(&e, "", "title");
        wrong += e.runs != (k == 3 || k == 5 ? 2 : 1) || e.run[0].config.rounds != (k == 4 ? 2 : 1000) ||
                 strlen(caption) != lengths[i] + 10 || (k == 2 && strlen(title) != lengths[i] + 10) ||
                 (k == 5 && strlen(e.run[0].label) != lengths[i] + 10);
      }
      if (status == LAC_OK)
        lac_experiment_free(&e);
      free(text);
      free(x);
    }
  ok(wrong == 0, "%zu violations in %zu files with lines of 190 to 1000000 bytes", wrong, LAC_COUNT(lengths) * LAC_COUNT(kinds));
}

/* A zero byte at every place of a file, and the whole file in UTF-16 and UTF-32, with a mark and without. */
static void test_zero_bytes(void)
{
  static const char text[] = "; c\nrounds = 7\n[run a]\nseed = 3\n";
  size_t taken = 0, n = sizeof text - 1;
  lac_experiment e;
  char bytes[4 * sizeof text];
  for (size_t at = 0; at <= n; at++) {
    memcpy(bytes, text, at);
    bytes[at] = 0;
    memcpy(bytes + at + 1, text + at, n - at);
    write_bytes(bytes, n + 1);
    taken += lac_experiment_load(&e, path, NULL) != LAC_EUSER || !strstr(lac_error(), "UTF-16") || !strstr(lac_error(), "line ");
  }
  ok(taken == 0, "%zu of %zu files with a zero byte are taken", taken, n + 1);
  taken = 0;
  for (size_t width = 2; width <= 4; width += 2)
    for (size_t high = 0; high < 2; high++) {
      memset(bytes, 0, sizeof bytes);
      for (size_t i = 0; i < n; i++)
        bytes[width * i + (high ? width - 1 : 0)] = text[i];
      write_bytes(bytes, width * n);
      taken += lac_experiment_load(&e, path, NULL) != LAC_EUSER || !strstr(lac_error(), "UTF-16");
    }
  ok(taken == 0, "%zu of 4 files in UTF-16 and UTF-32 are taken", taken);
}

/* 30000 keys, in one section, in as many, in a value. */
static void test_many(void)
{
  static const char *const lines[] = { "[run a%zu]\nseed = 2\n", "[claim c%zu]\nsays = x\n", "k%zu = x\n",
                                       "  xxxxxxxxxxxxxxxxxxxxxxxxx%zu\n" };
  static const char *const heads[] = { "rounds = 3\n", "[run a]\n", "[run a]\n[claim c]\n", "[run a]\n[figure]\ncaption = y\n" };
  for (size_t k = 0; k < LAC_COUNT(lines); k++) {
    lac_experiment e;
    char *text = malloc(2000000), *to = text + sprintf(text, "%s", heads[k]);
    for (size_t i = 0; i < 30000; i++)
      to += sprintf(to, lines[k], i);
    write_text(text);
    free(text);
    double start = lac_seconds();
    int status = lac_experiment_load(&e, path, NULL);
    double took = lac_seconds() - start;
    ok(status == LAC_OK && took < 30, "30000 of '%.8s...' are read", lines[k]);
    diag("%.2f s %s", took, status == LAC_OK ? "" : lac_error());
    if (status == LAC_OK)
      lac_experiment_free(&e);
  }
}

static void test_claims_file(void)
{
  static const struct { const char *text, *says; } files[] = {
    { "[claim a]\nsays = x\n", NULL },
    { "rounds = 3\n", "line 1: a file of claims has [claim NAME] sections alone" },
    { "[run b]\n", "line 1: a file of claims" },
    { "[figure]\ny = f\n", "line 1: a file of claims" },
    { "[claim b]\nsays = x\n[claim b]\n", "line 3: [claim b] is there already, in line 1" },
    { "[claim own]\n", "line 1: [claim own] is there already, in line 2" },
  };
  for (size_t i = 0; i < LAC_COUNT(files); i++) {
    lac_experiment e;
    write_text("[run a]\n[claim own]\n");
    if (!ok(lac_experiment_load(&e, path, NULL) == LAC_OK, "an experiment with a claim"))
      continue;
    write_text(files[i].text);
    int status = lac_experiment_append(&e, path);
    if (!ok(files[i].says ? status == LAC_EUSER && strstr(lac_error(), files[i].says) : status == LAC_OK, "... and claims file %zu", i))
      diag("%s", lac_error());
    lac_experiment_free(&e);
  }
}

static void test_no_file(void)
{
  lac_experiment e;
  ok(lac_experiment_load(&e, "/dev/null", NULL) == LAC_EUSER && strstr(lac_error(), "device"), "a device: %s", lac_error());
  ok(lac_experiment_load(&e, "/", NULL) == LAC_EUSER && strstr(lac_error(), "folder"), "a folder: %s", lac_error());
  unlink(path);
  ok(mkfifo(path, 0600) == 0 && lac_experiment_load(&e, path, NULL) == LAC_EUSER && strstr(lac_error(), "pipe"),
     "a pipe is not waited for");
  ok(lac_experiment_load(&e, "/tmp/a\nb.ini", NULL) == LAC_EUSER && strstr(lac_error(), "control"), "a name: %s", lac_error());
}

int main(void)
{
  snprintf(path, sizeof path, "%s/laconic-experiment-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  int fd = mkstemp(path);
  if (fd < 0)
    return 99;
  close(fd);
  test_grids();
  test_bad_grids();
  test_file();
  test_own_value();
  test_overrides();
  test_bad_files();
  test_same();
  test_texts();
  test_long_lines();
  test_zero_bytes();
  test_many();
  test_claims_file();
  test_no_file();
  unlink(path);
  return done();
}
