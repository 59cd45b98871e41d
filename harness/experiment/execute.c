#include "experiment/execute.h"
#include "ranks/terminal.h"

#include "experiment/note.h"
#include "interrupt.h"
#include "store/recorder.h"
#include "store/result.h"
#include "run/name.h"
#include "run/round.h"
#include "run/row.h"
#include "run/state.h"
#include "setup/setup.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- progress ---- */

typedef struct {
  lac_recorder *rec;
  const lac_run *run;
  lac_execution *how;
  double start, from;             /* from: rounds done before */
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

/* "run 12 of 200, all in 3 min: " */
static void print_place(const lac_execution *how, double fraction, char *text, size_t size)
{
  lac_sweep_progress all;
  char eta[32];
  how->progress(how->self, fraction, &all);
  print_eta(eta, sizeof eta, all.seconds);
  snprintf(text, size, "run %zu of %zu, all in %s: ", all.run, all.runs, eta);
}

static void show_progress(progress *p, const lac_cell *cell)
{
  double now = lac_seconds(), total = (double)p->run->config->rounds, done = (double)cell[0].count;
  char eta[32], before[96] = "";
  if (!p->on || now - p->how->shown < 0.2 || done <= p->from)
    return;
  p->how->shown = now;
  if (p->how->progress)
    print_place(p->how, done / total, before, sizeof before);
  print_eta(eta, sizeof eta, (now - p->start) * (total - done) / (done - p->from));
  int width = fprintf(stderr, "\r%sround %.0f/%.0f  |grad f|^2 %.3e  bits/client %.4g  ETA %s", before, done, total, cell[2].real,
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

static const lac_cell *rows_so_far(void *self, size_t *count, size_t *width)
{
  return lac_recorder_rows(((progress *)self)->rec, count, width);
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

/* Is this very run finished?  EUSER when something else is there. */
static int is_done(const char *path, const char *config_digest, int *done)
{
  lac_result r;
  *done = 0;
  if (access(path, F_OK))
    return LAC_OK;
  LAC_TRY(lac_context(lac_result_open(&r, path), "--resume"));
  const char *digest = lac_result_attribute(&r, "config_digest"), *complete = lac_result_attribute(&r, "complete");
  int same = digest && strcmp(digest, config_digest) == 0;
  *done = complete && strcmp(complete, "1") == 0;
  lac_result_close(&r);
  return same ? LAC_OK :
         lac_fail(LAC_EUSER, "--resume: %s is of another configuration; give the options that it was begun with, or another --output",
                  path);
}

static int prepare_resume(const lac_config *c, unsigned allow, lac_outcome *out, lac_recorder **rec, const char *config_digest)
{
  if (c->force)
    return lac_fail(LAC_EUSER, "--resume goes on and --force starts again; give one of them");
  LAC_TRY(is_done(out->path, config_digest, &out->skipped));
  if (out->skipped)
    return LAC_OK;
  if (!(allow & LAC_ALLOW_FRESH) && !lac_checkpoint_exists(out->path, 0) && !lac_checkpoint_exists(out->path, 1))
    return lac_fail(LAC_EUSER, "--resume: there is no %s.checkpoint; leave --resume out to start the run, with --checkpoint to have one",
                    out->path);
  return lac_recorder_reopen(rec, out->path, config_digest, c->flush);
}

/* Rank 0 finds the file's place and whether the work is done.  An unfinished file in the store is made again. */
static int prepare(const lac_run *run, unsigned allow, lac_outcome *out, lac_recorder **rec, const char *config_digest)
{
  const lac_config *c = run->config;
  int in_store = !*c->output;
  if (in_store)
    LAC_TRY(make_folder(c->results));
  if (c->resume)
    return prepare_resume(c, allow, out, rec, config_digest);
  out->skipped = in_store && !c->force && lac_result_complete(out->path);
  if (out->skipped)
    return LAC_OK;
  LAC_TRY(lac_recorder_open(rec, out->path, c->force || in_store, c->flush));
  if (c->force)
    lac_checkpoint_remove(out->path);
  else if (lac_checkpoint_exists(out->path, 0))
    fprintf(stderr, "laconic: %s.checkpoint is of a run that was stopped: --resume would go on from there, this run starts again\n",
            out->path);
  return LAC_OK;
}

/* From the checkpoint if there is one that can be used, else from the beginning if that is allowed. */
static int start(lac_run *run, unsigned allow, lac_trace *trace)
{
  int root = lac_comm_rank(run->comm) == 0;
  if (run->config->resume) {
    int status = lac_state_restore(run, trace);
    if (status != LAC_EFORMAT)
      return status;
    if (!(allow & LAC_ALLOW_FRESH))
      return lac_fail(LAC_EUSER, "--resume: %s; start again with --force", strdupa(lac_error()));
    if (root && (lac_checkpoint_exists(run->saving.path, 0) || lac_checkpoint_exists(run->saving.path, 1)))
      fprintf(stderr, "laconic: %s; the run starts again\n", lac_error());
  }
  return lac_run_start(run);
}

static int begin(lac_run *run, lac_recorder *rec, const char *config_digest, const lac_trace *trace)
{
  LAC_TRY(lac_note_start(rec, run, config_digest));
  LAC_TRY(lac_recorder_begin(rec, run->trace.column, run->trace.columns));
  return run->config->resume ? lac_recorder_known(rec, trace->cells, trace->rows) : LAC_OK;
}

/* A finished run needs no checkpoint; one that was interrupted needs everything. */
static int end(lac_run *run, lac_recorder *rec, const double *memory, size_t count, lac_outcome *out)
{
  LAC_TRY(lac_note_end(rec, run));
  if ((out->interrupted = strcmp(run->reason, "interrupted") == 0))
    return lac_recorder_interrupt(rec);
  LAC_TRY(lac_recorder_end(rec, run->x, run->env.d, memory, count, out->digest));
  lac_checkpoint_remove(out->path);
  return LAC_OK;
}

/* What the compressor of client 0 remembers, to rank 0, which need not be where that client is.  Collective. */
static int first_memory(lac_run *run, const double **memory, size_t *count)
{
  lac_site up = lac_lane_site(&run->env, LAC_UP, run->env.d);
  size_t bytes = lac_state_size(&up) * sizeof **memory;
  const uint8_t *all = NULL;
  const size_t *starting;
  if (bytes)
    LAC_TRY(lac_comm_gather(run->comm, LAC_OK, run->store.row[LAC_STORE_UP_MEMORY].at,
                            run->instance.first == 0 && run->instance.last > 0 ? bytes : 0, &all, &starting));
  *memory = (const double *)(const void *)all;
  *count = bytes / sizeof **memory;
  return LAC_OK;
}

static int record(lac_run *run, lac_recorder *rec, lac_execution *how, lac_outcome *out)
{
  int root = lac_comm_rank(run->comm) == 0;
  lac_trace trace = { 0 };
  LAC_TRY(lac_run_prepare(run));
  LAC_TRY(start(run, how->allow, &trace));
  int status = lac_comm_agree(run->comm, root ? begin(run, rec, run->saving.config_digest, &trace) : LAC_OK);
  free(trace.cells);
  LAC_TRY(status);
  progress p = { .rec = rec, .run = run, .how = how, .start = lac_seconds(), .from = (double)run->round };
  p.on = root && !how->quiet &&
         (run->config->progress == LAC_PROGRESS_YES || (run->config->progress == LAC_PROGRESS_AUTO && lac_stderr_is_terminal()));
  status = lac_run_rounds(run, &(lac_sink){ on_row, rows_so_far, &p });
  end_progress(&p);
  LAC_TRY(status);
  const double *memory;
  size_t count;
  LAC_TRY(first_memory(run, &memory, &count));
  LAC_TRY(lac_comm_agree(run->comm, root ? end(run, rec, memory, count, out) : LAC_OK));
  if (strcmp(run->reason, "interrupted"))
    return LAC_OK;
  return lac_fail(LAC_EINTERRUPTED, "stopped as asked after %llu rounds; the same command with --resume goes on from %s.checkpoint",
                  (unsigned long long)run->round, run->saving.path);
}

static int plan(lac_run *run, lac_outcome *out)
{
  LAC_TRY(lac_saving_parse(&run->saving, run->config->checkpoint));
  LAC_TRY(place(run, out, run->saving.config_digest));
  run->saving.path = out->path;
  return LAC_OK;
}

int lac_execute(lac_comm *comm, const lac_config *config, lac_execution *how, lac_outcome *out)
{
  lac_run run;
  lac_recorder *rec = NULL;
  int root = lac_comm_rank(comm) == 0;
  lac_interrupt_watch();
  *out = (lac_outcome){ 0 };
  int status = lac_run_open_after(&run, config, comm, how->keep);
  if (status == LAC_ENODATA && (how->allow & LAC_ALLOW_MISSING)) {
    out->missing = 1;
    lac_run_close(&run);
    return LAC_OK;
  }
  if (status == LAC_OK)
    status = lac_comm_agree(comm, plan(&run, out));
  if (status == LAC_OK)
    status = lac_comm_agree(comm, root ? prepare(&run, how->allow, out, &rec, run.saving.config_digest) : LAC_OK);
  if (status == LAC_OK)
    status = lac_comm_bcast(comm, &out->skipped, sizeof out->skipped);
  if (status == LAC_OK && !out->skipped)
    status = record(&run, rec, how, out);
  lac_recorder_close(rec);
  lac_run_close(&run);
  if (status != LAC_OK && how->keep)
    lac_keep_clear(how->keep);      /* on all ranks alike */
  return status;
}

int lac_result_path(lac_comm *comm, const lac_config *config, lac_keep *keep, char path[static 1024], char config_digest[static 17],
                    size_t *bytes)
{
  lac_run run;
  lac_outcome out = { 0 };
  int status = lac_run_open_after(&run, config, comm, keep);
  if (status == LAC_OK)
    status = place(&run, &out, config_digest);
  if (status == LAC_OK) {
    memcpy(path, out.path, sizeof out.path);
    *bytes = lac_run_bytes(&run);
  }
  lac_run_close(&run);
  return status;
}
