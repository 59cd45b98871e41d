/* laconic sbatch: the job script that computes the runs of an experiment file as a job array of Slurm. */
#include "command/commands.h"
#include "experiment/plan.h"
#include "registry/outside.h"
#include "run/state.h"
#include "store/temporary.h"
#include "utf8.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESTARTS = 100, ARRAY_USUAL = 1001 };      /* ARRAY_USUAL: Slurm's own MaxArraySize, where a cluster sets no other */

typedef struct {
  lac_run_words words;
  uint64_t ranks, per_task, at_once, warn;
  const char *time, *partition, *checkpoint, *mpi, *output;
  char **line;                 /* further options of sbatch, as they are written */
  size_t lines, line_cap;
  char **said;                 /* the command line, for the head of the script */
} arguments;

/* What the tasks are to do. */
typedef struct {
  lac_experiment experiment;
  lac_keep keep;
  lac_sweep_plan plan;
  size_t tasks, runs, there, missing;      /* runs: to be computed; there, missing: not to be */
  uint8_t *todo;                           /* of each task: is there a run to be computed? */
} job;

/* ---- the command line ---- */

enum { RANKS = 900, PER_TASK, AT_ONCE, TIME, PARTITION, WARN, CHECKPOINT, MPI, SBATCH };

static const struct argp_option own_options[] = {
  { "output", 'o', "FILE", 0, "the script [standard output]", 1 },
  { "ranks", RANKS, "N", 0, "MPI ranks of a task [1]", 1 },
  { "per-task", PER_TASK, "N", 0, "runs of a task [1]", 1 },
  { "at-once", AT_ONCE, "N", 0, "tasks that may run at a time [all]", 1 },
  { "time", TIME, "LIMIT", 0, "of a task, as Slurm has it: minutes, H:M:S or D-H:M:S; what needs longer is requeued [the partition's]", 1 },
  { "partition", PARTITION, "NAME", 0, "where to run [the cluster's default]", 1 },
  { "warn", WARN, "SECONDS", 0, "before the end of the time a run saves its state: longer than one of its rounds [60]", 1 },
  { "checkpoint", CHECKPOINT, "WHEN", 0, "save the state every N rounds or at an interval, too: 30s, 10m [5m, or what the file says]", 1 },
  { "mpi", MPI, "NAME", 0, "how srun starts ranks: srun --mpi=list [pmi2, with Open MPI pmix]", 1 },
  { "sbatch", SBATCH, "OPTION", 0, "a further option of sbatch, such as --sbatch=--account=physics; can be repeated", 1 },
  { 0 }
};

static int set_number(const char *name, const char *range, uint64_t *value, const char *text)
{
  const lac_option number = { name, LAC_UINT, 0, "", range, NULL, NULL };
  return lac_option_set(&number, value, "--", text);
}

static int add_line(arguments *a, char *value)
{
  if (value[0] != '-' || !value[1])
    return lac_fail(LAC_EUSER, "--sbatch: '%.60s' is no option of sbatch; write --sbatch=--account=physics", value);
  LAC_TRY(lac_grow(&a->line, &a->line_cap, a->lines + 1, sizeof *a->line));
  a->line[a->lines++] = value;
  return LAC_OK;
}

static int set_checkpoint(arguments *a, const char *value)
{
  lac_saving s;
  a->checkpoint = value;
  return lac_saving_parse(&s, value);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case 'o':
    a->output = value;
    return 0;
  case RANKS:
    return set_number("ranks", ">=1", &a->ranks, value);
  case PER_TASK:
    return set_number("per-task", ">=1", &a->per_task, value);
  case AT_ONCE:
    return set_number("at-once", ">=1", &a->at_once, value);
  case TIME:
    a->time = value;
    return 0;
  case PARTITION:
    a->partition = value;
    return 0;
  case WARN:
    return set_number("warn", "[1,65535]", &a->warn, value);
  case CHECKPOINT:
    return set_checkpoint(a, value);
  case MPI:
    a->mpi = value;
    return 0;
  case SBATCH:
    return add_line(a, value);
  default:
    return lac_run_option(key, value, &a->words);
  }
}

/* A script is made of lines, and its reader sees what it does: nothing that ends a line or does not show. */
static int check_word(const char *word)
{
  char *shown = lac_strdup(word);
  if (!shown)
    return LAC_ENOMEM;
  lac_printable(shown);
  int same = strcmp(shown, word) == 0;
  free(shown);
  return same ? LAC_OK : lac_fail(LAC_EUSER, "'%.80s' has a line break or a character that does not show, which no job script may have; "
                                  "give it another name or leave it out", word);
}

