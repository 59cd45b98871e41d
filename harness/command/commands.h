/* commands.h: the subcommands of laconic.  Each is called on every rank with its own argc, argv (argv[0] is its name) and
   returns a lac_status; rank 0 prints.  */
#ifndef LAC_COMMANDS_H
#define LAC_COMMANDS_H

#include "ranks/comm.h"
#include "run/config.h"
#include <argp.h>

typedef struct {
  const char *name, *usage, *summary;
  int (*call)(lac_comm *comm, int argc, char **argv);
  int error_exit;                               /* exit status after an error; 0: 1 */
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

/* The options of a run on a command line: for argp, and what was said with them. */
enum { LAC_WORDS_MOST = 128 };
typedef struct {
  const char *file;                          /* the argument that is no option */
  const char *setting[LAC_WORDS_MOST];       /* "key=value", ending with NULL */
  char *owned[LAC_WORDS_MOST];
  size_t count;
} lac_run_words;
/* The command's own options and then those of a run: all, or those alone that say what is computed and where data lie.  Caller frees;
   NULL: no memory. */
struct argp_option *lac_run_options(const struct argp_option *own, int all);
/* argp's help_filter for them: the default behind the text. */
char *lac_run_help(int key, const char *text, void *input);
error_t lac_run_option(int key, char *value, lac_run_words *words);
/* The defaults and then what was said. */
int lac_run_config(lac_config *c, const char *const *settings);
void lac_run_words_free(lac_run_words *words);

/* Print the constants of that run, with `all` every L_i; collective. */
int lac_show_constants(lac_comm *comm, const lac_config *config, int all);

/* Parse without exiting: the same sentence on every rank.  The parser gets ARGP_KEY_ARG and option keys; `input` is
   state->input.  --help prints on rank 0 and sets *done. */
int lac_argp(lac_comm *comm, const struct argp *argp, int argc, char **argv, void *input, int *done);

#endif
