#include "experiment/execute.h"

#include "experiment/note.h"
#include "experiment/progress.h"
#include "interrupt.h"
#include "store/recorder.h"
#include "store/result.h"
#include "run/name.h"
#include "run/round.h"
#include "run/row.h"
#include "run/state.h"
#include "setup/setup.h"
#include "utf8.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMAND_MOST = 600 };      /* bytes of a command that a sentence has room for */

/* ---- one run ---- */

static int make_folder(const char *path)
{
  if (mkdir(path, 0777) == 0) {
    lac_interrupt_remove(path);
    return LAC_OK;
  }
  if (errno == EEXIST)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--results: cannot make the folder %s: %s", path, strerror(errno));
}

static int find_path(const lac_run *run, lac_outcome *out, char config_digest[static 17])
{
  const lac_config *c = run->config;
  char *text = lac_run_text(run);
  if (!text)
    return LAC_ENOMEM;
  lac_run_digest(text, config_digest);
  free(text);
  int length = *c->output ? snprintf(out->path, sizeof out->path, "%s", c->output)
                          : snprintf(out->path, sizeof out->path, "%s/%s.h5", c->results, config_digest);
  return length < LAC_PATH ? LAC_OK : lac_fail(LAC_EUSER, "--%s: a path has less than %d bytes, not %d", *c->output ? "output" : "results",
                                               LAC_PATH, length);
}

/* What would be left of a run that has not begun. */
static void call_on_journal(const char *path, void (*call)(const char *path))
{
  char *journal = lac_asprintf("%s.journal", path);
  if (journal)
    call(journal);
  free(journal);
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

static int has_checkpoint(const char *path) { return lac_checkpoint_exists(path, 0) || lac_checkpoint_exists(path, 1); }

/* auto: a checkpoint that is there has to be usable, else this run might take the place of another. */
static int prepare_resume(const lac_config *c, unsigned allow, lac_outcome *out, lac_recorder **rec, const char *config_digest)
{
  if (c->force)
    return lac_fail(LAC_EUSER, "--resume goes on and --force starts again; give one of them");
  LAC_TRY(is_done(out->path, config_digest, &out->skipped));
  if (out->skipped)
    return LAC_OK;
  out->fresh = (allow & LAC_ALLOW_FRESH) || (c->resume == LAC_RESUME_AUTO && !has_checkpoint(out->path));
  if (!out->fresh && !has_checkpoint(out->path))
    return lac_fail(LAC_EUSER, "--resume: there is no %s.checkpoint; --resume=auto starts the run when there is none", out->path);
  return lac_recorder_reopen(rec, out->path, config_digest, c->flush);
}

/* Rank 0 finds the file's place and whether the work is done.  An unfinished file in the store is made again. */
static int open_result(const lac_run *run, unsigned allow, lac_outcome *out, lac_recorder **rec, const char *config_digest)
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
    lac_print(stderr, "laconic: %s.checkpoint is of a run that was stopped: --resume would go on from there, this run starts again\n",
              out->path);
  return LAC_OK;
}

/* A signal that ends the run before it has begun leaves no journal without rows. */
static int prepare_result(const lac_run *run, unsigned allow, lac_outcome *out, lac_recorder **rec, const char *config_digest)
{
  lac_interrupt_hold();
  int status = open_result(run, allow, out, rec, config_digest);
  if (status == LAC_OK && *rec && !run->config->resume)
    call_on_journal(out->path, lac_interrupt_remove);
  lac_interrupt_release();
  return status;
}

/* From the checkpoint if there is one that can be used, else from the beginning if that is allowed. */
static int start_run(lac_run *run, int fresh, lac_trace *trace)
{
  int root = lac_comm_rank(run->comm) == 0;
  if (run->config->resume) {
    int status = lac_state_restore(run, trace);
    if (status != LAC_EFORMAT)
      return status;
    if (!fresh)
      return lac_fail(LAC_EUSER, "--resume: %s; start again with --force", strdupa(lac_error()));
    if (root && has_checkpoint(run->saving.path))
      lac_print(stderr, "laconic: %s; the run starts again\n", lac_error());
  }
  return lac_run_start(run);
}

