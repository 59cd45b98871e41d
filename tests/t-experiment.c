/* Experiment files: grids, sections, overrides, errors. */
#include "experiment/experiment.h"
#include "tap.h"

#include <stdlib.h>
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

static void write_text(const char *text)
{
  FILE *f = fopen(path, "w");
  if (!f || fputs(text, f) < 0 || fclose(f))
    exit(99);
}

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
  { "[run a]\nseed = 1\nrounds = 2\n[run a]\nseed = 3\n", { "seed is set twice in [run a];", "names of their own" } },
  { "rounds = 1\nseed = 1\nrounds = 2\n[run a]\nseed = 3\n", { "rounds is set twice in the head;", "label" } },
  { "[run a]\nseed = 1\nbest = smallest most(f)\n", { "best", "no reduction 'most'" } },
  { "[run a]\nseed = 1\nbest = smallest rounds_to(f)\n", { "best", "a column and a number" } },
  { "[run a]\nseed = 1\nbest = smallest max(f) smallest min(f)\n", { "best", "then" } },
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
  unlink(path);
  return done();
}
