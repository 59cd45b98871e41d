/* laconic compare: what changed between two sets of results, and whether that is a regression. */
#include "command/commands.h"
#include "compare/compare.h"
#include "store/temporary.h"
#include "verdicts.h"
#include "utf8.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT, MARKDOWN, TAP };

typedef struct {
  const char *side[2], *bounds, *junit, *history;
  int sides, format, all;
  lac_rules rules;
} arguments;

/* ---- words ---- */

static int is_regression(lac_change_kind kind) { return kind == LAC_WORSE || kind == LAC_GONE; }

static void say_number(char *text, size_t size, double x)
{
  if (isnan(x))
    snprintf(text, size, "-");
  else if (isinf(x))
    snprintf(text, size, "%sinf", x < 0 ? "-" : "");
  else
    snprintf(text, size, fabs(x) < 1e15 && x == floor(x) ? "%.0f" : "%.6g", x);
}

/* "+14.3 %", "x 3.2 (3.1 to 3.3)": seconds as a ratio, with its interval. */
static void say_change(const lac_change *k, char *text, size_t size)
{
  double by = 100 * (k->now - k->base) / fabs(k->base);
  if (*k->text)
    snprintf(text, size, "%s", k->text);
  else if (!isnan(k->low))
    snprintf(text, size, "x %.3g (%.3g to %.3g)", k->now / k->base, k->low, k->high);
  else if (isfinite(by))
    snprintf(text, size, fabs(by) < 1e-3 && by != 0 ? "%+.1e %%" : "%+.3g %%", by);
  else
    snprintf(text, size, "-");
}

/* The cells of one line of the tables. */
enum { VERDICT, ROW, QUANTITY, BASE, NOW, CHANGE, ALLOWED, CELLS };
static const char *const heads[CELLS] = { "", "row", "quantity", "BASE", "NEW", "change", "allowed" };
typedef struct { char cell[CELLS][240]; } line;

static void fill_line(const lac_change *k, line *l)
{
  snprintf(l->cell[VERDICT], sizeof l->cell[VERDICT], "%s", lac_change_name[k->kind]);
  snprintf(l->cell[ROW], sizeof l->cell[ROW], "%s", k->row);
  snprintf(l->cell[QUANTITY], sizeof l->cell[QUANTITY], "%s%s%s%s", k->quantity, *k->unit ? " (" : "", k->unit, *k->unit ? ")" : "");
  say_number(l->cell[BASE], sizeof l->cell[BASE], k->base);
  say_number(l->cell[NOW], sizeof l->cell[NOW], k->now);
  say_change(k, l->cell[CHANGE], sizeof l->cell[CHANGE]);
  snprintf(l->cell[ALLOWED], sizeof l->cell[ALLOWED], "%s", k->allowed);
}

/* "2 WORSE, 1 slower, 40 same (6 pairs)"; "no change: ..." when nothing but seconds differ, which do not count. */
static void say_summary(const lac_changes *c, char *text, size_t size)
{
  size_t used = 0, seconds = c->of[LAC_FASTER] + c->of[LAC_SLOWER];
  *text = 0;
  if (c->of[LAC_SAME] + seconds == c->count)
    used = (size_t)snprintf(text, size, "no change: ");
  for (int kind = LAC_CHANGES - 1; kind >= 0; kind--)
    if (c->of[kind] && used < size)
      used += (size_t)snprintf(text + used, size - used, "%s%zu %s", used && text[used - 1] != ' ' ? ", " : "", c->of[kind],
                               lac_change_name[kind]);
  if (used < size)
    snprintf(text + used, size - used, " (%zu pair%s)", c->pairs, c->pairs == 1 ? "" : "s");
}

/* ---- text and Markdown ---- */

static int is_shown(const arguments *a, const lac_change *k) { return a->all || k->kind != LAC_SAME; }

