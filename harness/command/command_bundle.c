/* laconic bundle: an experiment with its results as one file, which laconic claims, plot and table read. */
#include "command/commands.h"
#include "experiment/bundle.h"
#include "experiment/tabled.h"
#include "store/temporary.h"
#include "utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OUT = 1, OUTPUT = 'o' };

typedef struct {
  lac_run_words words;
  const char *out, *output;
} arguments;

static const struct argp_option own_options[] = {
  { "output", OUTPUT, "FILE.tar.gz", 0, "the bundle [NAME.tar.gz]", 1 },
  { "out", OUT, "DIR", 0, "where laconic plot and claims left their files [figures]", 1 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case OUT:
    a->out = value;
    return 0;
  case OUTPUT:
    a->output = value;
    return lac_bundle_is(value) ? 0 : lac_fail(LAC_EUSER, "--output: a bundle is called NAME.tar.gz, and not '%.80s'", value);
  default:
    return lac_run_option(key, value, &a->words);
  }
}

static int write_packed(const uint8_t *packed, size_t size, const char *path)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--output", "%s", path));
  int status = fwrite(packed, 1, size, t.to) == size ? LAC_OK : lac_fail(LAC_EIO, "cannot write %s: %s", path, strerror(errno));
  return lac_temporary_close(&t, status);
}

static int write_bundle(const lac_collection *c, const arguments *a)
{
  lac_archive b = { 0 };
  uint8_t *packed = NULL;
  size_t size;
  char *path = a->output ? lac_strdup(a->output) : lac_asprintf("%s.tar.gz", c->experiment.name);
  int status = lac_table_refuse(&c->experiment, "bundle");
  if (status == LAC_OK)
    status = lac_bundle_make(&b, c, (const char *const *)a->words.setting, a->out);
  if (status == LAC_OK)
    status = path ? lac_archive_pack(&b, &packed, &size) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = write_packed(packed, size, path);
  if (status == LAC_OK)
    lac_print(stdout, "wrote %s, %zu files in %.3g MB\n", path, b.count, (double)size / 1e6);
  lac_archive_free(&b);
  free(packed);
  free(path);
  return status;
}

static const char doc[] =
  "Pack an experiment file with its claims, the results of its runs, and its figure and verdicts where they are: one file that anybody can "
  "check without the data and without computing anything.\v"
  "laconic claims, plot and table read NAME.tar.gz in the place of the experiment file: they compare every file with its SHA-256 and then "
  "do their work; nothing is unpacked.  Only the results of the experiment's own settings are in it.  The same files give the same "
  "bundle, byte by byte.\n\n"
  "  laconic bundle reports/ef21/stepsize.ini\n"
  "  laconic claims stepsize.tar.gz";

int lac_command_bundle(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .out = "figures" };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_RESULT);
  struct argp argp = { options, parse, "[RUN OPTIONS] FILE.ini", doc, NULL, NULL, NULL };
  lac_collection c;
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done && a.words.file && lac_bundle_is(a.words.file))
    status = lac_fail(LAC_EUSER, "%s is a bundle already; give an experiment file", a.words.file);
  if (status == LAC_OK && !done &&
      (status = lac_collect(comm, a.words.file, (const char *const *)a.words.setting, 1, &c)) == LAC_OK) {
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? write_bundle(&c, &a) : LAC_OK);
    lac_collection_free(&c);
  }
  lac_run_words_free(&a.words);
  free(options);
  return status;
}
