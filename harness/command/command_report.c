/* laconic report: one page about experiments and their results. */
#include "command/commands.h"
#include "file.h"
#include "ini.h"
#include "interrupt.h"
#include "report/report.h"
#include "store/temporary.h"
#include "utf8.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { OUT = 1, WATCH };

typedef struct {
  lac_run_words words;
  const char **argument;               /* files and folders, as they were given */
  size_t arguments, argument_cap;
  const char *out;
  double watch;                        /* seconds; 0: write the page once */
  char **path;                         /* of every part */
  size_t paths, path_cap;
  lac_report_part *part;
} arguments;

static const struct argp_option own_options[] = {
  { "out", OUT, "FILE", 0, "the page [report.html]", 1 },
  { "watch", WATCH, "SECONDS", OPTION_ARG_OPTIONAL,
    "look again every so many seconds and write the page anew, until all runs have ended or a signal comes [5]", 1 },
  { 0 }
};

static int parse_watch(const char *text, double *seconds)
{
  enum { LEAST = 1, MOST = 86400 };
  char *end;
  *seconds = text ? strtod(text, &end) : 5;
  return !text || (end != text && !*end && *seconds >= LEAST && *seconds <= MOST) ? LAC_OK :
         lac_fail(LAC_EUSER, "--watch must be a number of seconds from %d to %d, not '%.40s'", LEAST, MOST, text);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case OUT:
    a->out = value;
    return 0;
  case WATCH:
    return parse_watch(value, &a->watch);
  case ARGP_KEY_ARG:
    LAC_TRY(lac_grow(&a->argument, &a->argument_cap, a->arguments + 1, sizeof *a->argument));
    a->argument[a->arguments++] = value;
    return 0;
  default:
    return lac_run_option(key, value, &a->words);
  }
}

/* ---- which parts ---- */

static int ends_with(const char *text, const char *end)
{
  size_t n = strlen(text), m = strlen(end);
  return n > m && strcmp(text + n - m, end) == 0;
}

static int add_path(arguments *a, const char *path)
{
  LAC_TRY(lac_grow(&a->path, &a->path_cap, a->paths + 1, sizeof *a->path));
  return (a->path[a->paths++] = lac_strdup(path)) ? LAC_OK : LAC_ENOMEM;
}

/* *has: it has a section [figure]. */
static int has_figure(const char *path, int *has)
{
  lac_ini file = { 0 };
  *has = 0;
  int status = lac_ini_read(&file, path);
  for (size_t i = 0; i < file.count; i++)
    *has |= strcmp(file.entry[i].section, "figure") == 0;
  lac_ini_free(&file);
  return status;
}

static int add_file(arguments *a, const char *path)
{
  int has;
  LAC_TRY(has_figure(path, &has));
  return has ? add_path(a, path) :
         lac_fail(LAC_EUSER, "%s has no [figure], so there is nothing to report; laconic plot --help says what it may have", path);
}

