/* laconic table: results, a row a run. */
#include "command/commands.h"
#include "experiment/best.h"
#include "experiment/bundle.h"
#include "experiment/tabled.h"
#include "network/columns.h"
#include "figures/summary.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CSV = 1, JSON, MARKDOWN, LATEX, METRIC, SORT, COLUMNS, ALL, BEST };

typedef struct {
  lac_run_words words;
  const char **path;                   /* files and folders; the experiment file is among the words */
  size_t paths, path_cap;
  lac_reduction *metric;
  const char **metric_name;
  size_t metrics, metric_cap, name_cap;
  const char *sort, *columns;
  lac_sheet_format format;
  int all, best;
} arguments;

/* ---- results ---- */

typedef struct {
  lac_result **result;                 /* of files and folders */
  size_t results, result_cap;
  lac_summary_run *run;
  size_t runs, run_cap;
} rows;

static int add_row(rows *r, const lac_result *result, const char *label, const char *factor)
{
  LAC_TRY(lac_grow(&r->run, &r->run_cap, r->runs + 1, sizeof *r->run));
  r->run[r->runs++] = (lac_summary_run){ result, label, factor };
  return LAC_OK;
}

static int add_result(rows *r, const char *path)
{
  LAC_TRY(lac_grow(&r->result, &r->result_cap, r->results + 1, sizeof *r->result));
  lac_result *result = lac_alloc(sizeof *result);
  int status = result ? lac_result_open(result, path) : LAC_ENOMEM;
  if (status == LAC_OK && (status = lac_seconds_attach(result, NULL)) != LAC_OK)
    lac_result_close(result);
  if (status != LAC_OK) {
    free(result);
    return status;
  }
  r->result[r->results++] = result;
  return add_row(r, result, "", "");
}

/* Measurements of laconic bench that lie in a folder of results are no runs. */
static int add_file(void *self, const char *path)
{
  lac_table t;
  int is_table = 0;
  LAC_TRY(lac_table_open(&t, path, &is_table));
  if (!is_table)
    return add_result(self, path);
  lac_table_close(&t);
  return LAC_OK;
}

static void free_rows(rows *r)
{
  for (size_t i = 0; i < r->results; i++) {
    lac_result_close(r->result[i]);
    free(r->result[i]);
  }
  free(r->result);
  free(r->run);
}

/* ---- the table ---- */

static int sort_rows(lac_sheet *s, const char *by)
{
  int descending = *by == '-';
  const lac_sheet_column *c = lac_sheet_find(s, by + descending);
  if (!c)
    return lac_fail(LAC_EUSER, "--sort: there is no column '%.60s'; --csv shows all names", by + descending);
  return lac_sheet_sort(s, c, descending);
}

static int print_rows(const arguments *a, const rows *r)
{
  lac_sheet s;
  int is_for_programs = a->format == LAC_SHEET_CSV || a->format == LAC_SHEET_JSON;
  lac_summary_wish wish = { a->metric, a->metric_name, a->metrics, a->all || a->columns || is_for_programs };
  LAC_TRY(lac_summary_make(&s, r->run, r->runs, &wish));
  int status = a->sort ? sort_rows(&s, a->sort) : LAC_OK;
  if (status == LAC_OK && a->columns)
    status = lac_context(lac_sheet_select(&s, a->columns, a->metrics), "--columns");
  if (status == LAC_OK)
    status = lac_sheet_print(&s, a->format, stdout);
  lac_sheet_free(&s);
  return status;
}

static int print_files(const arguments *a)
{
  rows r = { 0 };
  int status = LAC_OK;
  for (size_t i = 0; status == LAC_OK && i < a->paths; i++)
    status = lac_result_files(a->path[i], add_file, &r);
  if (status == LAC_OK && !r.runs)
    status = lac_fail(LAC_EUSER, "table: there is no result of a run in %s", a->path[0]);
  if (status == LAC_OK)
    status = print_rows(a, &r);
  free_rows(&r);
  return status;
}

/* The runs of an experiment file; with `best`, those that its rule has chosen. */
static int print_members(const arguments *a, lac_collection *c)
{
  rows r = { 0 };
  int status = lac_table_refuse(&c->experiment, "table");
  if (status == LAC_OK)
    status = lac_best_choose(c);
  for (const lac_member *m = c->member; status == LAC_OK && m < c->member + c->count; m++)
    if (m->present && (!a->best || m->best != LAC_BEST_NO))
      status = add_row(&r, &m->result, m->run->label, m->factor);
  if (status == LAC_OK)
    status = print_rows(a, &r);
  free_rows(&r);
  return status;
}

static int print_experiment(lac_comm *comm, const arguments *a)
{
  lac_collection c;
  LAC_TRY(lac_collect(comm, a->words.file, (const char *const *)a->words.setting, 1, &c));
  int status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? print_members(a, &c) : LAC_OK);
  lac_collection_free(&c);
  return status;
}

