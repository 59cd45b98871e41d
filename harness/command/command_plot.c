#include "experiment/best.h"
#include "command/commands.h"
#include "figures/claims.h"
#include "figures/figure.h"
#include "figures/gnuplot.h"
#include "figures/script.h"
#include "file.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

enum { OUT = 1, FORMATS, X, LOOK };      /* LOOK + k: lac_look_key[k] */

typedef struct {
  lac_run_words words;
  const char *out, *formats, *x, *look[LAC_LOOK_KEYS];
} arguments;

static const struct argp_option own_options[] = {
  { "out", OUT, "DIR", 0, "where the files go [figures]", 1 },
  { "formats", FORMATS, "LIST", 0, "of pdf, svg, png, tex [pdf,svg,png]", 1 },
  { "x", X, "LIST", 0, "as [figure] x, such as 'seconds(100Mbit/s,20ms)'", 1 },
  { "width", LOOK, "LENGTH", 0, "as [figure] width", 1 },
  { "height", LOOK + 1, "LENGTH", 0, "as [figure] height", 1 },
  { "font", LOOK + 2, "FAMILY,SIZE", 0, "as [figure] font", 1 },
  { "linewidth", LOOK + 3, "POINTS", 0, "as [figure] linewidth", 1 },
  { "show", LOOK + 4, "LIST", 0, "as [figure] show", 1 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  if (key == OUT)
    a->out = value;
  else if (key == FORMATS)
    a->formats = value;
  else if (key == X)
    a->x = value;
  else if (key >= LOOK && key < LOOK + LAC_LOOK_KEYS)
    a->look[key - LOOK] = value;
  else
    return lac_run_option(key, value, &a->words);
  return 0;
}

/* One of the list, or NULL at its end; EUSER-checked before any work. */
static const char *next_format(const char **list)
{
  static const char *const known[] = { "pdf", "svg", "png", "tex" };
  size_t n = strcspn(*list, ",");
  for (size_t i = 0; i < LAC_COUNT(known); i++)
    if (strlen(known[i]) == n && strncmp(known[i], *list, n) == 0) {
      *list += n + ((*list)[n] == ',');
      return known[i];
    }
  return NULL;
}

static int check_formats(const char *list)
{
  const char *rest = list;
  while (*rest)
    if (!next_format(&rest))
      return lac_fail(LAC_EUSER, "--formats: '%.40s' is not a list of pdf, svg, png, tex", list);
  return LAC_OK;
}

static int set_look(lac_look *l, const arguments *a)
{
  for (size_t k = 0; k < LAC_LOOK_KEYS; k++)
    if (a->look[k]) {
      int is_key;
      LAC_TRY(lac_look_set(l, "--", lac_look_key[k], a->look[k], &is_key));
    }
  return LAC_OK;
}

static void tell_font(const lac_look *l)
{
  char *other = lac_gnuplot_font(l);
  if (other)
    lac_print(stdout, "note  the font %.*s is not on this machine: it is %s here\n", l->family_length, l->family, other);
  free(other);
}

static int draw_figure(lac_collection *c, const arguments *a)
{
  lac_figure f;
  const char *format, *name = c->experiment.name, *folder = a->out, *formats = a->formats;
  if (a->x)
    LAC_TRY(lac_experiment_set(&c->experiment, "figure", "x", a->x));
  LAC_TRY(lac_claims_check(&c->experiment));
  LAC_TRY(lac_best_choose(c));
  LAC_TRY(lac_make_folders(folder));
  LAC_TRY(lac_figure_arrange(&f, c));
  int status = set_look(&f.style.look, a);
  if (status == LAC_OK)
    status = lac_best_report(c, folder, 0);
  if (status == LAC_OK)
    status = lac_script_write(&f, folder, name);
  while (status == LAC_OK && (format = next_format(&formats)))
    if ((status = lac_gnuplot_draw(folder, name, format)) == LAC_OK)
      lac_print(stdout, "drew  %s/%s.%s\n", folder, name, format);
  if (status == LAC_OK)
    tell_font(&f.style.look);
  if (status == LAC_OK)
    lac_print(stdout, "from  %s/%s.gp and %s.dat, of %zu results\n", folder, name, name, f.results);
  lac_figure_free(&f);
  return status;
}

static const char doc[] =
  "Draw the figure of an experiment file from its result files, or of a bundle.\v"
  "[figure] of the experiment file says what is drawn: x (columns, one row of panels each), y (grad_norm_sq, or test_loss of runs with "
  "held-out rows alone), "
  "panels (options or attributes; a panel for each value), series (a colour for each value, the label by default), title, caption, "
  "legend, ymin, ymax, xmax, xscale and yscale (linear or log), columns.  Beside the columns of the trace, x and y can be "
  "bits (uplink and downlink), NAME_per_client (NAME over the number of clients), NAME_relative (NAME over its value at the "
  "start) and seconds(NETWORK): modelled seconds "
  "on a network, which is the name of a [network.NAME] section, a file FILE.ini with one, or a text such as "
  "100Mbit/s,20ms; "
  "laconic show --network tells what they go to.  x = rate with y = time_to(COLUMN, LEVEL, NETWORK) draws the time to a level over the "
  "rate of that network, at rates = 1Mbit/s..100Gbit/s, 10 (in a decade).  x = OPTION with y = REDUCTION(COLUMN), such as x = diloco.tau "
  "with y = last(test_loss), draws that number of each run over the option in which runs of a label differ.\n\n"
  "width is column (252pt), text (516pt) or a length (252pt, 90mm, 3.5in), and that of the page; height is a length.  font is a family "
  "and a size in points (Times,8; default DejaVu Sans,8), linewidth points.  show is a list of title, caption, legend and sizes (of the "
  "data, above the panels), or none.  These five are options, too.  tex writes NAME.tex, for \\input, with the document's fonts, and "
  "NAME-tex.pdf, which it includes.\n\n"
  "over (seed, or other options) makes one curve of the runs that differ in nothing else, with a band: centre = median, mean or gmean (the "
  "geometric mean), band = quartiles, std (over n - 1; of gmean: a factor), minmax or none.  The default is median and quartiles; with a "
  "mean it is std.  Runs are interpolated at the x of all of them, as the axes are scaled.  Behind its end a run that diverged counts as "
  "infinity, and one that reached its --stop keeps its last value.  The curve ends where another run ends, or where fewer than half go on. "
  "A band is cut at the axis, a deviation below 0 too.  A single run with more rows than the axis shows is drawn as the mean of each "
  "stretch of the axis (the geometric one where yscale = log), with its least and its most as a band where it goes up and down.  The "
  "caption says what is drawn.\n\n"
  "table = FILE, instead of runs, draws the rows of a table that laconic model or bench wrote, or of a .csv, in the folder of the file or "
  "in --results: x and y are columns of numbers, or a quotient A/B, series and panels columns; rows that differ in a column of texts, or "
  "in one that by names, are curves of their own.  of = KEY=VALUE|VALUE, COLUMN>=NUMBER chooses rows, points = KEY=VALUE those that have "
  "no line, diagonal = yes draws y = x, cells = yes a map of which series each row is.  xlabel and ylabel are what stands along "
  "the axes.\n\n"
  "`best = smallest rounds_to(grad_norm_sq, 1e-7)` at the "
  "head of the file or in a [run] section chooses one point of the grid that the section spans (laconic claims --help has the "
  "reductions).  NAME.dat and NAME.gp stay beside the drawing; gnuplot "
  "draws them again after a change.\n\n"
  "  laconic run reports/ef21/stepsize.ini\n"
  "  laconic plot reports/ef21/stepsize.ini --out=figures";

int lac_command_plot(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .out = "figures", .formats = "pdf,svg,png" };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_RESULT);
  struct argp argp = { options, parse, "[RUN OPTIONS] FILE.ini|BUNDLE", doc, NULL, NULL, NULL };
  lac_collection c;
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = check_formats(a.formats);
  if (status == LAC_OK && !done)
    status = set_look(&(lac_look){ 0 }, &a);
  if (status == LAC_OK && !done &&
      (status = lac_collect(comm, a.words.file, (const char *const *)a.words.setting, a.x != NULL, &c)) == LAC_OK) {
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? draw_figure(&c, &a) : LAC_OK);
    lac_collection_free(&c);
  }
  lac_run_words_free(&a.words);
  free(options);
  return status;
}
