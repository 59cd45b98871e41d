#include "command/commands.h"
#include "blas.h"
#include "interrupt.h"
#include "options.h"
#include "registry/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct {
  const char *name, *ranks;                     /* of LAC_COMMANDS */
  int (*call)(lac_comm *comm, int argc, char **argv);
  int error_exit;
} command;

#define ROW(name, usage, summary, ranks, error_exit) { #name, ranks, lac_command_##name, error_exit },
static const command commands[] = { LAC_COMMANDS(ROW) };

/* ---- which command ---- */

static const command *find_command(const char *name)
{
  for (size_t i = 0; i < LAC_COUNT(commands); i++)
    if (strcmp(commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static int has_word(int argc, char **argv, const char *word)
{
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], word) == 0)
      return 1;
  return 0;
}

static int no_command(const char *word)
{
  const char *names[LAC_COUNT(commands)], *near;
  for (size_t i = 0; i < LAC_COUNT(commands); i++)
    names[i] = commands[i].name;
  near = lac_nearest(word, names, LAC_COUNT(names));
  return near ? lac_fail(LAC_EUSER, "there is no command '%.40s'; did you mean %s?", word, near)
              : lac_fail(LAC_EUSER, "there is no command '%.40s'; see laconic help", word);
}

/* What is called with which arguments: "help COMMAND ..." is "COMMAND ... --help", and options in the place of the command are help's. */
typedef struct { const command *command; int argc; char **argv; } request;

static int read_request(int argc, char **argv, request *r)
{
  char *help = (char *)"help", *asks = (char *)"--help";
  char *word = argc > 1 ? argv[1] : help;
  int bare = argc < 2 || lac_asks_for_help(2, argv), option = !bare && *word == '-';
  if (bare || option)
    word = help;
  *r = (request){ find_command(word), bare ? 1 : option ? argc : argc - 1, bare || option ? argv : argv + 1 };
  r->argv[0] = word;
  if (r->argc > 1 && strcmp(word, help) == 0 && find_command(r->argv[1])) {
    r->command = find_command(r->argv[1]);
    memmove(r->argv, r->argv + 1, (size_t)(r->argc - 1) * sizeof *r->argv);
    r->argv[r->argc - 1] = asks;
  }
  return r->command ? LAC_OK : no_command(word);
}

/* mpiexec or srun started this process as one of several: there is a job, and its ranks have to agree who prints.  PMI_FD is a socket of
   theirs; the variables alone may have been inherited.  Open MPI and SimGrid say how many there are. */
static int is_one_of_several(void)
{
  const char *size = getenv("PMI_SIZE"), *fd = getenv("PMI_FD"), *open_mpi = getenv("OMPI_COMM_WORLD_SIZE");
  const char *all = open_mpi ? open_mpi : getenv("SMPI_GLOBAL_SIZE");
  struct stat s;
  if (all)
    return atoi(all) > 1;
  return size && fd && atoi(size) > 1 && fstat(atoi(fd), &s) == 0 && S_ISSOCK(s.st_mode);
}

static int wants_ranks(const request *r)
{
  const char *when = r->command->ranks;
  if (is_one_of_several())
    return 1;
  return when && !lac_asks_for_help(r->argc, r->argv) && (!*when || has_word(r->argc, r->argv, when));
}

/* ---- plug-ins ---- */

/* Take every --plugin=PLACES, which any command has, out of the arguments: LACONIC_PLUGINS and then these, with colons between them.
   NULL: no memory. */
static char *take_plugins(int *argc, char **argv)
{
  static const char option[] = "--plugin=";
  const char *places = getenv("LACONIC_PLUGINS");
  char *all = lac_strdup(places ? places : "");
  int kept = 0;
  for (int i = 0; i < *argc; i++) {
    if (strncmp(argv[i], option, strlen(option))) {
      argv[kept++] = argv[i];
      continue;
    }
    char *longer = all ? lac_asprintf("%s:%s", all, argv[i] + strlen(option)) : NULL;
    free(all);
    all = longer;
  }
  argv[kept] = NULL;
  *argc = kept;
  return all;
}

/* The same objects everywhere, whatever their folders are called. */
static int load_plugins(lac_comm *comm, const char *places)
{
  LAC_TRY(lac_comm_agree(comm, places ? lac_context(lac_outside_load(places), "--plugin") : LAC_ENOMEM));
  char *all = lac_strdup("");
  const lac_outside *o;
  for (size_t i = 0; all && (o = lac_outside_entry(i)); i++) {
    char *longer = lac_asprintf("%s%s %s ", all, o->name, o->sha256);
    free(all);
    all = longer;
  }
  int status = lac_comm_same(comm, "plug-ins", all ? all : "");
  free(all);
  return status;
}

/* ---- ranks ---- */

/* N single ranks instead of one job of N: a mistake that would otherwise go unnoticed. */
static void warn_single(int size)
{
  static const char *const names[] = { "PMI_SIZE", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE" };
  for (size_t i = 0; size == 1 && i < LAC_COUNT(names); i++) {
    const char *value = getenv(names[i]);
    if (value && atoi(value) > 1) {
      fprintf(stderr, "laconic: warning: %s=%s but this is a job of one rank; use the mpiexec of laconic's MPI, or srun "
              "--mpi=pmi2\n", names[i], value);
      return;
    }
  }
}

/* Ranks share memory through files.  UCX can do without, and has to: it may take more than a limit leaves.  MPICH itself cannot: it
   crashes. */
static int obey_limit(int *rank)
{
  enum { LEAST = 1 << 20 };
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY)
    return LAC_OK;
  setenv("UCX_TLS", "^posix", 0);
  if (!is_one_of_several() || limit.rlim_cur >= LEAST)
    return LAC_OK;
  const char *mine = getenv("PMI_RANK"), *open_mpi = getenv("OMPI_COMM_WORLD_RANK");
  *rank = mine ? atoi(mine) : open_mpi ? atoi(open_mpi) : 0;
  return lac_fail(LAC_EUSER, "ulimit -f: files of at most %llu bytes are too small for several ranks, which share memory through files; "
                  "allow %d or more, or start one rank", (unsigned long long)limit.rlim_cur, LEAST);
}