/* ---- the command ---- */

static int add_metric(arguments *a, const char *text)
{
  const char *rest = text;
  lac_reduction what;
  LAC_TRY(lac_context(lac_reduction_parse(&what, &rest), "--metric"));
  if (*rest)
    return lac_fail(LAC_EUSER, "--metric: '%.60s' is more than a reduction", rest);
  LAC_TRY(lac_grow(&a->metric, &a->metric_cap, a->metrics + 1, sizeof *a->metric));
  LAC_TRY(lac_grow(&a->metric_name, &a->name_cap, a->metrics + 1, sizeof *a->metric_name));
  a->metric[a->metrics] = what;
  a->metric_name[a->metrics++] = text;
  return LAC_OK;
}

static int is_experiment(const char *path)
{
  size_t n = strlen(path);
  return (n > 4 && strcmp(path + n - 4, ".ini") == 0) || lac_bundle_is(path);
}

static int add_path(arguments *a, char *path)
{
  if (is_experiment(path))
    return lac_run_option(ARGP_KEY_ARG, path, &a->words);
  LAC_TRY(lac_grow(&a->path, &a->path_cap, a->paths + 1, sizeof *a->path));
  a->path[a->paths++] = path;
  return LAC_OK;
}

static const struct argp_option own_options[] = {
  { "csv", CSV, NULL, 0, "comma-separated, all digits, every option and constant", 1 },
  { "json", JSON, NULL, 0, "the same as an array of objects, a row each", 1 },
  { "markdown", MARKDOWN, NULL, 0, "as --text, for a page", 1 },
  { "latex", LATEX, NULL, 0, "as --text, a tabular of the package booktabs", 1 },
  { "metric", METRIC, "REDUCTION", 0, "one more column, such as rounds_to(grad_norm_sq,1e-6), or "
                                      "time_to(grad_norm_sq,1e-6,100Mbit/s,20ms): laconic claims --help has them; can be given "
                                      "several times", 1 },
  { "columns", COLUMNS, "LIST", 0, "these columns alone, by the names of --csv, and the metrics", 1 },
  { "sort", SORT, "COLUMN", 0, "by a column, -COLUMN from its largest number on", 1 },
  { "all", ALL, NULL, 0, "every option and constant, in any format", 1 },
  { "best", BEST, NULL, 0, "of an experiment file: only the runs that its rule `best =` has chosen", 1 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  static const lac_sheet_format formats[] = { [CSV] = LAC_SHEET_CSV, [JSON] = LAC_SHEET_JSON, [MARKDOWN] = LAC_SHEET_MARKDOWN,
                                              [LATEX] = LAC_SHEET_LATEX };
  arguments *a = state->input;
  switch (key) {
  case CSV:
  case JSON:
  case MARKDOWN:
  case LATEX:
    a->format = formats[key];
    return 0;
  case METRIC:
    return add_metric(a, value);
  case COLUMNS:
    a->columns = value;
    return 0;
  case SORT:
    a->sort = value;
    return 0;
  case ALL:
    a->all = 1;
    return 0;
  case BEST:
    a->best = 1;
    return 0;
  case ARGP_KEY_ARG:
    return add_path(a, value);
  default:
    return lac_run_option(key, value, &a->words);
  }
}

static int print_table(lac_comm *comm, const arguments *a)
{
  if (a->words.file && a->paths)
    return lac_fail(LAC_EUSER, "table takes one experiment file, or result files and folders of them");
  if (a->words.file)
    return print_experiment(comm, a);
  if (a->words.count || a->best)
    return lac_fail(LAC_EUSER, "table takes options of a run, and --best, with an experiment file only");
  if (!a->paths)
    return lac_fail(LAC_EUSER, "table needs results: laconic table results/, or laconic table FILE.ini");
  return lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? print_files(a) : LAC_OK);
}

static const char doc[] =
  "Show results as one table, a row a run: result files, folders of them, or the results of an experiment file.\v"
  "Text, Markdown and LaTeX have the options in which the runs differ, as they were given, the rounds, the last |grad f|^2, uplink bits "
  "per client, and how the run ended.  CSV and JSON have every option and constant under its name in the result file, and last.COLUMN for "
  "the last row of each column of the trace.\n\n"
  "  laconic table results/ --sort=grad_norm_sq\n"
  "  laconic table reports/ef21/stepsize.ini --best --latex '--metric=bits_to(grad_norm_sq,1e-6)'\n"
  "  laconic table results/ --json --columns=algorithm,up,seed,last.grad_norm_sq";

int lac_command_table(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .format = LAC_SHEET_TEXT };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_RESULT);
  struct argp argp = { options, parse, "FILE.h5|FOLDER|FILE.ini ...", doc, NULL, NULL, NULL };
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = print_table(comm, &a);
  lac_run_words_free(&a.words);
  free(a.path);
  free(a.metric);
  free(a.metric_name);
  free(options);
  return status;
}
