/* laconic cite: BibTeX of methods, compressors, problems, data sets, of all that a run used, and of laconic itself. */
#include "command/commands.h"
#include "experiment/experiment.h"
#include "options.h"
#include "registry/papers.h"
#include "store/result.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* The options whose values name plug-ins, and what they name. */
static const struct { const char *option; lac_plugin_kind kind; } parts[] = {
  { "algorithm", LAC_ALGORITHMS }, { "up", LAC_COMPRESSORS }, { "up2", LAC_COMPRESSORS }, { "down", LAC_COMPRESSORS },
  { "problem", LAC_PROBLEMS }, { "dataset", LAC_GENERATORS }, { "test-dataset", LAC_GENERATORS }, { "split", LAC_SPLITS } };

typedef struct {
  const char **word;
  size_t words, cap;
  int itself;              /* laconic is cited, too */
  lac_papers papers;
} arguments;

/* ---- papers of one thing ---- */

/* What has no entry is said as a comment: BibTeX passes over it.  `asked`: by its name. */
static int add_paper(arguments *a, const char *name, const char *reference, const char *bibtex, int asked)
{
  size_t found;
  LAC_TRY(lac_papers_add(&a->papers, reference, bibtex, &found));
  if (!found && reference)
    lac_print(stdout, "%% %s: %s\n", name, reference);
  else if (!found && asked)
    lac_print(stdout, "%% %s: no paper is named for it\n", name);
  return LAC_OK;
}

static int add_entry(arguments *a, const lac_entry *e, int asked) { return add_paper(a, e->name, e->reference, e->bibtex, asked); }

static int add_dataset(arguments *a, const lac_manifest_entry *m)
{
  return add_paper(a, m->name, strstr(m->note, "doi:") || strstr(m->note, "bib:") ? m->note : NULL, NULL, 1);
}

/* ---- what a run used ---- */

/* By the bytes, whatever the file is called, or by the name. */
static const lac_manifest_entry *find_dataset(const char *name, size_t length, const char *sha256)
{
  for (const lac_manifest_entry *m = lac_manifest; m->name; m++)
    if ((strlen(m->name) == length && strncmp(m->name, name, length) == 0) || (sha256 && strcmp(m->sha256, sha256) == 0))
      return m;
  return NULL;
}

/* A spec, or a composition of several: "topk:k=1%+natural+ans". */
static int add_spec(arguments *a, lac_plugin_kind kind, const char *spec)
{
  lac_entry e;
  for (const char *at = spec; at; at = strchr(at, '+')) {
    at += *at == '+';
    for (size_t i = 0, n = lac_spec_name(at); n && lac_registry_entry(kind, i, &e); i++)
      if (strlen(e.name) == n && strncmp(e.name, at, n) == 0)
        LAC_TRY(add_entry(a, &e, 0));
  }
  return LAC_OK;
}

static int add_value(arguments *a, size_t part, const char *value, const char *sha256)
{
  if (!value || !*value)
    return LAC_OK;
  const lac_manifest_entry *m = parts[part].kind == LAC_GENERATORS ? find_dataset(value, strcspn(value, ":"), sha256) : NULL;
  return m ? add_dataset(a, m) : add_spec(a, parts[part].kind, value);
}

static const char *value_of(const lac_config *c, const char *option)
{
  for (const lac_option *o = lac_what_options; o->name; o++)
    if (strcmp(o->name, option) == 0)
      return *(char *const *)((const char *)c + o->offset);
  return NULL;
}

static int add_experiment(arguments *a, const char *path)
{
  lac_experiment e;
  LAC_TRY(lac_experiment_load(&e, path, NULL));
  int status = LAC_OK;
  for (size_t i = 0; status == LAC_OK && i < e.runs; i++)
    for (size_t k = 0; status == LAC_OK && k < LAC_COUNT(parts); k++)
      status = add_value(a, k, value_of(&e.run[i].config, parts[k].option), NULL);
  lac_experiment_free(&e);
  return status;
}