static void print_text(const arguments *a, const lac_changes *c)
{
  int width[CELLS] = { 0 }, lines = 0;
  line l;
  for (size_t i = 0; i < c->count; i++) {
    fill_line(&c->change[i], &l);
    for (int k = 0; is_shown(a, &c->change[i]) && k < CELLS; k++)
      width[k] = (int)fmax(width[k], fmax((double)strlen(l.cell[k]), (double)strlen(heads[k])));
  }
  for (size_t i = 0; i < c->count; i++) {
    if (!is_shown(a, &c->change[i]))
      continue;
    if (lines++ == 0)
      for (int k = 0; k < CELLS; k++)
        lac_print(stdout, "%-*s%s", k + 1 < CELLS ? width[k] : 0, heads[k], k + 1 < CELLS ? "  " : "\n");
    fill_line(&c->change[i], &l);
    for (int k = 0; k < CELLS; k++)
      lac_print(stdout, "%-*s%s", k + 1 < CELLS ? width[k] : 0, l.cell[k], k + 1 < CELLS ? "  " : "\n");
  }
}

/* As code, where nothing is a link, HTML, a mention or the number of an issue; what could end the code or the cell is another character. */
static void put_code(const char *text)
{
  if (!*text)
    return;
  putchar('`');
  for (; *text; text++)
    if (*text == '|')
      fputs("\\|", stdout);
    else
      putchar(*text == '`' ? '\'' : *text == '\\' ? '/' : (unsigned char)*text < ' ' ? '?' : *text);
  putchar('`');
}

static void print_markdown_line(const lac_change *k)
{
  line l;
  fill_line(k, &l);
  lac_print(stdout, "|");
  for (int i = 0; i < CELLS; i++) {
    int bold = i == VERDICT && is_regression(k->kind);
    lac_print(stdout, bold ? " **" : " ");
    if (i == ROW || i == QUANTITY || (i == CHANGE && *k->text))
      put_code(l.cell[i]);
    else
      lac_print(stdout, "%s", l.cell[i]);
    lac_print(stdout, bold ? "** |" : " |");
  }
  lac_print(stdout, "\n");
}

/* The lines that are the same, or those that are not. */
static void print_markdown_table(const lac_changes *c, int same)
{
  lac_print(stdout, "\n|  | row | quantity | BASE | NEW | change | allowed |\n|---|---|---|---:|---:|---|---|\n");
  for (size_t i = 0; i < c->count; i++)
    if ((c->change[i].kind == LAC_SAME) == same)
      print_markdown_line(&c->change[i]);
}

/* What changed is seen; the rest is there for who unfolds it. */
static void print_markdown(const lac_changes *c, const char *summary)
{
  size_t same = c->of[LAC_SAME];
  lac_print(stdout, "**laconic compare**: %s\n", summary);
  if (same < c->count)
    print_markdown_table(c, 0);
  if (!same)
    return;
  lac_print(stdout, "\n<details><summary>%zu the same</summary>\n", same);
  print_markdown_table(c, 1);
  lac_print(stdout, "\n</details>\n");
}

/* ---- for programs ---- */

static void make_finding(const lac_change *k, lac_finding *f)
{
  line l;
  fill_line(k, &l);
  *f = (lac_finding){ .kind = "compare", .name = k->row, .number = NAN, .bound = NAN };
  f->verdict = is_regression(k->kind) ? LAC_FAIL : k->kind == LAC_ADDED ? LAC_NOT_APPLICABLE : LAC_PASS;
  snprintf(f->check, sizeof f->check, "%.150s", *k->quantity ? l.cell[QUANTITY] : "it is there");
  if (*k->text)
    snprintf(f->figure, sizeof f->figure, "%s: %.180s", lac_change_name[k->kind], k->text);
  else
    snprintf(f->figure, sizeof f->figure, "%s: BASE %.30s, NEW %.30s, %.60s, allowed %.40s", lac_change_name[k->kind], l.cell[BASE],
             l.cell[NOW], l.cell[CHANGE], *k->allowed ? k->allowed : "any");
}

