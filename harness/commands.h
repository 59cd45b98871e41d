/* commands.h: the subcommands of laconic.  Each is called on every rank with its own argc, argv (argv[0] is its name) and
   returns a lac_status; rank 0 prints.  */
#ifndef LAC_COMMANDS_H
#define LAC_COMMANDS_H

#include "comm.h"
#include <argp.h>

typedef struct {
  const char *name, *usage, *summary;
  int (*call)(lac_comm *comm, int argc, char **argv);
  int error_exit;                               /* exit status after an error */
} lac_command;
extern const lac_command lac_commands[];          /* ends with a NULL name */

int lac_command_run(lac_comm *comm, int argc, char **argv);
int lac_command_list(lac_comm *comm, int argc, char **argv);
int lac_command_help(lac_comm *comm, int argc, char **argv);
int lac_command_show(lac_comm *comm, int argc, char **argv);
int lac_command_plot(lac_comm *comm, int argc, char **argv);
int lac_command_claims(lac_comm *comm, int argc, char **argv);
int lac_command_compare(lac_comm *comm, int argc, char **argv);
int lac_command_certify(lac_comm *comm, int argc, char **argv);
int lac_command_bench(lac_comm *comm, int argc, char **argv);

/* Parse without exiting: the same sentence on every rank.  The parser gets ARGP_KEY_ARG and option keys; `input` is
   state->input.  --help prints on rank 0 and sets *done. */
int lac_argp(lac_comm *comm, const struct argp *argp, int argc, char **argv, void *input, int *done);

#endif