static int is_folder(const char *path)
{
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int is_wanted(const struct dirent *e) { return e->d_name[0] != '.'; }

/* Files of a folder and of those below it, by name.  One without [figure] may be of another kind: it is left out. */
static int add_below(arguments *a, const char *folder, unsigned depth)
{
  enum { DEEPEST = 16 };
  struct dirent **entry;
  int count = scandir(folder, &entry, is_wanted, alphasort), status = LAC_OK;
  if (count < 0)
    return lac_fail(LAC_EUSER, "cannot read the folder %s: %s", folder, strerror(errno));
  for (int i = 0; i < count; i++) {
    int has = 0, bare = ends_with(folder, "/");
    char *path = status == LAC_OK ? lac_asprintf("%s%s%s", folder, bare ? "" : "/", entry[i]->d_name) : NULL;
    if (path && entry[i]->d_type != DT_LNK && is_folder(path) && depth < DEEPEST)
      status = add_below(a, path, depth + 1);
    else if (path && ends_with(path, ".ini") && !is_folder(path))
      status = has_figure(path, &has);
    if (status == LAC_OK && has)
      status = add_path(a, path);
    free(path);
    free(entry[i]);
  }
  free(entry);
  return status;
}

static int add_folder(arguments *a, const char *folder)
{
  size_t before = a->paths;
  LAC_TRY(add_below(a, folder, 0));
  return a->paths > before ? LAC_OK : add_path(a, folder);
}

static int add_argument(arguments *a, const char *path)
{
  struct stat about;
  if (stat(path, &about))
    return lac_fail(LAC_EUSER, "cannot read %s: %s", path, strerror(errno));
  if (S_ISDIR(about.st_mode))
    return add_folder(a, path);
  return ends_with(path, ".ini") ? add_file(a, path) :
         lac_fail(LAC_EUSER, "%s is neither an experiment file (FILE.ini) nor a folder", path);
}

static int find_parts(arguments *a)
{
  if (!a->arguments)
    return lac_fail(LAC_EUSER, "report needs experiment files or folders: laconic report reports/");
  for (size_t i = 0; i < a->arguments; i++)
    LAC_TRY(add_argument(a, a->argument[i]));
  if (!(a->part = lac_alloc(a->paths * sizeof *a->part)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < a->paths; i++) {
    a->part[i].path = a->path[i];
    a->part[i].is_folder = is_folder(a->path[i]);
    snprintf(a->part[i].id, sizeof a->part[i].id, "part%zu", i + 1);
    if (a->part[i].is_folder && a->words.count)
      return lac_fail(LAC_EUSER, "report takes options of a run with experiment files only, and %s has none", a->path[i]);
  }
  return lac_temporary_try("--out", a->out);
}

/* ---- the page ---- */

/* Parts in which nothing more can happen are not looked at again. */
static int look(lac_comm *alone, arguments *a, const lac_report_style *style)
{
  for (size_t i = 0; i < a->paths; i++)
    if (!lac_report_is_final(&a->part[i]))
      LAC_TRY(lac_report_make(alone, &a->part[i], style));
  return LAC_OK;
}

static int write_page(const arguments *a, const lac_report_style *style)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--out", "%s", a->out));
  return lac_temporary_close(&t, lac_report_write(t.to, a->part, a->paths, style));
}

static int is_final(const arguments *a)
{
  for (size_t i = 0; i < a->paths; i++)
    if (!lac_report_is_final(&a->part[i]))
      return 0;
  return 1;
}

static void say(const arguments *a)
{
  size_t runs = 0, done = 0, claims = 0, hold = 0;
  for (size_t i = 0; i < a->paths; i++) {
    runs += a->part[i].runs;
    done += a->part[i].of[LAC_RUN_ENDED];
    claims += a->part[i].claims;
    hold += a->part[i].verdict[LAC_HOLDS];
  }
  lac_print(stdout, "wrote %s: %zu experiment%s, %zu of %zu runs done, %zu of %zu claims hold\n", a->out, a->paths,
            a->paths == 1 ? "" : "s", done, runs, hold, claims);
  fflush(stdout);
}

static void wait_for(double seconds)
{
  double end = lac_seconds() + seconds;
  while (lac_seconds() < end && !lac_interrupted())
    nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
}

/* The last page loads itself no more, also when a signal ends the command: it takes effect when that page is written. */
static int watch(lac_comm *alone, arguments *a, const lac_report_style *once)
{
  int status = LAC_OK, final = 0;
  lac_interrupt_hold();
  while (status == LAC_OK && !final) {
    double start = lac_seconds();
    lac_report_style style = { once->settings, a->watch };
    status = look(alone, a, &style);
    final = is_final(a) || lac_interrupted();
    if (status == LAC_OK)
      status = write_page(a, final ? once : &style);
    if (status == LAC_OK && !final) {
      wait_for(fmax(a->watch, 4 * (lac_seconds() - start)));
      if (lac_interrupted())
        status = write_page(a, once), final = 1;
    }
  }
  if (status == LAC_OK)
    say(a);
  lac_interrupt_release();
  return status;
}

static int report(lac_comm *alone, arguments *a)
{
  lac_report_style once = { (const char *const *)a->words.setting, 0 };
  LAC_TRY(find_parts(a));
  if (a->watch > 0)
    return watch(alone, a, &once);
  LAC_TRY(look(alone, a, &once));
  LAC_TRY(write_page(a, &once));
  say(a);
  return LAC_OK;
}

static int report_alone(arguments *a)
{
  lac_comm *alone;
  LAC_TRY(lac_comm_open_alone(&alone));
  int status = report(alone, a);
  lac_comm_close(alone);
  return status;
}

static const char doc[] =
  "Write one page of HTML about experiments: figures, claims with their verdicts, the best runs, all results, configurations, data, "
  "versions and the environment.\v"
  "The page is one file that needs no network.  Its tables sort and filter, and its charts have every column of the results.  A folder "
  "stands for all experiment files below it that have a [figure]; one without any for the results in it.  Results that are not there are "
  "no error: the page says which runs are missing, running or stopped, and the command that computes them; verdicts are about the runs "
  "that have ended.  Without gnuplot the charts alone show the curves.\n\n"
  "With --watch the page is written again and again while a sweep runs, and a browser that shows it loads it again.\n\n"
  "  laconic report reports/ef21/stepsize.ini\n"
  "  laconic report reports/ --out=all.html\n"
  "  laconic report results/";

int lac_command_report(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .out = "report.html" };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_RESULT);
  struct argp argp = { options, parse, "[RUN OPTIONS] FILE.ini|FOLDER ...", doc, NULL, NULL, NULL };
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? report_alone(&a) : LAC_OK);
  for (size_t i = 0; i < a.paths; i++) {
    if (a.part)
      lac_report_free(&a.part[i]);
    free(a.path[i]);
  }
  lac_run_words_free(&a.words);
  free(a.part);
  free(a.path);
  free(a.argument);
  free(options);
  return status;
}