static int write_junit(const char *path, const lac_finding *f, size_t count)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--junit", "%s", path));
  lac_put_junit(t.to, "laconic compare", f, count);
  return lac_temporary_close(&t, LAC_OK);
}

/* What trackers of benchmarks read: an array of name, unit and value, of which less is better. */
static json_t *history_of(const lac_changes *c)
{
  json_t *all = json_array();
  for (size_t i = 0; all && i < c->count; i++) {
    const lac_change *k = &c->change[i];
    char *name = lac_asprintf("%s: %s", k->row, k->quantity);
    int is_number = name && isfinite(k->now);
    if (is_number && json_array_append_new(all, json_pack("{s:s, s:s, s:f}", "name", name, "unit", k->unit, "value", k->now))) {
      json_decref(all);
      all = NULL;
    }
    free(name);
  }
  return all;
}

static int write_history(const char *path, const lac_changes *c)
{
  lac_temporary t;
  json_t *all = history_of(c);
  if (!all)
    return lac_fail(LAC_ENOMEM, "--history: the numbers cannot be written as JSON");
  int status = lac_temporary_open(&t, "--history", "%s", path);
  if (status == LAC_OK) {
    json_dumpf(all, t.to, JSON_INDENT(1));
    status = lac_temporary_close(&t, LAC_OK);
  }
  json_decref(all);
  return status;
}

static int put_findings(const arguments *a, const lac_changes *c)
{
  lac_finding *f = lac_alloc((c->count + 1) * sizeof *f);
  if (!f)
    return LAC_ENOMEM;
  for (size_t i = 0; i < c->count; i++) {
    make_finding(&c->change[i], &f[i]);
    if (a->format == TAP)
      lac_put_tap(stdout, i + 1, &f[i]);
  }
  if (a->format == TAP)
    lac_print(stdout, "1..%zu\n", c->count);
  int status = a->junit ? write_junit(a->junit, f, c->count) : LAC_OK;
  free(f);
  return status;
}

/* ---- the command ---- */

static int conclude(const lac_changes *c)
{
  size_t count = c->of[LAC_WORSE] + c->of[LAC_GONE];
  for (size_t i = 0; i < c->count; i++)
    if (is_regression(c->change[i].kind))
      return lac_fail(LAC_EWORSE, "compare: %zu regression%s, the first: %s%s%s %s", count, count == 1 ? "" : "s", c->change[i].row,
                      *c->change[i].quantity ? ": " : "", c->change[i].quantity,
                      c->change[i].kind == LAC_GONE ? "is not in NEW" : "is worse");
  return LAC_OK;
}

static int report_changes(const arguments *a, const lac_changes *c)
{
  char summary[400];
  say_summary(c, summary, sizeof summary);
  LAC_TRY(put_findings(a, c));
  if (a->history)
    LAC_TRY(write_history(a->history, c));
  if (a->format == MARKDOWN)
    print_markdown(c, summary);
  else if (a->format == TEXT) {
    print_text(a, c);
    lac_print(stdout, "%s\n", summary);
  }
  return conclude(c);
}

static int compare_sides(const arguments *a, const lac_bounds *bounds)
{
  lac_side base = { 0 }, now = { 0 };
  lac_changes c = { 0 };
  lac_rules rules = a->rules;
  rules.bounds = a->bounds ? bounds : NULL;
  int status = lac_side_open(&base, a->side[0]);
  if (status == LAC_OK)
    status = lac_side_open(&now, a->side[1]);
  if (status == LAC_OK)
    status = lac_compare(&base, &now, &rules, &c);
  if (status == LAC_OK)
    status = report_changes(a, &c);
  lac_changes_free(&c);
  lac_side_close(&base);
  lac_side_close(&now);
  return status;
}

static int compare(const arguments *a)
{
  lac_bounds bounds = { 0 };
  int status = a->bounds ? lac_bounds_read(&bounds, a->bounds) : LAC_OK;
  if (status == LAC_OK)
    status = compare_sides(a, &bounds);
  lac_bounds_free(&bounds);
  return status;
}

