/* commands.h: the subcommands of laconic.  Each is called on every rank with its own argc, argv (argv[0] is its name) and
   returns a lac_status; rank 0 prints.  */
#ifndef LAC_COMMANDS_H
#define LAC_COMMANDS_H

#include "experiment/experiment.h"
#include "ranks/comm.h"
#include "run/config.h"
#include "sheet.h"
#include "store/result.h"
#include <argp.h>

/* The commands as laconic help shows them: name, usage, summary, when the command wants all ranks of the job ("" always, an option: when
   that is given, NULL never), exit status after an error.  main.c makes its table of this list, laconic list and help theirs. */
#define LAC_COMMANDS(COMMAND) \
  COMMAND(run, "[FILE.ini] [OPTIONS]", "run one experiment, or a file of them", "", 1) \
  COMMAND(tune, "FILE.ini", "find what is fastest on a network", "", 1) \
  COMMAND(sbatch, "FILE.ini", "write the Slurm job of a file", NULL, 1) \
  COMMAND(list, "[--names] [KIND]", "list plug-ins, data sets and commands", NULL, 1) \
  COMMAND(help, "[NAME]", "explain a command or a plug-in", NULL, 1) \
  COMMAND(show, "FILE.h5 ...", "print results, or constants of a run", "--constants", 1) \
  COMMAND(table, "RESULTS ...", "print results as a table, a row a run", NULL, 1) \
  COMMAND(plot, "FILE.ini", "draw the figure of an experiment file", NULL, 1) \
  COMMAND(claims, "FILE.ini", "check a paper's claims on the results", NULL, 1) \
  COMMAND(report, "FILE.ini|FOLDER ...", "write a page about experiments", NULL, 1) \
  COMMAND(bundle, "FILE.ini", "pack an experiment for others to check", NULL, 1) \
  COMMAND(sample, "RESULT.h5", "print text of a language model", NULL, 1) \
  COMMAND(ensemble, "RESULT.h5 ...", "let language models predict together", NULL, 1) \
  COMMAND(trace, "FILE.h5 -o DIR", "write messages for SimGrid to replay", NULL, 1) \
  COMMAND(compare, "BASE NEW", "compare two sets of results", NULL, 2) \
  COMMAND(model, "[NAME]", "compute a closed model of a paper", NULL, 1) \
  COMMAND(certify, "[NAME ...]", "check plug-ins against their contracts", "", 1) \
  COMMAND(bench, "KIND", "measure rounds, codecs or links", "", 1) \
  COMMAND(links, "[OPTIONS] COMMAND ...", "run a command on links of a given rate", NULL, 1) \
  COMMAND(cite, "NAME|FILE ...", "print BibTeX of what was used", NULL, 1) \
  COMMAND(new, "KIND NAME", "begin a plug-in outside of the tree", NULL, 1)

#define LAC_COMMAND_CALL(name, usage, summary, ranks, error_exit) int lac_command_##name(lac_comm *comm, int argc, char **argv);
LAC_COMMANDS(LAC_COMMAND_CALL)
#undef LAC_COMMAND_CALL

/* The other benchmarks of laconic bench. */
int lac_bench_compressors(lac_comm *comm, int argc, char **argv);
int lac_bench_links(lac_comm *comm, int argc, char **argv);

/* The options of a run on a command line: for argp, and what was said with them. */
typedef struct {
  const char *file;          /* the argument that is no option */
  char **setting;            /* "key=value", ending with NULL; NULL: none */
  size_t count, cap;
} lac_run_words;
/* Which of them: all; those that say what is computed, and where data lie; also where results lie, in help behind the command's own. */
typedef enum { LAC_OPTIONS_ALL, LAC_OPTIONS_PROBLEM, LAC_OPTIONS_RESULT } lac_option_choice;
/* The command's own options and then those of a run.  Caller frees; NULL: no memory. */
struct argp_option *lac_run_options(const struct argp_option *own, lac_option_choice which);
/* argp's help_filter for them: the default behind the text. */
char *lac_run_help(int key, const char *text, void *input);
error_t lac_run_option(int key, char *value, lac_run_words *words);
/* The defaults and then what was said. */
int lac_run_config(lac_config *c, const lac_run_words *words);
void lac_run_words_free(lac_run_words *words);
/* The experiment file of these words, for its runs: all that it says is checked before any work, also what only laconic plot and laconic
   claims make use of. */
int lac_load_to_run(lac_experiment *e, const lac_run_words *words);

/* Print the constants of that run, with `all` every L_i; collective. */
int lac_show_constants(lac_comm *comm, const lac_config *config, int all);

/* Print which client of that run holds which rows and classes, with `all` every client; into the file `picture` (NULL: none) as a heat map.
   Serial. */
int lac_show_split(const lac_config *config, lac_sheet_format format, int all, const char *picture);

/* Print what the seconds of a result's run go to on a network (network/network.h has the text).  Serial. */
int lac_show_network(const lac_result *r, const char *text, lac_sheet_format format);

int lac_asks_for_help(int argc, char **argv);
/* Parse without exiting: the same sentence on every rank.  The parser gets ARGP_KEY_ARG and option keys; `input` is
   state->input.  --help prints on rank 0 and sets *done. */
int lac_argp(lac_comm *comm, const struct argp *argp, int argc, char **argv, void *input, int *done);

#endif
