#include "command/commands.h"
#include "experiment/tabled.h"
#include "experiment/execute.h"
#include "experiment/experiment.h"
#include "experiment/sweep.h"
#include "figures/claims.h"
#include "figures/figure.h"
#include "registry/registry.h"
#include "store/result.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what came out, one line a run ---- */

static double last_of(const lac_result *r, const char *column)
{
  const double *c = lac_result_column(r, column);
  return c && r->rows ? c[r->rows - 1] : 0;
}

/* The options that tell runs apart: algorithm, up and whatever else is not the same in all of them. */
typedef struct {
  const lac_option *option[32];
  int width[32], label_width;
  size_t columns;
  int held_out;                 /* no run computes the gradient of f for its rows: the loss of rows that are held out is shown */
} table;

/* Characters on a terminal: labels are UTF-8. */
static int width_of(const char *text)
{
  int width = 0;
  for (; *text; text++)
    width += (*text & 0xc0) != 0x80;
  return width;
}

static void print_padded(const char *text, int width) { lac_print(stdout, "%s%*s  ", text, width - width_of(text), ""); }

static int plan_column(table *t, const lac_option *o, const lac_experiment_run *run, size_t runs)
{
  int shown = strcmp(o->name, "algorithm") == 0 || strcmp(o->name, "up") == 0, width = width_of(o->name);
  char *first = lac_option_text(o, &run[0].config);
  for (size_t i = 0; first && i < runs; i++) {
    char *text = lac_option_text(o, &run[i].config);
    if (!text)
      break;
    shown |= strcmp(text, first) != 0;
    width = width_of(text) > width ? width_of(text) : width;
    free(text);
  }
  free(first);
  if (shown && t->columns < LAC_COUNT(t->option)) {
    t->option[t->columns] = o;
    t->width[t->columns++] = width;
  }
  return first ? LAC_OK : LAC_ENOMEM;
}

/* Whether rows of the trace of this run are said to take the held-out rows alone. */
static int is_held_out(const lac_config *c)
{
  lac_entry entry;
  int known = lac_registry_find(LAC_PROBLEMS, "--problem", c->problem, &entry) == LAC_OK;
  return c->evaluate == LAC_EVALUATE_AUTO ? known && ((const lac_problem_type *)entry.type)->costly : c->evaluate == LAC_EVALUATE_HELD_OUT;
}

static int print_head(table *t, const lac_experiment_run *run, size_t runs)
{
  *t = (table){ .held_out = 1 };
  for (size_t i = 0; i < runs; i++)
    t->held_out &= is_held_out(&run[i].config);
  for (size_t i = 0; i < runs; i++)
    t->label_width = width_of(run[i].label) > t->label_width ? width_of(run[i].label) : t->label_width;
  for (const lac_option *o = lac_what_options; o->name; o++)
    LAC_TRY(plan_column(t, o, run, runs));
  if (t->label_width)
    print_padded("run", t->label_width = t->label_width < 3 ? 3 : t->label_width);
  for (size_t k = 0; k < t->columns; k++)
    print_padded(t->option[k]->name, t->width[k]);
  lac_print(stdout, "%8s  %-9s  %10s  %12s  %7s\n", "rounds", "ended", t->held_out ? "test loss" : "|grad f|^2", "bits/client",
            "x fewer");
  return LAC_OK;
}

static void print_line(const table *t, const lac_experiment_run *run, const lac_result *r)
{
  const char *reason = lac_result_attribute(r, "reason"), *d = lac_result_attribute(r, "d");
  double bits = last_of(r, "bits_up") / (double)run->config.clients, rounds = last_of(r, "round");
  const char *column = t->held_out ? "test_loss" : "grad_norm_sq";
  char fewer[32] = "-", shown[32] = "-";
  if (lac_result_column(r, column))
    snprintf(shown, sizeof shown, t->held_out ? "%.4f" : "%.2e", last_of(r, column));
  if (bits > 0 && d)
    snprintf(fewer, sizeof fewer, "%.3g", 64 * atof(d) * rounds / bits);
  if (t->label_width)
    print_padded(run->label, t->label_width);
  for (size_t k = 0; k < t->columns; k++) {
    char *text = lac_option_text(t->option[k], &run->config);
    print_padded(text ? text : "?", t->width[k]);
    free(text);
  }
  lac_print(stdout, "%8.0f  %-9s  %10s  %12.0f  %7s\n", rounds, reason ? reason : "?", shown, bits, fewer);
}

static void print_foot(void)
{
  lac_print(stdout, "x fewer = how many times fewer uplink bits than sending 64-bit coordinates every round\n");
}

static int show_result(void *self, const lac_experiment_run *run, const char *path)
{
  lac_result r;
  LAC_TRY(lac_result_open(&r, path));
  print_line(self, run, &r);
  lac_result_close(&r);
  fflush(stdout);
  return LAC_OK;
}

/* ---- one run ---- */

