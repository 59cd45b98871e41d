/* laconic certify: run the certificates and print them; laconic list shows the file that --output wrote. */
#include "certify/certify.h"
#include "command/commands.h"
#include "store/temporary.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT, TAP, JUNIT };

typedef struct {
  lac_comm *comm;
  int format;
  const char *output, *with;
  long ranks;                                   /* 0: any number */
  const char **name;
  size_t names, name_cap;
  /* rank 0 */
  lac_finding *finding;
  size_t count, cap, failed, passed;
  int status;
  char title[160];                              /* whose findings were printed last */
} certify;

/* ---- one finding ---- */

static void print_number(FILE *to, double x)
{
  if (isnan(x))
    fprintf(to, "-");
  else
    fprintf(to, "%.4g", x);
}

static void print_text(certify *c, const lac_finding *f)
{
  char title[160];
  snprintf(title, sizeof title, "%s  (%s)", f->name, f->kind);
  if (strcmp(title, c->title))
    lac_print(stdout, "%s%s\n", *c->title ? "\n" : "", title);
  memcpy(c->title, title, sizeof title);
  lac_print(stdout, "  %-14s %s\n  %-14s   ", lac_verdict_name[f->verdict], f->check, "");
  if (!isnan(f->number)) {
    print_number(stdout, f->number);
    lac_print(stdout, f->number <= f->bound ? " <= " : " > ");
    print_number(stdout, f->bound);
    lac_print(stdout, ": ");
  }
  lac_print(stdout, "%s\n", f->figure);
}

static void take_finding(void *self, const lac_finding *f)
{
  certify *c = self;
  if (c->status == LAC_OK)
    c->status = lac_grow(&c->finding, &c->cap, c->count + 1, sizeof *c->finding);
  if (c->status != LAC_OK)
    return;
  c->finding[c->count++] = *f;
  c->failed += f->verdict == LAC_FAIL;
  c->passed += f->verdict == LAC_PASS;
  if (c->format == TEXT)
    print_text(c, f);
  else if (c->format == TAP)
    lac_put_tap(stdout, c->count, f);
  fflush(stdout);
}

/* ---- all findings ---- */

static int write_table(const certify *c)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--output", "%s", c->output));
  fprintf(t.to, "laconic_version\tranks\tkind\tname\tcheck\tverdict\tnumber\tbound\tfigure\n");
  for (size_t i = 0; i < c->count; i++) {
    const lac_finding *g = &c->finding[i];
    fprintf(t.to, "%s\t%d\t%s\t%s\t%s\t%s\t%.17g\t%.17g\t%s\n", PACKAGE_VERSION, lac_comm_size(c->comm), g->kind, g->name, g->check,
            lac_verdict_name[g->verdict], g->number, g->bound, g->figure);
  }
  return lac_temporary_close(&t, LAC_OK);
}

static int finish_report(certify *c)
{
  LAC_TRY(c->status);
  if (c->format == TAP)
    lac_print(stdout, "1..%zu\n", c->count);
  else if (c->format == JUNIT)
    lac_put_junit(stdout, "laconic certify", c->finding, c->count);
  else
    lac_print(stdout, "\n%zu checks: %zu passed, %zu failed, %zu not applicable or not tested\n", c->count, c->passed, c->failed,
              c->count - c->passed - c->failed);
  if (c->output)
    LAC_TRY(write_table(c));
  for (size_t i = 0; i < c->count; i++)
    if (c->finding[i].verdict == LAC_FAIL)
      return lac_fail(LAC_EBUG, "certify: %zu of %zu checks failed, the first: %s: %s", c->failed, c->count,
                      c->finding[i].name, c->finding[i].check);
  return LAC_OK;
}

/* ---- who ---- */

static const lac_plugin_kind certified[] = { LAC_ALGORITHMS, LAC_COMPRESSORS };

int lac_is_certified(lac_plugin_kind kind)
{
  for (size_t i = 0; i < LAC_COUNT(certified); i++)
    if (certified[i] == kind)
      return 1;
  return 0;
}

static int is_named(const char *word, const lac_entry *e)
{
  return strcmp(word, e->name) == 0 || strcmp(word, lac_plugin_kinds[e->kind].name) == 0;
}

static int is_asked(const certify *c, const lac_entry *e)
{
  for (size_t i = 0; i < c->names; i++)
    if (is_named(c->name[i], e))
      return 1;
  return c->names == 0;
}

/* The nearest of all names that are certified; NULL: the word is one of them, or of a kind, or nothing is near (*found tells). */
static const char *nearest_name(const char *word, int *found)
{
  const char *near = NULL;
  lac_entry e;
  *found = 0;
  for (size_t k = 0; k < LAC_COUNT(certified); k++)
    for (size_t i = 0; lac_registry_entry(certified[k], i, &e); i++) {
      *found |= is_named(word, &e);
      const char *both[] = { near ? near : e.name, e.name };
      near = lac_nearest(word, both, 2);
    }
  return *found ? NULL : near;
}

static int check_names(const certify *c)
{
  for (size_t k = 0; k < c->names; k++) {
    int found;
    const char *near = nearest_name(c->name[k], &found);
    if (!found)
      return near ? lac_fail(LAC_EUSER, "no algorithm or compressor is called '%.40s'; did you mean %s?", c->name[k], near)
                  : lac_fail(LAC_EUSER, "no algorithm or compressor is called '%.40s'; laconic list shows all names", c->name[k]);
  }
  return LAC_OK;
}

