/* laconic list, laconic help: the registry and the option tables as text. */
#include "certify/certify.h"
#include "command/commands.h"
#include "run/config.h"
#include "registry/registry.h"
#include "run/schedule.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The commands as help shows them. */
#define WORDS(name, usage, summary, ranks, error_exit) { #name, usage, summary },
static const struct { const char *name, *usage, *summary; } commands[] = { LAC_COMMANDS(WORDS) };

/* What can be listed: the kinds of plug-ins, and two more. */
enum { DATASETS = LAC_KINDS, COMMANDS, LISTS };

static const char *name_of(int list) { return list == DATASETS ? "datasets" : list == COMMANDS ? "commands" : lac_plugin_kinds[list].name; }

/* ---- what a compressor's defaults give ---- */

enum { TYPICAL = 1000 };

typedef struct {
  double alpha, omega;            /* NAN: it has none */
  uint64_t bits;
  int exact;                      /* 0: bits is a bound */
} typical;

/* For one layer of TYPICAL coordinates.  0, and why, if it cannot stand alone or its options do not suit. */
static int typical_of(const char *name, typical *t, char why[160])
{
  lac_compressor c = { 0 };
  int served = lac_compressor_open(&c, "help", name) == LAC_OK;
  snprintf(why, 160, "%s", served ? "" : lac_error());
  if (served) {
    lac_site s = lac_site_of(&c, TYPICAL);
    const char *refusal = lac_refuse(&s);
    served = !refusal;
    snprintf(why, 160, "%s", refusal ? refusal : "");
    if (served) {
      t->alpha = lac_alpha(&s, &t->alpha) == LAC_OK ? t->alpha : NAN;
      t->omega = lac_omega(&s, &t->omega) == LAC_OK ? t->omega : NAN;
      t->bits = lac_bits(&s, &t->exact);
    }
  }
  lac_compressor_close(&c);
  return served;
}

static void figure(char text[24], double value)
{
  snprintf(text, 24, isnan(value) ? "-" : "%.3g", value);
}

static void list_typical(const char *name)
{
  typical t = { NAN, NAN, 0, 1 };
  char why[160], alpha[24], omega[24], bits[24] = "-";
  if (typical_of(name, &t, why))
    snprintf(bits, sizeof bits, "%s%.3g", t.exact ? "" : "<", (double)t.bits / TYPICAL);
  figure(alpha, t.alpha);
  figure(omega, t.omega);
  lac_print(stdout, "%-8s %-8s %-6s  ", alpha, omega, bits);
}

/* Of the longest name; at least 14, and 17 where figures follow. */
static int width_of(lac_plugin_kind kind, int at_length)
{
  int width = at_length && kind == LAC_COMPRESSORS ? 17 : 14;
  lac_entry e;
  for (size_t i = 0; lac_registry_entry(kind, i, &e); i++)
    width = (int)strlen(e.name) > width ? (int)strlen(e.name) : width;
  return width;
}

/* At length: with references, and the figures of compressors. */
static void list_entry(const lac_entry *e, int width, int at_length)
{
  int figures = at_length && e->kind == LAC_COMPRESSORS;
  const char *state = lac_is_certified(e->kind) ? lac_certified(e->kind, e->name) : NULL;
  int indent = lac_print(stdout, "  %-*s ", width, e->name);
  if (state)
    indent += lac_print(stdout, "%-9s  ", state);
  if (figures) {
    list_typical(e->name);
    indent += 26;
  }
  lac_print(stdout, "%s\n", e->summary);
  if (at_length && e->reference)
    lac_print(stdout, "%*s%s\n", indent, "", e->reference);
}