/* Of a language model. */
static void print_text_metrics(const lac_result *r)
{
  if (lac_result_column(r, "test_perplexity"))
    lac_print(stdout, "held out: %.4f nats or %.4f bits a symbol, perplexity %.4g, accuracy %.4f\n", last_of(r, "test_loss"),
              last_of(r, "test_bits_per_char"), last_of(r, "test_perplexity"), last_of(r, "test_accuracy"));
}

/* With --dp and noise: the cost so far, and what it is counted from. */
static void print_privacy(const lac_result *r)
{
  const char *const keys[] = { "dp.delta", "dp.sigma", "dp.q", "dp.steps" };
  const char *value[LAC_COUNT(keys)];
  for (size_t i = 0; i < LAC_COUNT(keys); i++)
    value[i] = lac_result_attribute(r, keys[i]);
  if (!value[0])
    return;
  if (!lac_result_column(r, "epsilon"))
    lac_print(stdout, "privacy: rows are clipped and no noise is added, so epsilon is infinite\n");
  else
    lac_print(stdout, "privacy: a row of a client is (%.4g, %s)-private: sigma=%s, q=%s, %.0f gradients, each row in a batch by itself\n",
              last_of(r, "epsilon"), value[0], value[1], value[2], last_of(r, "round") * atof(value[3]));
}

static int print_single(const lac_config *config, const lac_outcome *out)
{
  lac_experiment_run run = { .label = (char *)"", .config = *config };
  table t;
  lac_result r;
  LAC_TRY(lac_result_open(&r, out->path));
  const char *problem = lac_result_attribute(&r, "environment.given.problem"), *dataset = lac_result_attribute(&r, "dataset"),
             *labels = lac_result_attribute(&r, "dataset.labels"), *clients = lac_result_attribute(&r, "clients"),
             *rows = lac_result_attribute(&r, "dataset.rows"), *d = lac_result_attribute(&r, "d"),
             *digest = lac_result_attribute(&r, "digest"), *test = lac_result_attribute(&r, "test-dataset"),
             *simulated = lac_result_attribute(&r, "environment.simulated");
  lac_print(stdout, "%s, d=%s, %s clients", problem, d, clients);
  if (rows)
    lac_print(stdout, ", %.*s (%s rows%s%s)", (int)strcspn(dataset, ":"), dataset, rows, labels ? ", labels " : "", labels ? labels : "");
  if (test)
    lac_print(stdout, ", tested on %.*s (%s rows)", (int)strcspn(test, ":"), test, lac_result_attribute(&r, "test-dataset.rows"));
  else if (lac_result_attribute(&r, "test-dataset.rows"))
    lac_print(stdout, ", tested on %s rows that it holds out", lac_result_attribute(&r, "test-dataset.rows"));
  lac_print(stdout, "\n");
  int status = print_head(&t, &run, 1);
  if (status == LAC_OK) {
    print_line(&t, &run, &r);
    print_foot();
    print_text_metrics(&r);
  }
  print_privacy(&r);
  lac_print(stdout, "%s %s  digest %s\n", out->skipped ? "kept" : "wrote", out->path, digest);
  if (simulated)
    lac_print(stdout, "simulated %.6g s of rounds on %s\n", atof(lac_result_attribute(&r, "timing.total")), simulated);
  lac_result_close(&r);
  return status;
}

static int run_single(lac_comm *comm, const lac_run_words *words)
{
  lac_config c;
  lac_outcome out;
  int status = lac_comm_agree(comm, lac_run_config(&c, words));
  if (status == LAC_OK)
    status = lac_execute(comm, &c, &(lac_execution){ 0 }, &out);
  if (status == LAC_OK && lac_comm_rank(comm) == 0)
    status = print_single(&c, &out);
  lac_config_clear(&c);
  return status;
}

/* ---- an experiment file ---- */

static void print_counts(const lac_sweep_counts *c, const char *array)
{
  print_foot();
  if (*array)
    lac_print(stdout, "%zu of ", c->share);
  lac_print(stdout, "%zu runs", c->runs);
  if (*array)
    lac_print(stdout, ", the share %s", array);
  if (c->kept)
    lac_print(stdout, ", %zu kept from before", c->kept);
  if (c->missing)
    lac_print(stdout, ", %zu left out because their data set is not here (set LACONIC_DATA)", c->missing);
  if (c->failed)
    lac_print(stdout, ", %zu failed", c->failed);
  lac_print(stdout, "\n");
}

static int run_all(lac_comm *comm, const lac_experiment *e, lac_sweep_options *o)
{
  int root = lac_comm_rank(comm) == 0;
  lac_sweep_counts counts;
  table t;
  LAC_TRY(lac_comm_agree(comm, root ? print_head(&t, e->run, e->runs) : LAC_OK));
  o->show = show_result;
  o->self = &t;
  LAC_TRY(lac_sweep(comm, e, o, &counts));
  if (root)
    print_counts(&counts, o->array);
  return lac_comm_agree(comm, !root || counts.failed == 0 ? LAC_OK :
                        lac_fail(LAC_EUSER, "%s: %zu of %zu runs failed; their reasons are above", e->path, counts.failed, counts.runs));
}