/* M, M:S, H:M:S, D-H, D-H:M, D-H:M:S. */
static int parse_time(const char *text, double *seconds)
{
  static const double unit[] = { 3600, 60, 1 };
  double part[LAC_COUNT(unit)], days = 0;
  size_t parts = 0, has_days = 0;
  char *end = (char *)text;
  for (const char *at = text; parts < LAC_COUNT(unit) && *at >= '0' && *at <= '9'; at = end + 1) {
    double number = (double)strtoull(at, &end, 10);
    if (*end == '-' && !has_days++)
      days = number;
    else if (*end && *end != ':')
      break;
    else
      part[parts++] = number;
    if (!*end)
      break;
  }
  if (end == text || *end || !parts)
    return lac_fail(LAC_EUSER, "--time must be a limit as Slurm has it, such as 90 (minutes), 2:00:00 or 1-12:00:00, not '%.40s'", text);
  *seconds = days * 86400;
  for (size_t k = 0; k < parts; k++)
    *seconds += part[k] * unit[k + !(has_days || parts == LAC_COUNT(unit))];
  return LAC_OK;
}

static int check_time(const arguments *a)
{
  double seconds = 0;
  LAC_TRY(parse_time(a->time, &seconds));
  return seconds > (double)a->warn ? LAC_OK :
         lac_fail(LAC_EUSER, "--time=%.40s: a task has to be longer than the %llu seconds of --warn in which it saves its state",
                  a->time, (unsigned long long)a->warn);
}

static int check_arguments(const arguments *a)
{
  for (char **word = a->said; *word; word++)
    LAC_TRY(check_word(*word));
  if (!a->words.file)
    return lac_fail(LAC_EUSER, "sbatch needs an experiment file: laconic sbatch FILE.ini");
  return a->time ? check_time(a) : LAC_OK;
}

/* ---- the tasks ---- */

static int plan_run(job *j, size_t i)
{
  const lac_planned *run = &j->plan.run[i];
  const lac_experiment_run *what = &j->experiment.run[i];
  if (run->status == LAC_ENODATA && j->experiment.skip_missing) {
    j->missing++;
    return LAC_OK;
  }
  if (run->status != LAC_OK)
    return lac_fail(run->status, "%s, [run %s]: %s", j->experiment.path, what->label, run->why);
  if (run->first != i)
    return LAC_OK;
  if (lac_planned_is_there(run, &what->config)) {
    j->there++;
    return LAC_OK;
  }
  j->runs++;
  j->todo[lac_planned_share(run, j->tasks)] = 1;
  return LAC_OK;
}