static int begin(lac_run *run, lac_recorder *rec, const char *config_digest, const lac_trace *trace)
{
  LAC_TRY(lac_note_start(rec, run, config_digest));
  LAC_TRY(lac_recorder_begin(rec, run->trace.column, run->trace.columns));
  LAC_TRY(lac_recorder_messages(rec, &run->post.log));
  return run->config->resume ? lac_recorder_known(rec, trace->cells, trace->rows) : LAC_OK;
}

/* What the final iterate of a problem around another one is to the innermost; caller frees. */
static int expand(const lac_run *run, lac_recorder *rec, double **merged)
{
  const lac_problem *p = &run->instance.problem, *inner = p;
  if (!p->type->expand)
    return LAC_OK;
  while (inner->base)
    inner = inner->base;
  *merged = lac_alloc(inner->d * sizeof **merged);
  LAC_TRY(*merged ? p->type->expand(p, run->x, *merged) : LAC_ENOMEM);
  lac_recorder_merged(rec, *merged, inner->d);
  return LAC_OK;
}

/* A finished run needs no checkpoint; one that was interrupted needs everything. */
static int end_run(lac_run *run, lac_recorder *rec, const double *memory, size_t count, lac_outcome *out)
{
  LAC_TRY(lac_note_end(rec, run));
  if ((out->interrupted = strcmp(run->reason, "interrupted") == 0))
    return lac_recorder_interrupt(rec);
  double *merged = NULL;
  int status = expand(run, rec, &merged);
  if (status == LAC_OK)
    status = lac_recorder_end(rec, run->x, run->env.d, memory, count, out->digest);
  free(merged);
  LAC_TRY(status);
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

static int print_option(FILE *to, const char *name, const char *value)
{
  char *word = lac_shell_word(value);
  int status = !word ? LAC_ENOMEM : fprintf(to, " --%s=%s", name, word) < 0 ? LAC_EIO : LAC_OK;
  free(word);
  return status;
}

/* Every option that is not at its default, but those that say how to begin. */
static int print_options(FILE *to, const lac_option *o, const lac_config *c, const lac_config *usual)
{
  for (; o->name; o++) {
    char *value = lac_option_text(o, c), *other = lac_option_text(o, usual);
    int status = !value || !other ? LAC_ENOMEM : LAC_OK, begins = strcmp(o->name, "force") == 0 || strcmp(o->name, "pause") == 0 ||
                                                                strcmp(o->name, "resume") == 0;
    if (status == LAC_OK && !begins && strcmp(value, other))
      status = print_option(to, o->name, value);
    free(value);
    free(other);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* The command that goes on with this run; caller frees.  NULL: it cannot be said. */
static char *command_of(const lac_config *c)
{
  char *text = NULL;
  size_t size;
  lac_config usual;
  FILE *to = open_memstream(&text, &size);
  int status = to ? lac_config_init(&usual) : LAC_ENOMEM;
  if (status == LAC_OK) {
    fputs("laconic run --resume", to);
    status = print_options(to, lac_what_options, c, &usual);
    if (status == LAC_OK)
      status = print_options(to, lac_where_options, c, &usual);
    lac_config_clear(&usual);
  }
  if (to && fclose(to))
    status = LAC_EIO;
  if (status == LAC_OK && size <= COMMAND_MOST)
    return text;
  free(text);
  return NULL;
}

static int say_stopped(const lac_run *run, const lac_execution *how)
{
  const char *path = run->saving.path, *signal = lac_interrupt_name(lac_interrupted());
  char *command = how->progress ? NULL : command_of(run->config);      /* of an experiment file it would be one run alone */
  unsigned long long rows = 0;
  lac_result r;
  if (lac_comm_rank(run->comm) == 0 && lac_result_open(&r, path) == LAC_OK) {
    rows = (unsigned long long)r.rows;
    lac_result_close(&r);
  }
  int status = lac_fail(LAC_EINTERRUPTED, "stopped as asked after %llu rounds%s%s; %s holds %llu row%s, %s.checkpoint the state; "
                        "to go on%s%s", (unsigned long long)run->round, signal ? " by " : "", signal ? signal : "", path, rows,
                        rows == 1 ? "" : "s", path,
                        command ? ": " : ", give the same command with --resume", command ? command : "");
  free(command);
  return status;
}

static int record_run(lac_run *run, lac_recorder *rec, lac_execution *how, lac_outcome *out)
{
  int root = lac_comm_rank(run->comm) == 0;
  lac_trace trace = { 0 };
  LAC_TRY(lac_run_prepare(run));
  LAC_TRY(start_run(run, out->fresh, &trace));
  if ((how->allow & LAC_ALLOW_PAUSE) && run->saving.pause && run->round >= run->saving.pause)
    run->saving.pause = run->round + 1;      /* the checkpoint may be newer than the rows that the caller has seen */
  lac_interrupt_hold();      /* from here on there is something to save */
  call_on_journal(out->path, lac_interrupt_forget);
  int status = lac_comm_agree(run->comm, root ? begin(run, rec, run->saving.config_digest, &trace) : LAC_OK);
  free(trace.cells);
  LAC_TRY(status);
  lac_progress p;
  lac_progress_begin(&p, run, rec, how);
  lac_sink sink = lac_progress_sink(&p);
  status = lac_run_rounds(run, &sink);
  lac_progress_end(&p);
  LAC_TRY(status);
  const double *memory;
  size_t count;
  LAC_TRY(first_memory(run, &memory, &count));
  LAC_TRY(lac_comm_agree(run->comm, root ? end_run(run, rec, memory, count, out) : LAC_OK));
  if (strcmp(run->reason, "interrupted") == 0) {
    out->paused = (how->allow & LAC_ALLOW_PAUSE) && run->round == run->saving.pause;
    return out->paused ? LAC_OK : say_stopped(run, how);
  }
  return LAC_OK;
}

static int name_run(lac_run *run, lac_outcome *out)
{
  LAC_TRY(lac_saving_parse(&run->saving, run->config->checkpoint));
  LAC_TRY(find_path(run, out, run->saving.config_digest));
  run->saving.path = out->path;
  run->saving.pause = run->config->pause;
  return LAC_OK;
}

int lac_execute(lac_comm *comm, const lac_config *config, lac_execution *how, lac_outcome *out)
{
  lac_run run;
  lac_recorder *rec = NULL;
  int root = lac_comm_rank(comm) == 0;
  *out = (lac_outcome){ 0 };
  lac_interrupt_release();
  lac_interrupt_grace(root ? 0 : 0.2);      /* rank 0 has files to remove */
  int status = lac_run_open_after(&run, config, comm, how->keep);
  if (status == LAC_ENODATA && (how->allow & LAC_ALLOW_MISSING)) {
    out->missing = 1;
    lac_run_close(&run);
    return LAC_OK;
  }
  if (status == LAC_OK)
    status = lac_comm_agree(comm, name_run(&run, out));
  if (status == LAC_OK)
    status = lac_comm_agree(comm, root ? prepare_result(&run, how->allow, out, &rec, run.saving.config_digest) : LAC_OK);
  if (status == LAC_OK)
    status = lac_comm_bcast(comm, &out->skipped, sizeof out->skipped);
  if (status == LAC_OK)
    status = lac_comm_bcast(comm, &out->fresh, sizeof out->fresh);
  if (status == LAC_OK && !out->skipped)
    status = record_run(&run, rec, how, out);
  lac_recorder_close(rec);
  call_on_journal(out->path, lac_interrupt_forget);
  lac_run_close(&run);
  if (status != LAC_OK && how->keep)
    lac_keep_clear(how->keep);      /* on all ranks alike */
  return status;
}

int lac_result_path(lac_comm *comm, const lac_config *config, lac_keep *keep, char path[static LAC_PATH], char config_digest[static 17],
                    size_t *bytes)
{
  lac_run run;
  lac_outcome out = { 0 };
  int status = lac_run_open_to_name(&run, config, comm, keep);
  if (status == LAC_OK)
    status = find_path(&run, &out, config_digest);
  if (status == LAC_OK) {
    memcpy(path, out.path, sizeof out.path);
    *bytes = lac_run_bytes(&run);
  }
  lac_run_close(&run);
  return status;
}