/* As it was given, where names stand that stand for others, and as it was resolved. */
static int add_result(arguments *a, const char *path)
{
  lac_result r;
  LAC_TRY(lac_result_open(&r, path));
  int status = LAC_OK;
  for (size_t k = 0; status == LAC_OK && k < LAC_COUNT(parts); k++) {
    int is_test = strcmp(parts[k].option, "test-dataset") == 0;
    const char *sha256 = lac_result_attribute(&r, is_test ? "test_dataset_sha256" : "dataset_sha256");
    char given[64];
    snprintf(given, sizeof given, "environment.given.%s", parts[k].option);
    status = add_value(a, k, lac_result_attribute(&r, given), sha256);
    if (status == LAC_OK)
      status = add_value(a, k, lac_result_attribute(&r, parts[k].option), sha256);
  }
  lac_result_close(&r);
  return status;
}

/* ---- a word of the command line ---- */

static int ends_with(const char *text, const char *end)
{
  size_t n = strlen(text), m = strlen(end);
  return n > m && strcmp(text + n - m, end) == 0;
}

static int unknown_name(const char *name)
{
  const char *near = lac_nearer(name, NULL, "laconic");
  lac_entry e;
  for (int kind = 0; kind < LAC_KINDS; kind++)
    for (size_t i = 0; lac_registry_entry((lac_plugin_kind)kind, i, &e); i++)
      near = lac_nearer(name, near, e.name);
  for (const lac_manifest_entry *m = lac_manifest; m->name; m++)
    near = lac_nearer(name, near, m->name);
  return near ? lac_fail(LAC_EUSER, "nothing is called '%.40s'; did you mean %s?", name, near)
              : lac_fail(LAC_EUSER, "nothing is called '%.40s'; laconic list shows all names; cite takes FILE.ini and FILE.h5, too", name);
}

static int add_name(arguments *a, const char *name)
{
  const lac_manifest_entry *m = find_dataset(name, strlen(name), NULL);
  size_t found = m != NULL;
  lac_entry e;
  if (strcmp(name, "laconic") == 0) {
    a->itself = 1;
    return LAC_OK;
  }
  if (m)
    LAC_TRY(add_dataset(a, m));
  for (int kind = 0; kind < LAC_KINDS; kind++)
    for (size_t i = 0; lac_registry_entry((lac_plugin_kind)kind, i, &e); i++)
      if (strcmp(e.name, name) == 0) {
        found++;
        LAC_TRY(add_entry(a, &e, 1));
      }
  return found ? LAC_OK : unknown_name(name);
}

static int add_word(arguments *a, const char *word)
{
  int is_experiment = ends_with(word, ".ini"), is_result = ends_with(word, ".h5");
  a->itself |= is_experiment || is_result;
  return is_experiment ? add_experiment(a, word) : is_result ? add_result(a, word) : add_name(a, word);
}

/* ---- the command ---- */

static int cite(arguments *a)
{
  for (size_t i = 0; i < a->words; i++)
    LAC_TRY(add_word(a, a->word[i]));
  if (a->itself || !a->words)
    lac_print(stdout, "@misc{laconic,\n  author = {{The laconic authors}},\n"
              "  title = {laconic: communication-efficient distributed optimisation, measured bit by bit},\n"
              "  year = {2026},\n  note = {Version %s, GPL-3.0-or-later}\n}\n\n", PACKAGE_VERSION);
  lac_papers_print(&a->papers, stdout);
  return LAC_OK;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  if (key != ARGP_KEY_ARG)
    return ARGP_ERR_UNKNOWN;
  LAC_TRY(lac_grow(&a->word, &a->cap, a->words + 1, sizeof *a->word));
  a->word[a->words++] = value;
  return 0;
}

static const char doc[] =
  "Print BibTeX: the papers of methods, compressors, problems and data sets by their names, or all that an experiment file or a result "
  "used, and laconic itself.  Every entry is printed once.\v"
  "What has no entry is a comment, a line that begins with %.\n\n"
  "  laconic cite ef21 natural mushrooms\n"
  "  laconic cite reports/ef21/stepsize.ini > paper.bib\n"
  "  laconic cite r.h5\n"
  "  laconic cite laconic";

int lac_command_cite(lac_comm *comm, int argc, char **argv)
{
  struct argp argp = { NULL, parse,      /* of an empty table glibc leaks a byte */
                       "[NAME|FILE.ini|FILE.h5 ...]", doc, NULL, NULL, NULL };
  arguments a = { 0 };
  int done, status = lac_argp(comm, &argp, argc, argv, &a, &done);
  if (status == LAC_OK && !done)
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? cite(&a) : LAC_OK);
  lac_papers_free(&a.papers);
  free(a.word);
  return status;
}