/* A heading for each folder of a family, or one for the kind. */
static void list_kind(lac_plugin_kind kind, int at_length)
{
  const char *family = NULL;
  int width = width_of(kind, at_length);
  lac_entry e;
  for (size_t i = 0; lac_registry_entry(kind, i, &e); i++) {
    if (e.family && (!family || strcmp(family, e.family)))
      lac_print(stdout, "%s%s/%s\n", family ? "\n" : "", lac_plugin_kinds[kind].name, e.family);
    else if (i == 0)
      lac_print(stdout, "%s\n", lac_plugin_kinds[kind].name);
    family = e.family;
    if (i == 0 && at_length && kind == LAC_COMPRESSORS)
      lac_print(stdout, "  %-*s %-8s %-8s %-6s  at the defaults and d=%d; bits a coordinate (<: at most); -: none\n", width, "", "alpha",
                "omega", "bits", TYPICAL);
    list_entry(&e, width, at_length);
  }
}

static void list_datasets(void)
{
  lac_print(stdout, "%s\n", name_of(DATASETS));
  for (const lac_manifest_entry *m = lac_manifest; m->name; m++) {
    char *path = lac_data_find(m->name, NULL);
    lac_print(stdout, "  %-18s %7zu rows  d=%-6zu %s\n", m->name, m->rows, m->d,
              path ? path : *m->package ? "not here: apt-get or datasets/fetch gets it" : "not here: datasets/fetch gets it");
    free(path);
  }
}

static void list_commands(void)
{
  lac_print(stdout, "%s\n", name_of(COMMANDS));
  for (size_t i = 0; i < LAC_COUNT(commands); i++)
    lac_print(stdout, "  %-14s %s\n", commands[i].name, commands[i].summary);
}

static void print_list(int list, int at_length)
{
  if (list == DATASETS)
    list_datasets();
  else if (list == COMMANDS)
    list_commands();
  else
    list_kind((lac_plugin_kind)list, at_length);
}

/* For programs: bare names, one a line. */
static void print_names(int list)
{
  lac_entry e;
  for (size_t i = 0; list < LAC_KINDS && lac_registry_entry((lac_plugin_kind)list, i, &e); i++)
    lac_print(stdout, "%s\n", e.name);
  for (const lac_manifest_entry *m = lac_manifest; list == DATASETS && m->name; m++)
    lac_print(stdout, "%s\n", m->name);
  for (size_t i = 0; list == COMMANDS && i < LAC_COUNT(commands); i++)
    lac_print(stdout, "%s\n", commands[i].name);
}

typedef struct { int names; const char *kind; } list_arguments;

