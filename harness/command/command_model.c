/* laconic model: the closed models of papers, as tables. */
#include "command/commands.h"
#include "network/models/model.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUT = 'o', CSV = 1, NAMES };

typedef struct { const char *spec, *out; int csv, names; } arguments;

static const struct argp_option options[] = {
  { "output", OUT, "FILE.h5", 0, "write the table there, for [figure] table and laconic compare; without it, it is printed", 0 },
  { "csv", CSV, NULL, 0, "print it comma-separated, with all digits", 0 },
  { "names", NAMES, NULL, 0, "bare names of the models, one a line, for programs", 0 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case OUT:
    a->out = value;
    return 0;
  case CSV:
    a->csv = 1;
    return 0;
  case NAMES:
    a->names = 1;
    return 0;
  case ARGP_KEY_ARG:
    if (a->spec)
      return lac_fail(LAC_EUSER, "model computes one model at a time; '%.40s' is a second one", value);
    a->spec = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* ---- the list ---- */

static void print_model(const lac_model *m)
{
  lac_print(stdout, "%s: %s; %s\n", m->name, m->summary, m->reference);
  for (const lac_option *o = m->options; o->name; o++) {
    const char *takes = o->choices ? o->choices : o->range ? o->range : "";
    lac_print(stdout, "  %-12s %s%s%s%s  [%s]\n", o->name, *takes ? "(" : "", takes, *takes ? ") " : "", o->help, o->fallback);
  }
}

static void print_list(int names)
{
  for (const lac_model *const *m = lac_models; *m; m++)
    if (names)
      lac_print(stdout, "%s\n", (*m)->name);
    else
      print_model(*m);
}

/* ---- a table ---- */

static int add_column(lac_sheet *s, const lac_table *t, const lac_table_column *c)
{
  char *head = *c->unit && strcmp(c->unit, "1") ? lac_asprintf("%s, %s", c->name, c->unit) : lac_strdup(c->name);
  lac_sheet_cell *cell = head ? lac_sheet_add(s, c->name, head, "%.4g") : NULL;
  free(head);
  for (size_t i = 0; cell && i < t->rows; i++) {
    cell[i].real = c->text ? NAN : c->real[i];
    if (c->text && !(cell[i].text = lac_strdup(c->text[i])))
      return LAC_ENOMEM;
  }
  return cell ? LAC_OK : LAC_ENOMEM;
}

static int print_table(const lac_table *t, int csv)
{
  lac_sheet s;
  int status = LAC_OK;
  lac_sheet_init(&s, t->rows);
  for (size_t i = 0; status == LAC_OK && i < t->columns; i++)
    status = add_column(&s, t, &t->column[i]);
  if (status == LAC_OK)
    status = lac_sheet_print(&s, csv ? LAC_SHEET_CSV : LAC_SHEET_TEXT, stdout);
  lac_sheet_free(&s);
  return status;
}

static int write_table(const lac_table *t, const char *path)
{
  LAC_TRY(lac_table_write(t, path));
  lac_print(stdout, "wrote %s, %zu rows\n", path, t->rows);
  return LAC_OK;
}

static int compute(const arguments *a)
{
  lac_table t;
  size_t n = a->out ? strlen(a->out) : 0;
  if (a->out && (n < 4 || strcmp(a->out + n - 3, ".h5")))
    return lac_fail(LAC_EUSER, "--output: %.200s must end in .h5", a->out);
  if (a->out && a->csv)
    return lac_fail(LAC_EUSER, "--csv prints the table and --output writes it; give one of them");
  int status = lac_model_table(a->spec, &t);
  if (status == LAC_OK)
    status = a->out ? write_table(&t, a->out) : print_table(&t, a->csv);
  lac_table_close(&t);
  return status;
}

static int answer(const arguments *a)
{
  if (a->spec && a->names)
    return lac_fail(LAC_EUSER, "--names lists all models; leave out '%.40s'", a->spec);
  if (!a->spec && (a->out || a->csv))
    return lac_fail(LAC_EUSER, "which model? laconic model lists them");
  if (a->spec)
    return compute(a);
  print_list(a->names);
  return LAC_OK;
}

static const char doc[] =
  "Compute a closed model of a paper, from its formulas alone and without a run, as a table that [figure] table draws and [claim] judges; "
  "without a name, list the models and their options.\v"
  "  laconic model\n"
  "  laconic model dgc\n"
  "  laconic model utilisation:table=thresholds -o results/thresholds.h5";

int lac_command_model(lac_comm *comm, int argc, char **argv)
{
  struct argp argp = { options, parse, "[NAME[:KEY=VALUE,...]]", doc, NULL, NULL, NULL };
  arguments a = { 0 };
  int done, status = lac_argp(comm, &argp, argc, argv, &a, &done);
  return status != LAC_OK || done ? status : lac_comm_agree(comm, lac_comm_rank(comm) ? LAC_OK : answer(&a));
}