int lac_load_to_run(lac_experiment *e, const lac_run_words *words)
{
  LAC_TRY(lac_experiment_load(e, words->file, (const char *const *)words->setting));
  int status = lac_table_refuse(e, "run");
  if (status == LAC_OK)
    status = lac_figure_check(e);
  if (status == LAC_OK)
    status = lac_claims_check(e);
  if (status != LAC_OK)
    lac_experiment_free(e);
  return status;
}

static int run_file(lac_comm *comm, const lac_run_words *words, lac_sweep_options *o)
{
  lac_experiment e;
  LAC_TRY(lac_comm_agree(comm, lac_load_to_run(&e, words)));
  int status = run_all(comm, &e, o);
  lac_experiment_free(&e);
  return status;
}

/* ---- laconic run ---- */

enum { GROUPS = 1, ARRAY };

typedef struct {
  lac_run_words words;
  lac_sweep_options sweep;
} arguments;

static const struct argp_option own_options[] = {
  { .doc = "All runs of an experiment file:", .group = 3 },
  { "groups", GROUPS, "N", 0,
    "groups of ranks, each at one run at a time; auto: as many as there are runs for, if memory allows [auto]", 3 },
  { "array", ARRAY, "INDEX/COUNT", 0, "only this share of the runs, of COUNT; slurm: as the task of a job array", 3 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  if (key != GROUPS && key != ARRAY)
    return lac_run_option(key, value, &a->words);
  *(key == GROUPS ? &a->sweep.groups : &a->sweep.array) = value;
  return 0;
}

static const char doc[] =
  "Run one experiment and write its result, or all runs of an experiment file.\v"
  "A plug-in is NAME[:KEY=VALUE,...]; laconic list shows the names, laconic help NAME their options.  An experiment file has key = value "
  "lines for what is common, [run LABEL] sections for what differs, and grids: gamma=theory*{1,2,4}.  Results that are "
  "named by their digest are kept and not computed again.  SIGTERM, SIGINT, SIGHUP and SIGUSR1 make a run save a checkpoint "
  "after the round at hand, however long that takes, and stop with exit status 75; SIGINT a second time ends it at once.  Before the first "
  "round there is nothing to save: a signal ends the command and leaves no file.  "
  "--resume goes on from the checkpoint, or from the last one of a run that was killed, and ends with the same result.  --resume=auto "
  "starts the run when there is no checkpoint, goes on when there is one, and keeps a finished result: a job can be submitted and requeued "
  "with one command.  Before any work the memory that the run will take is compared with the smallest limit of the machine, the control "
  "group, ulimit and Slurm, for all ranks of a machine together; a run that does not fit is refused.  The result tells the forecast: "
  "memory_forecast in laconic show, in bytes, of rank 0.\n\n"
  "The runs of a file are spread over all ranks: with at least as many runs as ranks each rank takes the next run when it has ended one, "
  "with fewer several ranks share the clients of a run (--groups).  The results are the same.  A run that fails says why; the others "
  "go on, and the exit status is 1.  A file that was stopped or killed and is run again computes what is missing.  A Slurm array of "
  "four tasks shares a file among them, and a last job prints the table:\n\n"
  "  sbatch --array=0-3 -n 16 \\\n"
  "    --wrap='srun --mpi=pmi2 laconic run sweep.ini --array=slurm'\n"
  "  sbatch --dependency=afterany:JOB -n 1 \\\n"
  "    --wrap='srun --mpi=pmi2 laconic run sweep.ini'\n\n"
  "  laconic run --algorithm=ef21 --up=topk:k=1\n"
  "  laconic run --problem=logreg:reg=nonconvex,lambda=0.1 --dataset=mushrooms \\\n"
  "    --up=topk:k=1 -o r.h5\n"
  "  mpiexec.mpich -n 4 laconic run reports/ef21/stepsize.ini";

static int run_asked(lac_comm *comm, arguments *a)
{
  lac_sweep_options *o = &a->sweep;
  const lac_run_words *w = &a->words;
  if (!w->file && (o->groups || o->array))
    return lac_fail(LAC_EUSER, "--%s is for the runs of an experiment file; give one", o->groups ? "groups" : "array");
  o->groups = o->groups ? o->groups : "auto";
  o->array = o->array ? o->array : "";
  return w->file ? run_file(comm, w, o) : run_single(comm, w);
}

int lac_command_run(lac_comm *comm, int argc, char **argv)
{
  arguments a = { 0 };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_ALL);
  struct argp argp = { options, parse, "[FILE.ini]", doc, NULL, lac_run_help, NULL };
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = run_asked(comm, &a);
  lac_run_words_free(&a.words);
  free(options);
  return status;
}
