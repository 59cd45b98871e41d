/* Command lines through argp, without its habit of exiting: all ranks go on to the same end. */
#include "command/commands.h"

#include "options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { const struct argp *argp; void *input; } context;

static int is_option(const struct argp_option *o) { return o && (o->name || o->key || o->doc); }

static int unknown_option(const struct argp *argp, const char *word, size_t length)
{
  const char *near = NULL;
  char *bare = lac_asprintf("%.*s", (int)length, word + strspn(word, "-"));
  if (!bare)
    return LAC_ENOMEM;
  for (const struct argp_option *o = argp->options; is_option(o); o++)
    if (o->name)
      near = lac_nearer(bare, near, o->name);
  free(bare);
  return near ? lac_fail(LAC_EUSER, "there is no option '%.60s'; did you mean --%s?", word, near)
              : lac_fail(LAC_EUSER, "there is no option '%.60s'; --help lists them", word);
}

static int nothing(const struct argp *argp, int key)
{
  char name[64] = "an argument";
  for (const struct argp_option *o = argp->options; key != ARGP_KEY_ARG && o && (o->name || o->key || o->doc); o++)
    if (o->name && o->key == key)
      snprintf(name, sizeof name, "--%s", o->name);
  return lac_fail(LAC_EUSER, LAC_NOTHING, name);
}

/* The option that "--word" means: the whole name, or the beginning of one alone. */
static int find_long(const struct argp *argp, const char *word, const struct argp_option **found)
{
  size_t length = strcspn(word + 2, "=");
  const struct argp_option *other = NULL;
  *found = NULL;
  for (const struct argp_option *o = argp->options; is_option(o); o++) {
    if (!o->name || strncmp(o->name, word + 2, length))
      continue;
    if (!o->name[length]) {
      *found = o;
      return LAC_OK;
    }
    other = *found;
    *found = o;
  }
  if (other)
    return lac_fail(LAC_EUSER, "'%.60s' may be --%s or --%s", word, other->name, (*found)->name);
  if (!*found)
    return unknown_option(argp, word, length);
  return LAC_OK;
}

static const struct argp_option *find_short(const struct argp *argp, char key)
{
  const struct argp_option *o = argp->options;
  while (is_option(o) && o->key != key)
    o++;
  return is_option(o) ? o : NULL;
}

static int needs_value(const struct argp_option *o) { return o->arg && !(o->flags & OPTION_ARG_OPTIONAL); }
static int no_value(const struct argp_option *o) { return lac_fail(LAC_EUSER, "--%s needs a value: --%s=VALUE", o->name, o->name); }

/* "-abc": letters up to one that takes the rest, or the next word, as its value. */
static int check_letters(const struct argp *argp, const char *word, int *takes_next)
{
  for (const char *at = word + 1; *at; at++) {
    const struct argp_option *o = find_short(argp, *at);
    if (!o)
      return lac_fail(LAC_EUSER, "there is no option '-%c'; --help lists them", *at);
    if (o->arg) {
      *takes_next = !at[1] && needs_value(o) ? 1 : 0;
      return LAC_OK;
    }
  }
  return LAC_OK;
}

static int check_word(const struct argp *argp, const char *word, int *takes_next)
{
  const struct argp_option *o;
  *takes_next = 0;
  if (word[0] != '-' || !word[1])
    return LAC_OK;
  if (word[1] != '-')
    return check_letters(argp, word, takes_next);
  LAC_TRY(find_long(argp, word, &o));
  if (!o->arg && strchr(word, '='))
    return lac_fail(LAC_EUSER, "--%s takes no value", o->name);
  *takes_next = needs_value(o) && !strchr(word, '=');
  return LAC_OK;
}

/* argp says that a word is wrong and not which one: the first that is no option, or has no value where it needs one. */
static int find_fault(const struct argp *argp, int argc, char **argv)
{
  for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
    int takes_next;
    const struct argp_option *o = NULL;
    LAC_TRY(check_word(argp, argv[i], &takes_next));
    if (takes_next && i + 1 == argc) {
      o = argv[i][1] == '-' ? NULL : find_short(argp, argv[i][strlen(argv[i]) - 1]);
      if (!o)
        LAC_TRY(find_long(argp, argv[i], &o));
      return no_value(o);
    }
    i += takes_next;
  }
  return lac_fail(LAC_EUSER, "the command line is wrong; --help lists the options");
}

/* Our own status comes back through errno-like numbers above those of the system. */
enum { OURS = 10000 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
  context *c = state->input;
  struct argp_state inner = *state;
  if (key == ARGP_KEY_ERROR)
    return 0;
  if (arg && lac_is_nothing(arg))
    return OURS + nothing(c->argp, key);
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
  wrapped.parser = parse;
  error_t status = argp_parse(&wrapped, argc, argv, ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &c);
  if (status > OURS)
    status -= OURS;
  else if (status != 0)
    status = find_fault(argp, argc, argv);
  return lac_comm_agree(comm, status);
}