/* Right all the same, and slow: so it is said once, unless LACONIC_OVERSUBSCRIBE is set, as the tests do. */
static void warn_crowded(const lac_comm *comm)
{
  int ranks = lac_comm_here(comm), cores = lac_comm_cores(comm);
  if (ranks > cores && !getenv("LACONIC_OVERSUBSCRIBE"))
    fprintf(stderr, "laconic: warning: %d ranks share %d core%s of this machine, so they wait for one another; start fewer ranks, or set "
            "LACONIC_OVERSUBSCRIBE=1\n", ranks, cores, cores == 1 ? "" : "s");
}

/* Ranks with different commands would wait for each other in different places. */
static int same_everywhere(lac_comm *comm, int argc, char **argv)
{
  char *all = lac_strdup("");
  for (int i = 0; all && i < argc; i++) {
    char *longer = lac_asprintf("%s%s%c", all, argv[i], '\n');
    free(all);
    all = longer;
  }
  int status = lac_comm_same(comm, "arguments", all ? all : "");
  free(all);
  return status;
}

/* A process manager tells its processes where it listens, in variables of one of these names.  Without any there is no job to join, and
   MPI_Init, which takes longer than everything else at the start of a short run, has nothing to do. */
static int has_manager(void)
{
  static const char *const names[] = { "PMI_", "PMI2_", "PMIX_", "PALS_", "SLURM_PROCID=", "FLUX_TASK_RANK=", "OMPI_COMM_WORLD_SIZE=",
                                       "SMPI_GLOBAL_SIZE=" };
  for (char **e = environ; *e; e++)
    for (size_t i = 0; i < LAC_COUNT(names); i++)
      if (strncmp(*e, names[i], strlen(names[i])) == 0)
        return 1;
  return 0;
}

static int start_ranks(lac_comm **comm, int *rank)
{
  int size;
  if (MPI_Init(NULL, NULL) != MPI_SUCCESS)
    return lac_fail(LAC_EMPI, "MPI does not start");
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  warn_single(size);
  LAC_TRY(lac_comm_open(comm));
  if (*rank == 0)
    warn_crowded(*comm);
  return LAC_OK;
}

/* ---- standard streams ---- */

/* A stream that the caller closed would become the number of the next file that is opened, and text would go into a result. */
static void occupy_streams(void)
{
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
      _Exit(EX_OSERR);
}

/* What fclose finds, of a stream that stays open: SimGrid's ranks share one. */
static int close_copy(int fd)
{
  int copy = dup(fd);
  return copy >= 0 ? close(copy) : -1;
}

/* 0 when all that was printed has arrived, or the errno that says why not. */
static int end_output(void)
{
  int lost = ferror(stdout) ? EIO : 0;
  if (lost) {      /* in the middle, where nobody kept the reason: the next byte tells it */
    clearerr(stdout);
    putchar('\n');
  }
  int why = fflush(stdout) ? errno : 0;
  if (close_copy(STDOUT_FILENO) && !why)
    why = errno;
  return why ? why : lost;
}

static int exit_of(int status, int error_exit)
{
  return status == LAC_OK ? 0 : status == LAC_EINTERRUPTED ? EX_TEMPFAIL : status == LAC_EWORSE ? 1 : error_exit;
}

int main(int argc, char **argv)
{
  lac_comm *comm = NULL;
  request r = { 0 };
  int rank = 0, ranks = 0;      /* ranks: MPI was started */
  lac_interrupt_watch();
  occupy_streams();
  gsl_set_error_handler_off();
  lac_blas_one_thread();
  char *plugins = take_plugins(&argc, argv);
  int status = read_request(argc, argv, &r);
  if (r.command) {
    status = obey_limit(&rank);
    int wanted = wants_ranks(&r);
    ranks = status == LAC_OK && wanted && has_manager();
    if (status == LAC_OK && wanted && !ranks)
      warn_single(1);
    if (status == LAC_OK)
      status = ranks ? start_ranks(&comm, &rank) : lac_comm_open_alone(&comm);
    if (status == LAC_OK)
      status = same_everywhere(comm, r.argc, r.argv);
    if (status == LAC_OK)
      status = load_plugins(comm, plugins);
    if (status == LAC_OK)
      status = r.command->call(comm, r.argc, r.argv);
  }
  int why = end_output(), silent = status == LAC_OK && why == EPIPE;      /* the reader of a pipe has read what it wanted */
  if (status == LAC_OK && why)
    status = lac_fail(LAC_EIO, "standard output: %s; what was printed is not complete", strerror(why));
  if (status != LAC_OK && !silent && rank == 0)
    fprintf(stderr, "laconic: %s\n", lac_error());
  free(plugins);
  lac_comm_close(comm);
  int result = exit_of(status, r.command ? r.command->error_exit : 1);
  if (ranks)
    lac_comm_finalize(result);
  return result;
}
