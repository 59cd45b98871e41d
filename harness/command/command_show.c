#include "command/commands.h"
#include "data.h"
#include "sheet.h"
#include "store/result.h"
#include "store/trace.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char **file, *picture, *network;
  size_t count, cap;
  int all, constants, split;
  lac_sheet_format format;
  lac_run_words run;
} arguments;

static const struct argp_option own_options[] = {
  { "all", 'a', NULL, 0, "every row of the trace, as a table; with --constants every L_i", 0 },
  { "csv", 'c', NULL, 0, "the trace alone, comma-separated, with all digits", 0 },
  { "json", 'j', NULL, 0, "the same as an array of objects", 0 },
  { "constants", 'k', NULL, 0, "smoothness and other constants of a run, and the step sizes that theory makes of them: of a result's run, "
                               "or of the one that these options mean:", 0 },
  { "partition", 'p', NULL, 0, "rows and classes of each client, of a result's run or of the one that these options mean; --split "
                               "without a value is the same", 0 },
  { "network", 'n', "NETWORK", 0, "how long the run takes on a network, what that goes to, and the rate below which compression pays: "
                                  "100Mbit/s,20ms[,KEY=VALUE...], FILE.ini or FILE.ini:NAME; docs/networks.md has keys and formulas", 0 },
  { "output", 'o', "FILE", 0, "with --partition: a heat map of classes by clients, .svg, .pdf or .png", 0 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case 'a':
    a->all = 1;
    return 0;
  case 'c':
  case 'j':
    a->format = key == 'c' ? LAC_SHEET_CSV : LAC_SHEET_JSON;
    return 0;
  case 'k':
    a->constants = 1;
    return 0;
  case 'p':
    a->split = 1;
    return 0;
  case 'n':
    a->network = value;
    return 0;
  case 'o':
    a->picture = value;
    return 0;
  case ARGP_KEY_ARG:
    LAC_TRY(lac_grow(&a->file, &a->cap, a->count + 1, sizeof *a->file));
    a->file[a->count++] = value;
    return 0;
  default:
    return lac_run_option(key, value, &a->run);
  }
}

/* The columns in an order that reads well; HDF5 has them by name. */
static size_t arrange(const lac_result *r, size_t at[static LAC_COLUMNS_MOST])
{
  static const char *const order[] = { "round", "f", "grad_norm_sq", "f_gap", "dist_sq", "residual_sq", "gap", "accuracy", "test_loss",
                                       "test_bits_per_char", "test_perplexity", "test_accuracy", "test_robust_accuracy", "bits_up",
                                       "bits_down", "msgs_up", "msgs_down", "oracle_calls", "samples" };
  size_t count = 0;
  for (size_t i = 0; i <= LAC_COUNT(order); i++)
    for (size_t k = 0; k < r->columns && count < LAC_COLUMNS_MOST; k++) {
      size_t rank = 0;
      while (rank < LAC_COUNT(order) && strcmp(order[rank], r->name[k]))
        rank++;
      if (rank == i)
        at[count++] = k;
    }
  return count;
}

/* Every `every`-th row of the trace and the last one. */
static int make_trace(const lac_result *r, size_t every, lac_sheet *s)
{
  size_t at[LAC_COLUMNS_MOST], count = arrange(r, at), rows = r->rows ? (r->rows - 1) / every + 1 + ((r->rows - 1) % every != 0) : 0;
  lac_sheet_init(s, rows);
  for (size_t k = 0; k < count; k++) {
    lac_sheet_cell *cell = lac_sheet_add(s, r->name[at[k]], r->name[at[k]], "%.10g");
    for (size_t i = 0; cell && i < rows; i++)
      cell[i].real = r->column[at[k]][i + 1 < rows ? i * every : r->rows - 1];
    if (!cell) {
      lac_sheet_free(s);
      return LAC_ENOMEM;
    }
  }
  return LAC_OK;
}

static int print_trace(const lac_result *r, const arguments *a)
{
  enum { SHOWN = 12 };
  lac_sheet s;
  size_t every = a->all || a->format != LAC_SHEET_TEXT || r->rows <= SHOWN ? 1 : r->rows / (SHOWN - 1);
  LAC_TRY(make_trace(r, every, &s));
  int status = lac_sheet_print(&s, a->format, stdout);
  lac_sheet_free(&s);
  return status;
}

/* ---- the whole ---- */

static void print_last(const lac_result *r, const char *column, const char *words)
{
  const double *value = lac_result_column(r, column);
  if (value && r->rows)
    lac_print(stdout, ", %s %.4g", words, value[r->rows - 1]);
}

/* "ef21:gamma=theory*8 with topk:k=1 on logreg, synthetic: 1000 rounds, |grad f|^2 2.68e-05, 70000 bits/client". */
static void print_summary(const lac_result *r)
{
  static const struct { const char *key, *before; } parts[] = {
    { "environment.given.algorithm", "" }, { "environment.given.up", " with " }, { "environment.given.problem", ", " },
    { "environment.given.dataset", " on " } };
  const char *reason = lac_result_attribute(r, "reason"), *clients = lac_result_attribute(r, "clients");
  const double *round = lac_result_column(r, "round"), *bits = lac_result_column(r, "bits_up");
  for (size_t i = 0; i < LAC_COUNT(parts); i++) {
    const char *value = lac_result_attribute(r, parts[i].key);
    if (value && *value)
      lac_print(stdout, "%s%s", parts[i].before, value);
  }
  lac_print(stdout, ": %.10g rounds", round && r->rows ? round[r->rows - 1] : 0);
  if (!reason || strcmp(reason, "rounds"))
    lac_print(stdout, " (%s)", reason ? reason : "not ended");
  print_last(r, "grad_norm_sq", "|grad f|^2");
  if (!lac_result_column(r, "grad_norm_sq"))
    print_last(r, "test_loss", "test loss");
  if (bits && r->rows && clients)
    lac_print(stdout, ", %.6g bits/client", bits[r->rows - 1] / atof(clients));
  lac_print(stdout, "\n");
}