static int run_kind(certify *c, lac_plugin_kind kind, const lac_findings *to)
{
  lac_entry e;
  for (size_t i = 0; lac_registry_entry(kind, i, &e); i++)
    if (!is_asked(c, &e))
      continue;
    else if (kind == LAC_ALGORITHMS)
      LAC_TRY(lac_certify_algorithm(c->comm, &e, c->with, to));
    else if (!c->with)
      LAC_TRY(lac_comm_agree(c->comm, lac_comm_rank(c->comm) ? LAC_OK : lac_certify_compressor(e.type, to)));
  return LAC_OK;
}

static int run_all(certify *c)
{
  lac_findings to = { take_finding, c };
  int writes = c->output && lac_comm_rank(c->comm) == 0;
  LAC_TRY(lac_comm_agree(c->comm, writes ? lac_temporary_try("--output", c->output) : LAC_OK));
  for (size_t k = 0; k < LAC_COUNT(certified); k++)
    LAC_TRY(run_kind(c, certified[k], &to));
  return lac_comm_agree(c->comm, lac_comm_rank(c->comm) ? LAC_OK : finish_report(c));
}

/* ---- for laconic list ---- */

/* The n-th of the fields between tabs, from 0; line ends with the last. */
static int is_field(const char *line, int n, const char *text)
{
  for (; n > 0 && line; n--)
    if ((line = strchr(line, '\t')))
      line++;
  return line && strncmp(line, text, strlen(text)) == 0 && strchr("\t\n", line[strlen(text)]);
}

static FILE *open_table(void)
{
  const char *path = getenv("LACONIC_CERTIFICATES");
  return fopen(path && *path ? path : "certificates.tsv", "r");
}

const char *lac_certified(lac_plugin_kind kind, const char *name)
{
  char *line = NULL;
  size_t cap = 0;
  int same_version = 0, lines = 0, failed = 0;
  FILE *f = open_table();
  while (f && getline(&line, &cap, f) > 0) {
    if (!is_field(line, 0, PACKAGE_VERSION))
      continue;
    same_version = 1;
    if (is_field(line, 2, lac_plugin_kinds[kind].name) && is_field(line, 3, name)) {
      lines++;
      failed += is_field(line, 5, lac_verdict_name[LAC_FAIL]);
    }
  }
  free(line);
  if (f)
    fclose(f);
  return !same_version ? NULL : failed ? "FAILED" : lines ? "certified" : "-";
}

/* ---- the command line ---- */

static const struct argp_option options[] = {
  { "text", 'x', NULL, 0, "print text (the default)", 0 },
  { "tap", 't', NULL, 0, "Test Anything Protocol", 0 },
  { "junit", 'j', NULL, 0, "JUnit XML", 0 },
  { "output", 'o', "FILE", 0, "also write a tab-separated table; laconic list reads it as ./certificates.tsv or $LACONIC_CERTIFICATES", 0 },
  { "ranks", 'n', "N", 0, "fail unless started on exactly N ranks (placement can only be checked under mpiexec)", 0 },
  { "with", 'w', "OPTIONS", 0, "check the bounds of theory alone, under options of laconic run: \"up=topk:k=3 seed=2\"", 0 },
  { 0 } };

static error_t parse(int key, char *value, struct argp_state *state)
{
  certify *c = state->input;
  char *end;
  switch (key) {
  case 'x':
  case 't':
  case 'j':
    c->format = key == 't' ? TAP : key == 'j' ? JUNIT : TEXT;
    return 0;
  case 'o':
    c->output = value;
    return 0;
  case 'w':
    c->with = value;
    return 0;
  case 'n':
    c->ranks = strtol(value, &end, 10);
    return c->ranks > 0 && !*end ? 0 : lac_fail(LAC_EUSER, "--ranks must be a number >=1, not '%.40s'", value);
  case ARGP_KEY_ARG:
    LAC_TRY(lac_grow(&c->name, &c->name_cap, c->names + 1, sizeof *c->name));
    c->name[c->names++] = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

int lac_command_certify(lac_comm *comm, int argc, char **argv)
{
  static const char doc[] = "Check every method and compressor against its contract and against its own claims: its special cases, "
                            "the exact solution, the bounds of its theory, its bits.  Each check is a line with a number and its bound.\v"
                            "NAME is an algorithm, a compressor, or algorithms or compressors for all of a kind.\n\n"
                            "  laconic certify topk gd\n"
                            "  mpiexec.mpich -n 2 laconic certify --ranks=2 gd";
  struct argp argp = { options, parse, "[NAME ...]", doc, NULL, NULL, NULL };
  certify c = { .comm = comm };
  int done = 0, status = lac_argp(comm, &argp, argc, argv, &c, &done);
  if (status == LAC_OK && !done && c.ranks && c.ranks != lac_comm_size(comm))
    status = lac_fail(LAC_EUSER, "--ranks=%ld, but this job has %d; start it with mpiexec -n %ld", c.ranks, lac_comm_size(comm), c.ranks);
  if (status == LAC_OK && !done)
    status = check_names(&c);
  if (status == LAC_OK && !done)
    status = run_all(&c);
  free(c.finding);
  free(c.name);
  return status;
}