static int plan_job(job *j, const arguments *a)
{
  LAC_TRY(lac_load_to_run(&j->experiment, &a->words));
  LAC_TRY(lac_sweep_plan_make(&j->plan, &j->experiment, &j->keep));
  j->tasks = (j->plan.distinct + a->per_task - 1) / a->per_task;
  if (!(j->todo = lac_alloc(j->tasks)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < j->plan.count; i++)
    LAC_TRY(plan_run(j, i));
  if (j->runs)
    return LAC_OK;
  return j->there ? lac_fail(LAC_EUSER, "%s: all %zu results are there, so there is nothing to submit; laconic table shows them",
                             j->experiment.path, j->there)
                  : lac_fail(LAC_EUSER, "%s: the data sets of its runs are not here; set LACONIC_DATA", j->experiment.path);
}

static size_t count_todo(const job *j)
{
  size_t todo = 0;
  for (size_t k = 0; k < j->tasks; k++)
    todo += j->todo[k];
  return todo;
}

static int has_checkpoint(const lac_experiment *e)
{
  for (size_t i = 0; i < e->runs; i++)
    if (strcmp(e->run[i].config.checkpoint, "none"))
      return 1;
  return 0;
}

static void free_job(job *j)
{
  lac_sweep_plan_free(&j->plan);
  lac_keep_clear(&j->keep);
  lac_experiment_free(&j->experiment);
  free(j->todo);
}

/* ---- the script ---- */

/* `format` takes the text as a word of a shell; sbatch reads its lines alike. */
__attribute__((format(printf, 2, 0))) static int print_word(FILE *to, const char *format, const char *text)
{
  char *word = lac_shell_word(text);
  if (!word)
    return LAC_ENOMEM;
  fprintf(to, format, word);
  free(word);
  return LAC_OK;
}

/* "0-3,7,9-11": the tasks that have something to do. */
static void print_tasks(FILE *to, const job *j)
{
  const char *comma = "";
  for (size_t k = 0, last; k < j->tasks; k = last + 1) {
    for (last = k; last + 1 < j->tasks && j->todo[last + 1] == j->todo[k]; last++)
      ;
    if (!j->todo[k])
      continue;
    fprintf(to, last > k ? "%s%zu-%zu" : "%s%zu", comma, k, last);
    comma = ",";
  }
}

static int print_head(FILE *to, const job *j, const arguments *a)
{
  fprintf(to, "#!/bin/bash\n# %s, %zu run%s: ", j->experiment.path, j->runs, j->runs == 1 ? "" : "s");
  if (a->per_task == 1)
    fprintf(to, "each is a task of this array");
  else
    fprintf(to, "each task of this array computes up to %llu of them", (unsigned long long)a->per_task);
  fprintf(to, ".  What has a result is kept and not computed again.\n");
  if (j->there)
    fprintf(to, "# %zu more had a result when this script was written.\n", j->there);
  if (j->missing)
    fprintf(to, "# %zu more are left out, because their data set was not where this script was written.\n", j->missing);
  fprintf(to, "# Before its time is over, and when it is preempted, a task saves its state; it is queued again and goes on from there.\n"
          "# Written by: laconic");
  for (char **word = a->said; *word; word++)
    LAC_TRY(print_word(to, " %s", *word));
  fprintf(to, "\n\n");
  return LAC_OK;
}

static int print_directives(FILE *to, const job *j, const arguments *a, const char *folder)
{
  LAC_TRY(print_word(to, "#SBATCH --job-name=%s\n", j->experiment.name));
  LAC_TRY(print_word(to, "#SBATCH --chdir=%s\n", folder));
  fprintf(to, "#SBATCH --array=");
  print_tasks(to, j);
  if (a->at_once)
    fprintf(to, "%%%llu", (unsigned long long)a->at_once);
  fprintf(to, "\n#SBATCH --ntasks=%llu\n", (unsigned long long)a->ranks);
  if (a->time)
    LAC_TRY(print_word(to, "#SBATCH --time=%s\n", a->time));
  if (a->partition)
    LAC_TRY(print_word(to, "#SBATCH --partition=%s\n", a->partition));
  fprintf(to, "#SBATCH --signal=TERM@%llu\n#SBATCH --requeue\n#SBATCH --open-mode=append\n", (unsigned long long)a->warn);
  for (size_t i = 0; i < a->lines; i++)
    fprintf(to, "#SBATCH %s\n", a->line[i]);
  return LAC_OK;
}

/* Objects of --plugin, and of LACONIC_PLUGINS. */
static int print_plugins(FILE *to)
{
  const lac_outside *o;
  for (size_t i = 0; (o = lac_outside_entry(i)); i++) {
    LAC_TRY(check_word(o->path));
    LAC_TRY(print_word(to, i ? ":%s" : "export LACONIC_PLUGINS=%s", o->path));
  }
  if (lac_outside_entry(0))
    fprintf(to, "\n\n");
  return LAC_OK;
}

static const char *mpi_of_build(void)
{
  char version[128];
  lac_comm_version(version);
  return strncmp(version, "Open MPI", 8) == 0 ? "pmix" : "pmi2";
}

static int print_command(FILE *to, const job *j, const arguments *a, const char *program)
{
  fprintf(to, "# K/%zu: run K of the file, the first of which is 0, and every %zuth after it.\n", j->tasks, j->tasks);
  LAC_TRY(print_word(to, "srun --mpi=%s --kill-on-bad-exit=1", a->mpi ? a->mpi : mpi_of_build()));
  LAC_TRY(print_word(to, " \\\n  %s run", program));
  LAC_TRY(print_word(to, " %s", a->words.file));
  fprintf(to, " --array=\"$SLURM_ARRAY_TASK_ID/%zu\" --resume=auto", j->tasks);
  if (a->checkpoint || !has_checkpoint(&j->experiment))
    LAC_TRY(print_word(to, " --checkpoint=%s", a->checkpoint ? a->checkpoint : "5m"));
  for (size_t i = 0; i < a->words.count; i++) {
    const char *value = strchr(a->words.setting[i], '=') + 1;
    fprintf(to, " --%.*s", (int)(value - a->words.setting[i]), a->words.setting[i]);
    LAC_TRY(print_word(to, "%s", value));
  }
  fprintf(to, "\nstatus=$?\n");
  return LAC_OK;
}

static void print_end(FILE *to)
{
  fprintf(to, "\n# 75: the signal stopped the task, and its state is saved.  143: the signal came before there was a state.\n"
          "# The limit is for tasks that never get further.\n"
          "if { [ \"$status\" -eq 75 ] || [ \"$status\" -eq 143 ]; } && [ \"${SLURM_RESTART_COUNT:-0}\" -lt %d ]; then\n"
          "  # Not by SLURM_JOB_ID: that of one task is the number of the whole array.\n"
          "  scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n"
          "fi\n"
          "exit \"$status\"\n", RESTARTS);
}

static int print_script(FILE *to, const job *j, const arguments *a)
{
  char folder[PATH_MAX], program[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length < 0 || !getcwd(folder, sizeof folder))
    return lac_fail(LAC_EIO, "cannot tell the folder or the program that the job is to use: %s", strerror(errno));
  program[length] = 0;
  LAC_TRY(check_word(program));
  LAC_TRY(check_word(folder));
  LAC_TRY(print_head(to, j, a));
  LAC_TRY(print_directives(to, j, a, folder));
  fprintf(to, "\n");
  LAC_TRY(print_plugins(to));
  LAC_TRY(print_command(to, j, a, program));
  print_end(to);
  return LAC_OK;
}

static int write_script(const job *j, const arguments *a)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--output", "%s", a->output));
  LAC_TRY(lac_temporary_close(&t, print_script(t.to, j, a)));
  char *word = lac_shell_word(a->output);
  if (word)
    lac_print(stdout, "wrote %s, %zu runs in %zu tasks; submit it with: sbatch %s\n", a->output, j->runs, count_todo(j), word);
  free(word);
  return word ? LAC_OK : LAC_ENOMEM;
}

