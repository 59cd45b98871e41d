#include "execute.h"

#include "recorder.h"
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

const char *openblas_get_config(void) __attribute__((weak));

/* ---- notes: everything that makes a result readable without us ---- */

/* Options of one spec as NAME.KEY; a step-size rule also by its number. */
static int note_spec(lac_recorder *rec, const lac_spec *spec)
{
  char key[128], number[32];
  for (const lac_option *o = spec->options; o && o->name; o++) {
    const lac_step *step = (const lac_step *)((const char *)spec->params + o->offset);
    char *value = lac_option_text(o, spec->params);
    if (!value)
      return LAC_ENOMEM;
    int rule = o->kind == LAC_STEP && *step->rule;
    snprintf(key, sizeof key, "%s.%s%s", spec->name, o->name, rule ? ".rule" : "");
    int status = lac_recorder_note(rec, "config", key, value);
    free(value);
    LAC_TRY(status);
    if (rule) {
      snprintf(key, sizeof key, "%s.%s", spec->name, o->name);
      LAC_TRY(lac_recorder_note(rec, "config", key, lac_format_real(step->value, number)));
    }
  }
  return LAC_OK;
}

static int note_number(lac_recorder *rec, const char *group, const char *key, double value)
{
  char number[32];
  return lac_recorder_note(rec, group, key, lac_format_real(value, number));
}

static int note_config(lac_recorder *rec, const lac_run *run, char *text)
{
  for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line;) {
    char *value = strchr(line, '=');
    *value++ = 0;
    int to_root = strcmp(line, "dataset_sha256") == 0;
    LAC_TRY(lac_recorder_note(rec, to_root ? "" : "config", line, value));
  }
  LAC_TRY(note_spec(rec, &run->problem.spec));
  LAC_TRY(note_spec(rec, &run->method_spec));
  LAC_TRY(note_spec(rec, &run->up.spec));
  LAC_TRY(note_number(rec, "config", "d", (double)run->env.d));
  if (run->smoothness_known) {
    LAC_TRY(note_number(rec, "config", "L", run->smoothness.L));
    LAC_TRY(note_number(rec, "config", "L_am", run->smoothness.L_am));
    LAC_TRY(note_number(rec, "config", "L_qm", run->smoothness.L_qm));
    LAC_TRY(note_number(rec, "config", "L_max", run->smoothness.L_max));
  }
  if (run->x_star) {
    LAC_TRY(note_number(rec, "config", "f_star", run->f_star));
    LAC_TRY(note_number(rec, "config", "grad_norm_sq_star", run->star_grad_norm_sq));
  }
  if (run->problem.data) {
    const lac_data_info *about = lac_data_about(run->problem.data);
    LAC_TRY(note_number(rec, "config", "dataset.rows", (double)about->rows));
    LAC_TRY(note_number(rec, "config", "dataset.nnz", (double)about->nnz));
    if (run->problem.type->labels == LAC_TWO_CLASSES) {
      char labels[96], a[32], b[32];
      snprintf(labels, sizeof labels, "%s as -1, %s as +1", lac_format_real(about->label[0], a), lac_format_real(about->label[1], b));
      LAC_TRY(lac_recorder_note(rec, "config", "dataset.labels", labels));
    }
  }
  return LAC_OK;
}

static int note_environment(lac_recorder *rec, const lac_run *run)
{
  struct utsname host;
  char text[256], mpi[128];
  unsigned major, minor, release;
  time_t now = time(NULL);
  uname(&host);
  lac_comm_version(mpi);
  H5get_libversion(&major, &minor, &release);
  LAC_TRY(note_number(rec, "environment", "ranks", lac_comm_size(run->comm)));
  LAC_TRY(lac_recorder_note(rec, "environment", "host", host.nodename));
  snprintf(text, sizeof text, "%s %s %s", host.sysname, host.release, host.machine);
  LAC_TRY(lac_recorder_note(rec, "environment", "system", text));
  LAC_TRY(lac_recorder_note(rec, "environment", "mpi", mpi));
  snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
  LAC_TRY(lac_recorder_note(rec, "environment", "hdf5", text));
  LAC_TRY(lac_recorder_note(rec, "environment", "blas", openblas_get_config ? openblas_get_config() : "unknown"));
  LAC_TRY(lac_recorder_note(rec, "environment", "compiler", __VERSION__));
  for (const lac_option *o = lac_what_options; o->name; o++) {
    char key[64], *given = lac_option_text(o, run->config);
    snprintf(key, sizeof key, "given.%s", o->name);
    int status = given ? lac_recorder_note(rec, "environment", key, given) : LAC_ENOMEM;
    free(given);
    LAC_TRY(status);
  }
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  return lac_recorder_note(rec, "environment", "started", text);
}

static int begin_record(lac_recorder *rec, const lac_run *run, const char *config_digest)
{
  char *text = lac_run_text(run);
  int status = text ? note_config(rec, run, text) : LAC_ENOMEM;
  free(text);
  LAC_TRY(status);
  LAC_TRY(lac_recorder_note(rec, "", "config_digest", config_digest));
  LAC_TRY(note_environment(rec, run));
  return lac_recorder_begin(rec, run->column, run->columns);
}

