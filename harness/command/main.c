#include "command/commands.h"
#include "interrupt.h"
#include "options.h"

#include <gsl/gsl_errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

void openblas_set_num_threads(int) __attribute__((weak));

const lac_command lac_commands[] = {
  { "run", "[FILE.ini] [--OPTION=VALUE ...]", "run one experiment, or all runs of an experiment file", lac_command_run, 1 },
  { "list", "[--names] [algorithms|compressors|problems|...]", "what there is", lac_command_list, 1 },
  { "help", "[COMMAND|NAME|--options NAME]", "what a command or a plug-in does, with its options", lac_command_help, 1 },
  { "show", "FILE.h5 ...", "what is in result files; with --constants, constants and step sizes of a run", lac_command_show, 1 },
  { "plot", "FILE.ini", "the figure of an experiment file, from its result files", lac_command_plot, 1 },
  { "claims", "FILE.ini", "check what the paper says against the result files", lac_command_claims, 1 },
  { "compare", "BASE NEW", "what changed between two sets of results; exit 0 nothing worse, 1 a regression, 2 an error",
    lac_command_compare, 2 },
  { "certify", "[NAME ...]", "run what a method or compressor promises, and say whether it holds", lac_command_certify, 1 },
  { "bench", "round|compressors", "speed, against a physical limit in the same run", lac_command_bench, 1 },
  { 0 }
};

/* N single ranks instead of one job of N: a mistake that would otherwise go unnoticed. */
static void warn_single(int size)
{
  static const char *const names[] = { "PMI_SIZE", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE" };
  for (size_t i = 0; size == 1 && i < LAC_COUNT(names); i++) {
    const char *value = getenv(names[i]);
    if (value && atoi(value) > 1) {
      fprintf(stderr, "laconic: warning: %s=%s but this is a job of one rank; use MPICH's mpiexec, or srun --mpi=pmi2\n", names[i], value);
      return;
    }
  }
}

/* Ranks with different commands would wait for each other in different places. */
static int same_everywhere(lac_comm *comm, int argc, char **argv)
{
  char *all = lac_strdup("");
  for (int i = 1; all && i < argc; i++) {
    char *longer = lac_asprintf("%s%s%c", all, argv[i], '\n');
    free(all);
    all = longer;
  }
  int status = lac_comm_same(comm, "arguments", all ? all : "");
  free(all);
  return status;
}

static int dispatch(lac_comm *comm, int argc, char **argv, int *error_exit)
{
  const char *names[16], *word = argc > 1 ? argv[1] : "help", *near;
  size_t count = 0;
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
    word = "help";
  if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
    if (lac_comm_rank(comm) == 0)
      puts(PACKAGE_STRING);
    return LAC_OK;
  }
  for (const lac_command *c = lac_commands; c->name; c++) {
    if (strcmp(word, c->name) == 0) {
      if (c->error_exit)
        *error_exit = c->error_exit;
      return c->call(comm, argc > 1 ? argc - 1 : 1, argc > 1 ? argv + 1 : argv);
    }
    names[count++] = c->name;
  }
  near = lac_nearest(word, names, count);
  return near ? lac_fail(LAC_EUSER, "there is no command '%.40s'; did you mean %s?", word, near)
              : lac_fail(LAC_EUSER, "there is no command '%.40s'; see laconic help", word);
}

int main(int argc, char **argv)
{
  lac_comm *comm = NULL;
  int size, rank, error_exit = 1;
  lac_interrupt_watch();
  if (MPI_Init(&argc, &argv) != MPI_SUCCESS)
    return 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  warn_single(size);
  gsl_set_error_handler_off();
  if (openblas_set_num_threads)
    openblas_set_num_threads(1);
  int status = lac_comm_open(&comm);
  if (status == LAC_OK)
    status = same_everywhere(comm, argc, argv);
  if (status == LAC_OK)
    status = dispatch(comm, argc, argv, &error_exit);
  if (status != LAC_OK && rank == 0)
    fprintf(stderr, "laconic: %s\n", lac_error());
  lac_comm_close(comm);
  if (fflush(stdout) && status == LAC_OK)
    status = LAC_EIO;
  int result = status == LAC_OK ? 0 : status == LAC_EINTERRUPTED ? EX_TEMPFAIL : status == LAC_EWORSE ? 1 : error_exit;
  lac_comm_finalize(result);
  return result;
}
