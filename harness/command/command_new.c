/* laconic new: the files of a plug-in outside of the tree, from the smallest one that keeps its contract. */
#include "command/commands.h"
#include "command/templates.h"
#include "file.h"
#include "options.h"
#include "registry/registry.h"
#include "store/temporary.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What makes each kind, and a command that shows that it works. */
static const struct { const char *kind, *source, *check; lac_plugin_kind registry; } kinds[] = {
  { "algorithm", template_algorithm_c, "certify @NAME@", LAC_ALGORITHMS },
  { "compressor", template_compressor_c, "certify @NAME@", LAC_COMPRESSORS },
  { "problem", template_problem_c, "run --problem=@NAME@ --rounds=100 -o @NAME@.h5 --force", LAC_PROBLEMS },
};

typedef struct { const char *word[2]; int words, outside; } arguments;

static const struct argp_option options[] = {
  { "outside", 'O', NULL, 0, "in a folder of its own, outside of laconic's tree: the only kind that this command makes", 0 },
  { 0 } };

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case 'O':
    a->outside = 1;
    return 0;
  case ARGP_KEY_ARG:
    if (a->words == 2)
      return lac_fail(LAC_EUSER, "new takes a kind and a name; '%.60s' is a third word", value);
    a->word[a->words++] = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* The template with the name in its places, and the command of `check`, in which @NAME@ may stand. */
static void put_template(FILE *to, const char *text, const char *name, const char *check)
{
  static const char here[] = "@NAME@", there[] = "@CHECK@";
  while (*text) {
    if (strncmp(text, here, strlen(here)) == 0) {
      lac_print(to, "%s", name);
      text += strlen(here);
    } else if (strncmp(text, there, strlen(there)) == 0) {
      put_template(to, check, name, "");
      text += strlen(there);
    } else
      fputc(*text++, to);
  }
}

static int write_file(const char *name, const char *suffix, const char *text, const char *kind, const char *check)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "new", "%s/%s", name, suffix));
  put_template(t.to, text, name, check);
  if (kind)
    lac_print(t.to, "\n#include \"plugin.h\"\nLAC_PLUGIN(%s, %s);\n", kind, name);
  return lac_temporary_close(&t, LAC_OK);
}

static int write_all(const char *kind, const char *source, const char *check, const char *name)
{
  char file[64];
  snprintf(file, sizeof file, "%s.c", name);
  if (access(name, F_OK) == 0)
    return lac_fail(LAC_EUSER, "there is something called %s here already; choose another name, or another folder", name);
  LAC_TRY(lac_make_folders(name));
  LAC_TRY(write_file(name, file, source, kind, check));
  LAC_TRY(write_file(name, "Makefile", template_outside_mk, NULL, check));
  LAC_TRY(write_file(name, "laconic.yml", template_outside_yml, NULL, check));
  lac_print(stdout,
            "wrote %s/%s, Makefile, and laconic.yml, a job for .github/workflows\n"
            "The plug-in keeps its contract and does nothing yet.  Next:\n"
            "  1. say at its top what it will do, and do it; the headers say what a %s may use: pkg-config --cflags laconic\n"
            "  2. make -C %s check\n"
            "  3. export LACONIC_PLUGINS=$PWD/%s, and every command knows it: laconic help %s\n", name, file, kind, name, name, name);
  return LAC_OK;
}

static int begin_plugin(const arguments *a)
{
  const char *name = a->word[1];
  lac_entry e;
  size_t k = 0;
  if (a->words < 2)
    return lac_fail(LAC_EUSER, "new needs a kind and a name: laconic new compressor NAME");
  while (k < LAC_COUNT(kinds) && strcmp(kinds[k].kind, a->word[0]))
    k++;
  if (k == LAC_COUNT(kinds))
    return lac_fail(LAC_EUSER, "there is no kind of plug-in '%.40s'; there are algorithm, compressor and problem", a->word[0]);
  if (lac_spec_name(name) != strlen(name) || strlen(name) > 40)
    return lac_fail(LAC_EUSER, "'%.60s' is no name of a plug-in: [a-z][a-z0-9_]*, at most 40 characters", name);
  for (size_t i = 0; lac_registry_entry(kinds[k].registry, i, &e); i++)
    if (strcmp(e.name, name) == 0)
      return lac_fail(LAC_EUSER, "laconic has a %s %s; choose another name", a->word[0], name);
  return write_all(kinds[k].kind, kinds[k].source, kinds[k].check, name);
}

static const char doc[] =
  "Begin an algorithm, a compressor or a problem outside of laconic's tree: a folder NAME with its source, a Makefile and a job for "
  "continuous integration.\v"
  "The smallest plug-in that keeps its contract is written; it is compiled against the installed headers, and loaded with "
  "--plugin=NAME.so by any command, or from the folders that LACONIC_PLUGINS names, with colons between them.  The SHA-256 of each shared "
  "object that took part is in a result and counts for its digest.  In laconic's own tree, tools/new-module does the same.\n\n"
  "  laconic new compressor mine --outside\n"
  "  make -C mine check\n"
  "  export LACONIC_PLUGINS=$PWD/mine";

int lac_command_new(lac_comm *comm, int argc, char **argv)
{
  struct argp argp = { options, parse, "algorithm|compressor|problem NAME", doc, NULL, NULL, NULL };
  arguments a = { .words = 0 };
  int done = 0;
  LAC_TRY(lac_argp(comm, &argp, argc, argv, &a, &done));
  return done ? LAC_OK : lac_comm_agree(comm, lac_comm_rank(comm) ? LAC_OK : begin_plugin(&a));
}