/* ---- progress ---- */

typedef struct {
  lac_recorder *rec;
  const lac_run *run;
  double start, shown;
  int on, width;
} progress;

static void print_eta(char *text, size_t size, double seconds)
{
  if (seconds < 90)
    snprintf(text, size, "%.0f s", seconds);
  else if (seconds < 5400)
    snprintf(text, size, "%.0f min", seconds / 60);
  else
    snprintf(text, size, "%.1f h", seconds / 3600);
}

static void show_progress(progress *p, const lac_cell *cell)
{
  double now = lac_seconds(), total = (double)p->run->config->rounds, done = (double)cell[0].count;
  char eta[32];
  if (!p->on || now - p->shown < 0.2 || done == 0)
    return;
  p->shown = now;
  print_eta(eta, sizeof eta, (now - p->start) * (total - done) / done);
  int width = fprintf(stderr, "\rround %.0f/%.0f  |grad f|^2 %.3e  bits/client %.4g  ETA %s", done, total, cell[2].real,
                      (double)cell[3].count / p->run->env.n, eta) - 1;
  fprintf(stderr, "%*s", width < p->width ? p->width - width : 0, "");
  p->width = width;
  fflush(stderr);
}

static int on_row(void *self, const lac_cell *cells)
{
  progress *p = self;
  show_progress(p, cells);
  return lac_recorder_row(p->rec, cells);
}

static void end_progress(progress *p)
{
  if (p->width)
    fprintf(stderr, "\r%*s\r", p->width, "");
}

/* ---- one run ---- */

static int make_folder(const char *path)
{
  if (mkdir(path, 0777) == 0 || errno == EEXIST)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--results: cannot make the folder %s: %s", path, strerror(errno));
}

static int place(const lac_run *run, lac_outcome *out, char config_digest[static 17])
{
  const lac_config *c = run->config;
  char *text = lac_run_text(run);
  if (!text)
    return LAC_ENOMEM;
  lac_run_digest(text, config_digest);
  free(text);
  if (*c->output)
    snprintf(out->path, sizeof out->path, "%s", c->output);
  else
    snprintf(out->path, sizeof out->path, "%s/%s.h5", c->results, config_digest);
  return LAC_OK;
}

/* Rank 0 finds the file's place and whether the work is done.  An unfinished file in the store is made again. */
static int prepare(const lac_run *run, lac_outcome *out, lac_recorder **rec, char config_digest[static 17])
{
  const lac_config *c = run->config;
  LAC_TRY(place(run, out, config_digest));
  int in_store = !*c->output;
  if (in_store)
    LAC_TRY(make_folder(c->results));
  out->skipped = in_store && !c->force && lac_result_complete(out->path);
  return out->skipped ? LAC_OK : lac_recorder_open(rec, out->path, c->force || in_store, c->flush);
}

static int record(lac_run *run, lac_recorder *rec, const char *config_digest, lac_outcome *out)
{
  int root = lac_comm_rank(run->comm) == 0;
  LAC_TRY(lac_run_load(run));
  LAC_TRY(lac_comm_agree(run->comm, root ? begin_record(rec, run, config_digest) : LAC_OK));
  progress p = { .rec = rec, .run = run, .start = lac_seconds() };
  p.on = root && (run->config->progress == LAC_PROGRESS_YES || (run->config->progress == LAC_PROGRESS_AUTO && isatty(STDERR_FILENO)));
  int status = lac_run_rounds(run, &(lac_sink){ on_row, &p });
  end_progress(&p);
  LAC_TRY(status);
  return lac_comm_agree(run->comm, root ? lac_recorder_end(rec, run, out->digest) : LAC_OK);
}

int lac_execute(lac_comm *comm, const lac_config *config, int allow_missing, lac_outcome *out)
{
  lac_run run;
  lac_recorder *rec = NULL;
  char config_digest[17] = "";
  int root = lac_comm_rank(comm) == 0;
  *out = (lac_outcome){ 0 };
  int status = lac_run_open(&run, config, comm);
  if (status == LAC_ENODATA && allow_missing) {
    out->missing = 1;
    lac_run_close(&run);
    return LAC_OK;
  }
  if (status == LAC_OK)
    status = lac_comm_agree(comm, root ? prepare(&run, out, &rec, config_digest) : LAC_OK);
  if (status == LAC_OK)
    status = lac_comm_bcast(comm, &out->skipped, sizeof out->skipped);
  if (status == LAC_OK && !out->skipped)
    status = record(&run, rec, config_digest, out);
  lac_recorder_close(rec);
  lac_run_close(&run);
  return status;
}

int lac_result_path(lac_comm *comm, const lac_config *config, char path[static 1024])
{
  lac_run run;
  lac_outcome out = { 0 };
  char config_digest[17];
  int status = lac_run_open(&run, config, comm);
  if (status == LAC_OK)
    status = place(&run, &out, config_digest);
  memcpy(path, out.path, sizeof out.path);
  lac_run_close(&run);
  return status;
}
