#include "commands.h"
#include "execute.h"
#include "experiment.h"
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what came out, one line a run ---- */

static double last_of(const lac_result *r, const char *column)
{
  const double *c = lac_result_column(r, column);
  return c && r->rows ? c[r->rows - 1] : 0;
}

static void print_head(void)
{
  printf("%-18s %-26s %-22s %9s %-10s %12s %13s %9s\n", "run", "algorithm", "uplink", "rounds", "ended", "|grad f|^2", "bits/client",
         "x fewer");
}

static void print_line(const char *label, const lac_result *r)
{
  const char *algorithm = lac_result_attribute(r, "environment.given.algorithm"), *up = lac_result_attribute(r, "environment.given.up");
  const char *reason = lac_result_attribute(r, "reason");
  const char *clients = lac_result_attribute(r, "clients"), *d = lac_result_attribute(r, "d");
  double n = clients ? atof(clients) : 1, bits = last_of(r, "bits_up") / n, rounds = last_of(r, "round");
  char fewer[32] = "-";
  if (bits > 0 && d)
    snprintf(fewer, sizeof fewer, "%.3g", 64 * atof(d) * rounds / bits);
  printf("%-18.18s %-26.26s %-22.22s %9.0f %-10s %12.4e %13.6g %9s\n", label, algorithm ? algorithm : "?", up ? up : "?", rounds,
         reason ? reason : "?", last_of(r, "grad_norm_sq"), bits, fewer);
}

static int print_outcome(const char *label, const lac_outcome *out)
{
  lac_result r;
  LAC_TRY(lac_result_open(&r, out->path));
  print_line(label, &r);
  lac_result_close(&r);
  return LAC_OK;
}

/* ---- one run ---- */

static int print_single(const lac_outcome *out)
{
  lac_result r;
  LAC_TRY(lac_result_open(&r, out->path));
  const char *problem = lac_result_attribute(&r, "environment.given.problem"), *dataset = lac_result_attribute(&r, "dataset"),
             *labels = lac_result_attribute(&r, "dataset.labels"), *clients = lac_result_attribute(&r, "clients"),
             *rows = lac_result_attribute(&r, "dataset.rows"), *d = lac_result_attribute(&r, "d"),
             *digest = lac_result_attribute(&r, "digest");
  printf("%s, d=%s, %s clients", problem, d, clients);
  if (rows)
    printf(", %.*s (%s rows%s%s)", (int)strcspn(dataset, ":"), dataset, rows, labels ? ", labels " : "", labels ? labels : "");
  printf("\n");
  print_head();
  print_line("", &r);
  printf("%s %s  digest %s\n", out->skipped ? "kept" : "wrote", out->path, digest);
  lac_result_close(&r);
  return LAC_OK;
}

static int run_single(lac_comm *comm, const char *const *settings)
{
  lac_config c;
  lac_outcome out;
  int status = lac_config_init(&c);
  for (; status == LAC_OK && *settings; settings++) {
    char key[64];
    size_t n = strcspn(*settings, "=");
    snprintf(key, sizeof key, "%.*s", (int)n, *settings);
    status = lac_config_set(&c, key, *settings + n + 1);
  }
  status = lac_comm_agree(comm, status);
  if (status == LAC_OK)
    status = lac_execute(comm, &c, 0, &out);
  if (status == LAC_OK && lac_comm_rank(comm) == 0)
    status = print_single(&out);
  lac_config_clear(&c);
  return status;
}

/* ---- an experiment file ---- */

static int run_all(lac_comm *comm, const lac_experiment *e)
{
  int root = lac_comm_rank(comm) == 0, skipped = 0, missing = 0;
  if (root)
    print_head();
  for (size_t i = 0; i < e->runs; i++) {
    lac_outcome out;
    unsigned allow = LAC_ALLOW_FRESH | (e->skip_missing ? LAC_ALLOW_MISSING : 0);
    LAC_TRY(lac_context(lac_execute(comm, &e->run[i].config, allow, &out), "%s, [run %s]", e->path, e->run[i].label));
    skipped += out.skipped;
    missing += out.missing;
    if (root && !out.missing)
      LAC_TRY(print_outcome(e->run[i].label, &out));
    if (root)
      fflush(stdout);
  }
  if (root) {
    printf("%zu runs", e->runs);
    if (skipped)
      printf(", %d kept from before", skipped);
    if (missing)
      printf(", %d left out because their data set is not here (set LACONIC_DATA)", missing);
    printf("\n");
  }
  return LAC_OK;
}