static int make_script(const arguments *a)
{
  job j = { 0 };
  int status = check_arguments(a);
  if (status == LAC_OK)
    status = plan_job(&j, a);
  if (status == LAC_OK)
    status = a->output ? write_script(&j, a) : print_script(stdout, &j, a);
  if (status == LAC_OK && j.tasks > ARRAY_USUAL)
    lac_print(stderr, "laconic: %zu tasks are more than Slurm takes unless its MaxArraySize was raised; --per-task=%zu makes fewer\n",
              j.tasks, (j.plan.distinct + ARRAY_USUAL - 1) / ARRAY_USUAL);
  free_job(&j);
  return status;
}

static const char doc[] =
  "Write a job script for Slurm: an array with a task for each run of an experiment file that has no result yet.\v"
  "The script is yours to read and to change.  A task runs laconic run FILE.ini --array=K/COUNT under srun.  Before its time is over "
  "(--warn), and when it is preempted, Slurm sends it SIGTERM; it saves its state after the round at hand, is queued again, and goes on to "
  "the same result as a run that nobody stopped.  A round that takes longer than --warn, or on preemption longer than the cluster's "
  "GraceTime and KillWait, is lost up to the last --checkpoint.  A run that fails is not queued again; scancel ends a task for good.\n\n"
  "The results are the files that laconic run FILE.ini writes, in the same folder: when the job has ended, laconic table shows them, and "
  "laconic sbatch once more writes a script for those that are missing.  The job runs in the folder and with the laconic that wrote the "
  "script.\n\n"
  "  laconic sbatch sweep.ini --ranks=4 --time=2:00:00 -o sweep.sbatch\n"
  "  sbatch sweep.sbatch\n"
  "  laconic sbatch sweep.ini --per-task=10 --at-once=4 | sbatch\n"
  "  laconic sbatch sweep.ini --partition=low --sbatch=--account=physics \\\n"
  "    --sbatch=--mem-per-cpu=4G | sbatch";

int lac_command_sbatch(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .ranks = 1, .per_task = 1, .warn = 60, .said = argv };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_RESULT);
  struct argp argp = { options, parse, "[RUN OPTIONS] FILE.ini", doc, NULL, NULL, NULL };
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = make_script(&a);
  lac_run_words_free(&a.words);
  free(a.line);
  free(options);
  return status;
}