static int print_result(const lac_result *r, const arguments *a)
{
  lac_print(stdout, "%s\n", r->path);
  print_summary(r);
  for (size_t i = 0; i < r->attributes; i++)
    lac_print(stdout, "  %-22s %s\n", r->attribute[i].key, r->attribute[i].value);
  lac_print(stdout, "\n");
  return print_trace(r, a);
}

/* ---- constants ---- */

/* What the user said when the result was made. */
static int config_of(lac_config *c, const char *path)
{
  lac_result r;
  LAC_TRY(lac_config_init(c));
  LAC_TRY(lac_result_open(&r, path));
  int status = LAC_OK;
  for (const lac_option *o = lac_what_options; o->name && status == LAC_OK; o++) {
    char key[64];
    snprintf(key, sizeof key, "environment.given.%s", o->name);
    const char *given = lac_result_attribute(&r, key);
    status = given && *given ? lac_config_set(c, o->name, given) : LAC_OK;
  }
  lac_result_close(&r);
  return status;
}

static int show_constants(lac_comm *comm, const arguments *a)
{
  lac_config c = { 0 };
  int status = a->format || a->count > 1 || (a->count && a->run.count) ?
    lac_fail(LAC_EUSER, "show --constants takes one result file, or the options of a run") :
    a->count ? config_of(&c, a->file[0]) : lac_run_config(&c, &a->run);
  status = lac_comm_agree(comm, status);
  if (status == LAC_OK)
    status = lac_show_constants(comm, &c, a->all);
  lac_config_clear(&c);
  return status;
}

/* ---- the split ---- */

static int show_split(lac_comm *comm, const arguments *a)
{
  if (lac_comm_rank(comm))
    return LAC_OK;
  lac_config c = { 0 };
  int status = a->constants || a->count > 1 || (a->count && a->run.count) ?
    lac_fail(LAC_EUSER, "show --partition takes one result file, or the options of a run") :
    a->count ? config_of(&c, a->file[0]) : lac_run_config(&c, &a->run);
  if (status == LAC_OK)
    status = lac_show_split(&c, a->format, a->all, a->picture);
  lac_config_clear(&c);
  return status;
}

/* --split is an option of a run, too, whose value can be the next word: there is no split of any other name. */
static void name_flag(int argc, char **argv)
{
  static const char flag[] = "--partition";
  for (int i = 1; i < argc; i++) {
    size_t k = 0, length = i + 1 < argc ? strcspn(argv[i + 1], ":") : 0;
    while (lac_splits[k] && (strlen(lac_splits[k]->name) != length || strncmp(lac_splits[k]->name, argv[i + 1], length) != 0))
      k++;
    if (strcmp(argv[i], "--split") == 0 && !lac_splits[k])
      argv[i] = (char *)flag;
  }
}

static int show_files(lac_comm *comm, const arguments *a)
{
  if (lac_comm_rank(comm))
    return LAC_OK;
  if (a->run.count)
    return lac_fail(LAC_EUSER, "show takes the options of a run with --constants or --partition only");
  if (a->picture)
    return lac_fail(LAC_EUSER, "show draws with --partition only; laconic plot draws results");
  if (a->network && a->all)
    return lac_fail(LAC_EUSER, "show takes --network or --all, not both");
  if (a->count == 0)
    return lac_fail(LAC_EUSER, "show needs a result file: laconic show FILE.h5");
  for (size_t i = 0; i < a->count; i++) {
    lac_result r;
    LAC_TRY(lac_result_open(&r, a->file[i]));
    lac_print(stdout, "%s", i ? "\n" : "");
    int status = a->network ? lac_show_network(&r, a->network, a->format) :
                 (a->format == LAC_SHEET_TEXT ? print_result : print_trace)(&r, a);
    lac_result_close(&r);
    LAC_TRY(status);
  }
  return LAC_OK;
}

int lac_command_show(lac_comm *comm, int argc, char **argv)
{
  static const char doc[] = "Show what is in result files: configuration, timing, and the trace (some rows, or --all).\v"
                            "The files are plain HDF5; h5dump and h5py read them too.\n\n"
                            "  laconic show r.h5\n"
                            "  laconic show --csv r.h5\n"
                            "  laconic show r.h5 --network=100Mbit/s,20ms,compute=measured\n"
                            "  laconic show --constants --dataset=mushrooms --up=topk:k=1\n"
                            "  laconic show --split --dataset=mushrooms --split=dirichlet:alpha=0.1";
  name_flag(argc, argv);
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_PROBLEM);
  struct argp argp = { options, parse, "FILE.h5 ...", doc, NULL, lac_run_help, NULL };
  arguments a = { 0 };
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = a.network && (a.split || a.constants) ?
             lac_fail(LAC_EUSER, "show takes --network with result files, without --constants and --partition") :
             a.split ? show_split(comm, &a) : a.constants ? show_constants(comm, &a) : show_files(comm, &a);
  lac_run_words_free(&a.run);
  free(a.file);
  free(options);
  return status;
}