static int run_file(lac_comm *comm, const char *path, const char *const *settings)
{
  lac_experiment e;
  LAC_TRY(lac_comm_agree(comm, lac_experiment_load(&e, path, settings)));
  int status = run_all(comm, &e);
  lac_experiment_free(&e);
  return status;
}

/* ---- the command line: one long option for each entry of the tables ---- */

enum { FIRST_KEY = 1000, MOST = 128 };

typedef struct {
  const char *file;
  const char *settings[MOST];      /* "key=value" */
  char *owned[MOST];
  size_t count;
} arguments;

static struct argp_option argp_options[64];

static const struct argp_option *make_options(void)
{
  static char docs[64][256];
  const lac_option *tables[] = { lac_what_options, lac_where_options };
  size_t k = 0;
  for (size_t i = 0; i < LAC_COUNT(tables); i++) {
    argp_options[k++] = (struct argp_option){ .doc = i == 0 ? "What is computed (these name the result):" : "How and where:", .group = (int)i + 1 };
    for (const lac_option *o = tables[i]; o->name; o++, k++) {
      int flag = o->kind == LAC_CHOICE && strcmp(o->choices, "no|yes") == 0;
      snprintf(docs[k], sizeof docs[k], "%s%s%s%s", o->help, *o->fallback && !flag ? " [" : "", flag ? "" : o->fallback,
               *o->fallback && !flag ? "]" : "");
      argp_options[k] = (struct argp_option){ o->name, FIRST_KEY + (int)k, o->choices ? o->choices : "VALUE",
                                              flag ? OPTION_ARG_OPTIONAL : 0, docs[k], (int)i + 1 };
      if (strcmp(o->name, "output") == 0)
        argp_options[k].key = 'o';
    }
  }
  return argp_options;
}

static const char *name_of(int key)
{
  for (const struct argp_option *o = argp_options; o->name || o->doc; o++)
    if (o->name && o->key == key)
      return o->name;
  return NULL;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  const char *name = name_of(key);
  if (key == ARGP_KEY_ARG) {
    if (a->file)
      return lac_fail(LAC_EUSER, "one experiment file at a time; '%.60s' is a second one", value);
    a->file = value;
    return 0;
  }
  if (!name)
    return ARGP_ERR_UNKNOWN;
  if (a->count == MOST - 1)
    return lac_fail(LAC_EUSER, "more than %d options", MOST - 1);
  a->settings[a->count] = a->owned[a->count] = lac_asprintf("%s=%s", name, value ? value : "yes");
  return a->settings[a->count++] ? 0 : LAC_ENOMEM;
}

static const char doc[] =
  "Run one experiment and write its result, or all runs of an experiment file.\v"
  "A plug-in is NAME[:KEY=VALUE,...]; laconic list shows the names, laconic help NAME their options.  An experiment file has key = value "
  "lines for what is common, [run LABEL] sections for what differs, and grids: gamma=theory*{1,2,4}.  Results that are "
  "named by their digest are kept and not computed again.  SIGTERM and SIGUSR1 make a run save a checkpoint and stop with exit status 75; "
  "--resume goes on from there, or from the last checkpoint of a run that was killed, and ends with the same result.\n\n"
  "  laconic run --algorithm=ef21 --up=topk:k=1\n"
  "  laconic run --problem=logreg:reg=nonconvex,lambda=0.1 --dataset=mushrooms --up=topk:k=1 -o r.h5\n"
  "  mpiexec.mpich -n 4 laconic run reports/ef21/stepsize.ini";

int lac_command_run(lac_comm *comm, int argc, char **argv)
{
  arguments a = { 0 };
  struct argp argp = { make_options(), parse, "[FILE.ini]", doc, NULL, NULL, NULL };
  int done, status = lac_argp(comm, &argp, argc, argv, &a, &done);
  if (status == LAC_OK && !done)
    status = a.file ? run_file(comm, a.file, a.settings) : run_single(comm, a.settings);
  for (size_t i = 0; i < a.count; i++)
    free(a.owned[i]);
  return status;
}