static error_t parse_list(int key, char *value, struct argp_state *state)
{
  list_arguments *a = state->input;
  switch (key) {
  case 'n':
    a->names = 1;
    return 0;
  case ARGP_KEY_ARG:
    if (a->kind)
      return lac_fail(LAC_EUSER, "list shows one kind at a time; '%.40s' is a second one", value);
    a->kind = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option list_options[] = {
  { "names", 'n', NULL, 0, "bare names, one a line, for programs; without KIND, the kinds", 0 },
  { 0 } };

static const char list_doc[] =
  "List the plug-ins by kind (algorithms by family, the folder of their files) and the data sets, or one kind with references.\v"
  "KIND is algorithms, compressors, problems, generators, splits, datasets or commands.\n\n"
  "  laconic list\n"
  "  laconic list compressors\n"
  "  laconic list --names algorithms";

static int find_list(const char *name, int *list)
{
  for (*list = 0; *list < LISTS; ++*list)
    if (strcmp(name, name_of(*list)) == 0)
      return LAC_OK;
  return lac_fail(LAC_EUSER, "there is no list of '%.40s'; there are algorithms, compressors, problems, generators, splits, datasets, "
                             "commands", name);
}

static void print_lists(const list_arguments *a, int first, int last)
{
  for (int list = first; list < last; list++) {
    if (a->names && a->kind)
      print_names(list);
    else if (a->names)
      lac_print(stdout, "%s\n", name_of(list));
    else {
      lac_print(stdout, "%s", list > first ? "\n" : "");
      print_list(list, a->kind != NULL);
    }
  }
}

int lac_command_list(lac_comm *comm, int argc, char **argv)
{
  struct argp argp = { list_options, parse_list, "[KIND]", list_doc, NULL, NULL, NULL };
  list_arguments a = { 0 };
  int done, list = LISTS;
  LAC_TRY(lac_argp(comm, &argp, argc, argv, &a, &done));
  if (done)
    return LAC_OK;
  if (a.kind)
    LAC_TRY(find_list(a.kind, &list));
  if (lac_comm_rank(comm) == 0)
    print_lists(&a, a.kind ? list : 0, a.kind ? list + 1 : a.names ? LISTS : COMMANDS);
  return LAC_OK;
}

/* ---- help ---- */

static void print_options(const lac_option *options)
{
  for (const lac_option *o = options; o && o->name; o++) {
    char accepts[128] = "";
    if (o->choices)
      snprintf(accepts, sizeof accepts, "%s", o->choices);
    else if (o->range)
      snprintf(accepts, sizeof accepts, "%s", o->range);
    lac_print(stdout, "  %-12s %s%s%s%s  [%s]\n", o->name, *accepts ? "(" : "", accepts, *accepts ? ") " : "", o->help, o->fallback);
  }
}

/* For programs: name, default, what it takes, help; a tab between, a line each. */
static void print_options_bare(const lac_option *options)
{
  for (const lac_option *o = options; o && o->name; o++)
    lac_print(stdout, "%s\t%s\t%s\t%s\n", o->name, o->fallback, o->choices ? o->choices : o->range ? o->range : "", o->help);
}

/* Calls `call` for every plug-in of that name; how many there are. */
static size_t each_named(const char *name, int root, void call(const lac_entry *))
{
  size_t found = 0;
  lac_entry e;
  for (int kind = 0; kind < LAC_KINDS; kind++)
    for (size_t i = 0; lac_registry_entry((lac_plugin_kind)kind, i, &e); i++)
      if (strcmp(e.name, name) == 0) {
        found++;
        if (root)
          call(&e);
      }
  return found;
}

/* The nearest name of a plug-in or command; NULL: none is near. */
static const char *nearest_name(const char *word)
{
  const char *names[LAC_COUNT(commands)], *near;
  lac_entry e;
  for (size_t i = 0; i < LAC_COUNT(commands); i++)
    names[i] = commands[i].name;
  near = lac_nearest(word, names, LAC_COUNT(names));
  for (int kind = 0; kind < LAC_KINDS; kind++)
    for (size_t i = 0; lac_registry_entry((lac_plugin_kind)kind, i, &e); i++)
      near = lac_nearest(word, (const char *[]){ near ? near : e.name, e.name }, 2);
  return near;
}

static int unknown_name(const char *name)
{
  const char *near = nearest_name(name);
  return near ? lac_fail(LAC_EUSER, "nothing is called '%.40s'; did you mean %s?", name, near)
              : lac_fail(LAC_EUSER, "nothing is called '%.40s'; laconic list shows all names", name);
}

/* Those that every method with a step size takes beside its own. */
static const lac_option *more_options(const lac_entry *e) { return e->kind == LAC_ALGORITHMS ? lac_schedule_options_of(e->options) : NULL; }

static void entry_options_bare(const lac_entry *e)
{
  print_options_bare(e->options);
  print_options_bare(more_options(e));
}

static const lac_manifest_entry *data_named(const char *name)
{
  const lac_manifest_entry *m = lac_manifest;
  while (m->name && strcmp(m->name, name))
    m++;
  return m->name ? m : NULL;
}

static void help_data(const lac_manifest_entry *m)
{
  lac_print(stdout, "%s  (datasets, --dataset)\n\n%s\n%zu rows, d=%zu; %s\n", m->name, m->note, m->rows, m->d, m->source);
  if (*m->package)
    lac_print(stdout, "Debian's package %s has it, too.\n", m->package);
  lac_print(stdout, "\n--dataset=%s:KEY=VALUE,...\n", m->name);
  print_options(lac_file_options);
}

static int help_options(const char *name, int root)
{
  if (data_named(name)) {
    if (root)
      print_options_bare(lac_file_options);
    return LAC_OK;
  }
  if (strcmp(name, "run"))
    return each_named(name, root, entry_options_bare) ? LAC_OK : unknown_name(name);
  if (root) {
    print_options_bare(lac_what_options);
    print_options_bare(lac_where_options);
  }
  return LAC_OK;
}

static void print_constants(const lac_entry *e)
{
  typical t;
  char why[160];
  if (e->kind != LAC_COMPRESSORS)
    return;
  lac_print(stdout, "\nAt the defaults and d=%d: ", TYPICAL);
  if (!typical_of(e->name, &t, why)) {
    lac_print(stdout, "%s\n", why);
    return;
  }
  lac_print(stdout, isnan(t.alpha) ? "not contractive, " : "alpha=%g, ", t.alpha);
  lac_print(stdout, isnan(t.omega) ? "not unbiased, " : "omega=%g, ", t.omega);
  lac_print(stdout, "%s%llu bits\n", t.exact ? "" : "at most ", (unsigned long long)t.bits);
}

static void help_entry(const lac_entry *e)
{
  const char *option = lac_plugin_kinds[e->kind].option;
  lac_print(stdout, "%s  (%s, %s)\n\n%s.\n", e->name, lac_plugin_kinds[e->kind].name, option, e->summary);
  if (e->reference)
    lac_print(stdout, "%s\n", e->reference);
  if (e->options && e->options->name) {
    lac_print(stdout, "\n%s=%s:KEY=VALUE,...\n", option, e->name);
    print_options(e->options);
    print_options(more_options(e));
  }
  print_constants(e);
}

static void help_all(void)
{
  int width = 0;
  lac_print(stdout, "%s: communication-efficient distributed optimisation\n\n", PACKAGE_STRING);
  for (size_t i = 0; i < LAC_COUNT(commands); i++)
    width = (int)strlen(commands[i].usage) > width ? (int)strlen(commands[i].usage) : width;
  for (size_t i = 0; i < LAC_COUNT(commands); i++)
    lac_print(stdout, "  laconic %-7s %-*s  %s\n", commands[i].name, width, commands[i].usage, commands[i].summary);
  lac_print(stdout, "\nlaconic COMMAND --help shows the options of a command, laconic help NAME those\nof a plug-in.  First steps:\n\n"
            "  laconic run --algorithm=ef21 --up=topk:k=1\n"
            "  laconic list\n");
}

enum { OPTIONS = 1, RELEASE = 'V' };
typedef struct { const char *options, *name; int version; } help_arguments;

static error_t parse_help(int key, char *value, struct argp_state *state)
{
  help_arguments *a = state->input;
  switch (key) {
  case OPTIONS:
    a->options = value ? value : "run";
    return 0;
  case RELEASE:
    a->version = 1;
    return 0;
  case ARGP_KEY_ARG:
    if (a->name)
      return lac_fail(LAC_EUSER, "help explains one name at a time; '%.40s' is a second one", value);
    a->name = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option help_options_known[] = {
  { "options", OPTIONS, "NAME", OPTION_ARG_OPTIONAL,
    "the options of run or of a plug-in, for programs: name, default, what it takes, help; a tab between, a line each [run]", 0 },
  { "version", RELEASE, NULL, 0, "the version", 0 },
  { 0 } };

static const char help_doc[] = "Explain a command, a plug-in or a data set: what it does, its options and where it comes from.\v"
                               "  laconic help ef21\n"
                               "  laconic help compare\n"
                               "  laconic help --options=topk";

int lac_command_help(lac_comm *comm, int argc, char **argv)
{
  struct argp argp = { help_options_known, parse_help, "[NAME]", help_doc, NULL, NULL, NULL };
  help_arguments a = { 0 };
  int done, root = lac_comm_rank(comm) == 0;
  LAC_TRY(lac_argp(comm, &argp, argc, argv, &a, &done));
  if (done)
    return LAC_OK;
  if (a.options)
    return help_options(a.name ? a.name : a.options, root);
  const lac_manifest_entry *set = a.name ? data_named(a.name) : NULL;
  if (set && root)
    help_data(set);
  if (a.name)
    return set || each_named(a.name, root, help_entry) ? LAC_OK : unknown_name(a.name);
  if (root && a.version)
    lac_print(stdout, "%s\n", PACKAGE_STRING);
  else if (root)
    help_all();
  return LAC_OK;
}
