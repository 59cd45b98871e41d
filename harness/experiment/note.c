/* Everything that makes a result readable without the program that wrote it. */
#include "experiment/note.h"

#include "blas.h"
#include "ranks/simulated.h"
#include "run/kernel.h"
#include "run/name.h"
#include "run/round.h"
#include "run/row.h"
#include "setup/alphabet.h"
#include "store/store.h"
#include "theory/constants.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <xxhash.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

/* Options of one spec as NAME.KEY; a step-size rule also by its number. */
static int note_spec(lac_recorder *rec, const char *prefix, const lac_spec *spec)
{
  char key[128], number[32];
  for (const lac_option *o = spec->options; o && o->name; o++) {
    if (lac_option_is_silent(o, spec->params))
      continue;
    const lac_step *step = (const lac_step *)((const char *)spec->params + o->offset);
    char *value = lac_option_text(o, spec->params);
    if (!value)
      return LAC_ENOMEM;
    int rule = o->kind == LAC_STEP && *step->rule;
    snprintf(key, sizeof key, "%s%s.%s%s", prefix, spec->name, o->name, rule ? ".rule" : "");
    int status = lac_recorder_note(rec, "config", key, value);
    free(value);
    LAC_TRY(status);
    if (rule) {
      snprintf(key, sizeof key, "%s%s.%s", prefix, spec->name, o->name);
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

static int note_stages(lac_recorder *rec, const char *prefix, const lac_compressor *c)
{
  for (; c; c = c->next)
    LAC_TRY(note_spec(rec, prefix, &c->spec));
  return LAC_OK;
}

/* What epsilon is counted from. */
static int note_privacy(lac_recorder *rec, const lac_run *run)
{
  const lac_privacy *p = &run->recipe.privacy;
  double order = 0, epsilon = lac_privacy_counts(run) ? lac_privacy_epsilon(run, run->config->rounds, &order) : INFINITY;
  if (!p->on)
    return LAC_OK;
  LAC_TRY(note_number(rec, "config", "dp.clip", p->clip));
  LAC_TRY(note_number(rec, "config", "dp.sigma", p->sigma));
  LAC_TRY(note_number(rec, "config", "dp.delta", p->delta));
  LAC_TRY(note_number(rec, "config", "dp.q", p->rate));
  LAC_TRY(note_number(rec, "config", "dp.steps", (double)p->steps));
  LAC_TRY(note_number(rec, "config", "dp.order", order));
  return note_number(rec, "config", "dp.epsilon", epsilon);
}

static int note_config(lac_recorder *rec, const lac_run *run, char *text)
{
  for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line;) {
    char *value = strchr(line, '=');
    *value++ = 0;
    int to_root = strcmp(line, "dataset_sha256") == 0 || strcmp(line, "test_dataset_sha256") == 0;
    LAC_TRY(lac_recorder_note(rec, to_root ? "" : "config", line, value));
  }
  for (const lac_problem *p = &run->instance.problem; p; p = p->base)
    LAC_TRY(note_spec(rec, "", &p->spec));
  LAC_TRY(note_spec(rec, "", &run->recipe.spec));
  if (run->instance.problem.data && lac_data_generator(run->instance.problem.data))
    LAC_TRY(note_spec(rec, "", lac_data_generator(run->instance.problem.data)));
  LAC_TRY(note_stages(rec, "", &run->recipe.up));
  if (lac_sends_second(run))
    LAC_TRY(note_stages(rec, "up2.", &run->recipe.up2));
  if (run->recipe.method->compresses_down)
    LAC_TRY(note_stages(rec, "down.", &run->recipe.down));
  LAC_TRY(note_number(rec, "config", "d", (double)run->env.d));
  if (run->smoothness_used) {
    LAC_TRY(note_number(rec, "config", "L", run->instance.smoothness.L));
    LAC_TRY(note_number(rec, "config", "L_am", run->instance.smoothness.L_am));
    LAC_TRY(note_number(rec, "config", "L_qm", run->instance.smoothness.L_qm));
    LAC_TRY(note_number(rec, "config", "L_max", run->instance.smoothness.L_max));
  }
  LAC_TRY(note_privacy(rec, run));
  for (int k = 0; k < LAC_CONSTANTS; k++)
    if (!isnan(run->constant[k]))
      LAC_TRY(note_number(rec, "config", lac_constant_name[k], run->constant[k]));
  if (lac_run_solves(run)) {
    LAC_TRY(note_number(rec, "config", "f_star", run->instance.f_star));
    LAC_TRY(note_number(rec, "config", "grad_norm_sq_star", run->instance.star_grad_norm_sq));
  }
  if (run->instance.test) {
    const lac_data_info *about = lac_data_about(run->instance.test);
    LAC_TRY(note_number(rec, "config", "test-dataset.rows", (double)about->rows));
    LAC_TRY(note_number(rec, "config", "test-dataset.nnz", (double)about->nnz));
  }
  if (run->instance.problem.data) {
    const lac_data_info *about = lac_data_about(run->instance.problem.data);
    LAC_TRY(note_number(rec, "config", "dataset.rows", (double)about->rows));
    LAC_TRY(note_number(rec, "config", "dataset.nnz", (double)about->nnz));
    if (run->instance.problem.symbols) {
      char symbols[LAC_ALPHABET_TEXT];
      LAC_TRY(lac_recorder_note(rec, "config", "alphabet", lac_alphabet_text(&run->instance.problem, symbols)));
    }
    if (run->instance.problem.type->labels == LAC_TWO_CLASSES) {
      char labels[96], a[32], b[32];
      snprintf(labels, sizeof labels, "%s as -1, %s as +1", lac_format_real(about->label[0], a), lac_format_real(about->label[1], b));
      LAC_TRY(lac_recorder_note(rec, "config", "dataset.labels", labels));
    }
  }
  return LAC_OK;
}

/* The C library, and a hash of what its functions return at some points: one version has several variants, for different processors. */
static void describe_libm(char text[static 64])
{
  double value[64];
  size_t count = 0;
  for (volatile double x = 0.1; count < LAC_COUNT(value); x = x * 1.3) {
    value[count++] = exp(-x);
    value[count++] = log(x);
    value[count++] = pow(x, 0.7);
    value[count++] = tanh(x);
  }
#ifdef __GLIBC__
  const char *name = "glibc", *version = gnu_get_libc_version();
#else
  const char *name = "not glibc", *version = "";
#endif
  snprintf(text, 64, "%s %.16s, functions %08llx", name, version, (unsigned long long)XXH3_64bits(value, sizeof value) >> 32);
}

/* What computes. */
static int note_libraries(lac_recorder *rec, const lac_run *run)
{
  char who[LAC_MULTIPLIERS], kernel[LAC_KERNEL], libm[64];
  describe_libm(libm);
  LAC_TRY(lac_recorder_note(rec, "environment", "blas", lac_blas_config()));
  LAC_TRY(lac_recorder_note(rec, "environment", "blas_kernel", lac_blas_kernel(kernel)));
  LAC_TRY(lac_recorder_note(rec, "environment", "blas_products", lac_kernel_matters(run, who) ? who : "none"));
  return lac_recorder_note(rec, "environment", "libm", libm);
}

static int note_environment(lac_recorder *rec, const lac_run *run)
{
  struct utsname host;
  char text[256], mpi[128], hdf5[32];
  time_t now = time(NULL);
  uname(&host);
  lac_comm_version(mpi);
  lac_store_version(hdf5);
  LAC_TRY(note_number(rec, "environment", "ranks", lac_comm_size(run->comm)));
  LAC_TRY(lac_recorder_note(rec, "environment", "exchange", lac_exchange_text(run->exchange)));
  LAC_TRY(lac_recorder_note(rec, "environment", "server", run->config->server == LAC_SERVER_OWN ? "own" : "shared"));
  if (lac_simulated())
    LAC_TRY(lac_recorder_note(rec, "environment", "simulated", lac_simulated()));
  LAC_TRY(note_number(rec, "environment", "memory_forecast", floor(run->forecast)));
  if (run->round)
    LAC_TRY(note_number(rec, "environment", "resumed_after_round", (double)run->round));
  LAC_TRY(lac_recorder_note(rec, "environment", "host", host.nodename));
  snprintf(text, sizeof text, "%s %s %s", host.sysname, host.release, host.machine);
  LAC_TRY(lac_recorder_note(rec, "environment", "system", text));
  LAC_TRY(lac_recorder_note(rec, "environment", "mpi", mpi));
  LAC_TRY(lac_recorder_note(rec, "environment", "hdf5", hdf5));
  if (getenv("LACONIC_LINKS"))
    LAC_TRY(lac_recorder_note(rec, "environment", "links", getenv("LACONIC_LINKS")));
  LAC_TRY(note_libraries(rec, run));
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

int lac_note_start(lac_recorder *rec, const lac_run *run, const char *config_digest)
{
  char *text = lac_run_text(run);
  int status = text ? note_config(rec, run, text) : LAC_ENOMEM;
  free(text);
  LAC_TRY(status);
  LAC_TRY(lac_recorder_note(rec, "", "config_digest", config_digest));
  return note_environment(rec, run);
}

/* Seconds are those of all sessions of a run that was resumed; what is said of messages under way and MPI is of the last one. */
static int note_timing(lac_recorder *rec, const lac_run *run)
{
  for (int k = 0; k < LAC_TIMES; k++)
    LAC_TRY(note_number(rec, "timing", lac_time_name[k], run->ledger.seconds[k]));
  double under_way, waited;
  lac_exchange_overlap(run->exchange, &under_way, &waited);
  if (run->post.lag) {
    LAC_TRY(note_number(rec, "timing", "late_under_way", under_way));
    LAC_TRY(note_number(rec, "timing", "late_waited", waited));
    LAC_TRY(note_number(rec, "timing", "late_overlap", under_way > 0 ? 1 - waited / under_way : 1));
  }
  LAC_TRY(note_number(rec, "timing", "wire_bytes_method", (double)run->ledger.wire));
  LAC_TRY(note_number(rec, "timing", "wire_bytes_trace", (double)run->ledger.trace_wire));
  double bytes = (double)lac_comm_traffic(run->comm)->bytes;
  for (int k = 0; k < LAC_PURPOSES; k++)
    bytes += (double)lac_exchange_traffic(run->exchange, (lac_purpose)k)->bytes;
  return note_number(rec, "timing", "mpi_bytes_rank0", bytes);
}

int lac_note_end(lac_recorder *rec, const lac_run *run)
{
  LAC_TRY(note_timing(rec, run));
  return lac_recorder_note(rec, "", "reason", run->reason);
}