static const struct argp_option options[] = {
  { "bounds", 'b', "FILE", 0, "file of permitted changes, see below", 0 },
  { "target", 'T', "COLUMN:VALUE", 0, "threshold for rounds_to and bits_to [the last power of ten that BASE's |grad f|^2 got below]", 0 },
  { "gate-speed", 'g', NULL, 0, "count a slowdown as a regression, where two folders have measurements that were made in turns", 0 },
  { "all", 'a', NULL, 0, "list unchanged quantities too", 0 },
  { "markdown", 'm', NULL, 0, "print Markdown, for a comment on a pull request", 0 },
  { "tap", 't', NULL, 0, "print TAP (Test Anything Protocol)", 0 },
  { "junit", 'j', "FILE", 0, "also write JUnit XML", 0 },
  { "history", 'H', "FILE", 0, "also write the numbers of NEW as JSON, an array of name, unit and value, for a tracker of benchmarks", 0 },
  { 0 } };

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case 'b':
    a->bounds = value;
    return 0;
  case 'T':
    a->rules.target = value;
    return 0;
  case 'g':
    a->rules.gate_speed = 1;
    return 0;
  case 'a':
    a->all = 1;
    return 0;
  case 'm':
    a->format = MARKDOWN;
    return 0;
  case 't':
    a->format = TAP;
    return 0;
  case 'j':
    a->junit = value;
    return 0;
  case 'H':
    a->history = value;
    return 0;
  case ARGP_KEY_ARG:
    if (a->sides == 2)
      return lac_fail(LAC_EUSER, "compare takes two files or folders; '%.60s' is a third one", value);
    a->side[a->sides++] = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const char doc[] =
  "Say what changed from BASE to NEW: two result files, two files of laconic bench compressors, or two folders of such files.\v"
  "Runs are paired by the digest of their configuration, else by the name of their file or by the options as they were written; "
  "measurements by what was measured.  Bits, rounds, losses and errors are the same at every call, so any that is worse is a regression. "
  "Seconds are not: a change between two files is shown when the 99 % interval of its ratio leaves 10 % (repeats, each over the memcpy "
  "next to it), and never counts.  With --gate-speed it counts when each folder has at least five files of measurements, made in turns "
  "(reports/ci/gate does that) and paired in the order of their names: when it is more than 2 % in every pair (of 14 or more, in each of "
  "seven blocks), and in Student's interval at 1 % over all rows.\n\n"
  "Exit status: 0 no regression, 1 something is worse or in BASE alone, 2 an error.\n\n"
  "--bounds is an INI file with\n"
  "  target = grad_norm_sq:1e-6           as --target, before the first section\n"
  "  QUANTITY = REFERENCE, LOWER, UPPER [, UNIT]\n"
  "  [PATTERN]                            what follows is for rows whose name matches, such as [topk*]\n"
  "REFERENCE is a number, or base for the value in BASE.  NEW must lie between REFERENCE (1 + LOWER) and REFERENCE (1 + UPPER); none is no "
  "limit.  For REFERENCE 0 the limits are LOWER and UPPER themselves.  The last line that fits a row counts.\n\n"
  "  laconic compare base.h5 new.h5\n"
  "  laconic compare --all --target=grad_norm_sq:1e-4 base.h5 new.h5";

int lac_command_compare(lac_comm *comm, int argc, char **argv)
{
  struct argp argp = { options, parse, "BASE NEW", doc, NULL, NULL, NULL };
  arguments a = { 0 };
  int done = 0;
  LAC_TRY(lac_argp(comm, &argp, argc, argv, &a, &done));
  if (done)
    return LAC_OK;
  if (a.sides < 2)
    return lac_fail(LAC_EUSER, "compare needs two files or folders: laconic compare BASE NEW");
  return lac_comm_agree(comm, lac_comm_rank(comm) ? LAC_OK : compare(&a));
}
