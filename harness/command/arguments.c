/* Command lines through argp, without its habit of exiting: all ranks go on to the same end. */
#include "command/commands.h"

#include "options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { const struct argp *argp; void *input; } context;

static int unknown(const struct argp *argp, const char *word)
{
  const char *names[128], *near;
  char bare[64];
  size_t count = 0;
  for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc) && count < LAC_COUNT(names); o++)
    if (o->name)
      names[count++] = o->name;
  snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word + strspn(word, "-"), "="), word + strspn(word, "-"));
  for (size_t i = 0; i < count; i++)
    if (strcmp(names[i], bare) == 0)
      return lac_fail(LAC_EUSER, "--%s needs a value: --%s=VALUE", bare, bare);
  near = lac_nearest(bare, names, count);
  return near ? lac_fail(LAC_EUSER, "there is no option '%.60s'; did you mean --%s?", word, near)
              : lac_fail(LAC_EUSER, "there is no option '%.60s'; --help lists them", word);
}

/* Our own status comes back through errno-like numbers above those of the system. */
enum { OURS = 10000 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
  context *c = state->input;
  struct argp_state inner = *state;
  if (key == ARGP_KEY_ERROR)
    return 0;
  inner.input = c->input;
  error_t status = c->argp->parser(key, arg, &inner);
  return status == 0 || status == ARGP_ERR_UNKNOWN ? status : OURS + status;
}

int lac_asks_for_help(int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "-?") == 0)
      return 1;
  return 0;
}

int lac_argp(lac_comm *comm, const struct argp *argp, int argc, char **argv, void *input, int *done)
{
  *done = 0;
  if (lac_asks_for_help(argc, argv)) {
    char name[64];
    snprintf(name, sizeof name, "laconic %s", argv[0]);
    if (lac_comm_rank(comm) == 0)
      argp_help(argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_DOC | ARGP_HELP_LONG, name);
    *done = 1;
    return LAC_OK;
  }
  context c = { argp, input };
  struct argp wrapped = *argp;
  int index = argc;
  wrapped.parser = parse;
  error_t status = argp_parse(&wrapped, argc, argv, ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, &index, &c);
  if (status > OURS)
    status -= OURS;
  else if (status != 0)
    status = unknown(argp, index > 0 && index <= argc ? argv[index > 1 ? index - 1 : index] : "?");
  return lac_comm_agree(comm, status);
}
