/* laconic list, laconic help: the registry and the option tables as text. */
#include "certify/certify.h"
#include "command/commands.h"
#include "run/config.h"
#include "registry/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = { "algorithms", "compressors", "problems", "generators", "splits", "datasets", "commands" };

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
  printf("%-8s %-8s %-6s  ", alpha, omega, bits);
}

/* At length: with references, and the figures of compressors. */
static void list_kind(const char *kind, int at_length)
{
  size_t count;
  const lac_entry *e = lac_registry(&count);
  int figures = at_length && strcmp(kind, "compressors") == 0, certified = lac_is_certified(kind);
  if (figures)
    printf("  %-17s %-8s %-8s %-6s  at the defaults and d=%d; bits a coordinate (<: at most); -: none\n", "", "alpha", "omega", "bits",
           TYPICAL);
  for (size_t i = 0; i < count; i++)
    if (strcmp(e[i].kind, kind) == 0) {
      const char *state = lac_certified(kind, e[i].name);
      int indent = printf(figures ? "  %-17s " : "  %-14s ", e[i].name);
      if (state && certified)
        indent += printf("%-9s  ", state);
      if (figures) {
        list_typical(e[i].name);
        indent += 26;
      }
      puts(e[i].summary);
      if (at_length && e[i].reference)
        printf("%*s%s\n", indent, "", e[i].reference);
    }
}

static void list_datasets(void)
{
  for (const lac_manifest_entry *m = lac_manifest; m->name; m++) {
    char *path = lac_data_find(m->name, NULL);
    printf("  %-18s %7zu rows  d=%-6zu %s\n", m->name, m->rows, m->d, path ? path : "not here: datasets/fetch gets it");
    free(path);
  }
}

/* For programs: bare names, one a line. */
static void list_names(const char *kind)
{
  size_t count;
  const lac_entry *e = lac_registry(&count);
  for (size_t i = 0; i < count; i++)
    if (strcmp(e[i].kind, kind) == 0)
      puts(e[i].name);
  for (const lac_manifest_entry *m = lac_manifest; strcmp(kind, "datasets") == 0 && m->name; m++)
    puts(m->name);
  for (const lac_command *c = lac_commands; strcmp(kind, "commands") == 0 && c->name; c++)
    puts(c->name);
}

static void list_all(const char *kind, int at_length)
{
  printf("%s\n", kind);
  if (strcmp(kind, "datasets") == 0)
    list_datasets();
  else if (strcmp(kind, "commands") == 0)
    for (const lac_command *c = lac_commands; c->name; c++)
      printf("  %-14s %s\n", c->name, c->summary);
  else
    list_kind(kind, at_length);
}

int lac_command_list(lac_comm *comm, int argc, char **argv)
{
  int names = argc > 1 && strcmp(argv[1], "--names") == 0, found = 0, root = lac_comm_rank(comm) == 0;
  const char *only = argc > 1 + names ? argv[1 + names] : NULL;
  if (only && (strcmp(only, "--help") == 0 || strcmp(only, "-h") == 0))
    return lac_command_help(comm, 2, (char *[]){ "help", "list", NULL });
  if (argc > 2 + names)
    return lac_fail(LAC_EUSER, "list shows one kind at a time; '%.40s' is a second one", argv[2 + names]);
  for (size_t i = 0; i < LAC_COUNT(kinds); i++) {
    if (only ? strcmp(only, kinds[i]) : !names && strcmp(kinds[i], "commands") == 0)
      continue;
    if (root && names && only)
      list_names(only);
    else if (root && names)
      puts(kinds[i]);
    else if (root) {
      printf("%s", found ? "\n" : "");
      list_all(kinds[i], only != NULL);
    }
    found = 1;
  }
  return found ? LAC_OK : lac_fail(LAC_EUSER, "there is no list of '%.40s'; there are algorithms, compressors, problems, generators, "
                                              "splits, datasets, commands", only);
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
    printf("  %-12s %s%s%s%s  [%s]\n", o->name, *accepts ? "(" : "", accepts, *accepts ? ") " : "", o->help, o->fallback);
  }
}

/* For programs: name, default, what it takes, help; a tab between, a line each. */
static void print_options_bare(const lac_option *options)
{
  for (const lac_option *o = options; o && o->name; o++)
    printf("%s\t%s\t%s\t%s\n", o->name, o->fallback, o->choices ? o->choices : o->range ? o->range : "", o->help);
}

static int help_options(const char *name, int root)
{
  size_t count;
  const lac_entry *e = lac_registry(&count);
  int found = strcmp(name, "run") == 0;
  if (found && root) {
    print_options_bare(lac_what_options);
    print_options_bare(lac_where_options);
  }
  for (size_t i = 0; i < count; i++)
    if (strcmp(e[i].name, name) == 0) {
      found = 1;
      if (root)
        print_options_bare(e[i].options);
    }
  return found ? LAC_OK : lac_fail(LAC_EUSER, "nothing is called '%.40s'; laconic list shows all names", name);
}

static void print_constants(const lac_entry *e)
{
  typical t;
  char why[160];
  if (strcmp(e->kind, "compressors"))
    return;
  printf("\nAt the defaults and d=%d: ", TYPICAL);
  if (!typical_of(e->name, &t, why)) {
    printf("%s\n", why);
    return;
  }
  printf(isnan(t.alpha) ? "not contractive, " : "alpha=%g, ", t.alpha);
  printf(isnan(t.omega) ? "not unbiased, " : "omega=%g, ", t.omega);
  printf("%s%llu bits\n", t.exact ? "" : "at most ", (unsigned long long)t.bits);
}

static void help_entry(const lac_entry *e)
{
  printf("%s  (%s, %s)\n\n%s.\n", e->name, e->kind, e->option, e->summary);
  if (e->reference)
    printf("%s\n", e->reference);
  if (e->options && e->options->name) {
    printf("\n%s=%s:KEY=VALUE,...\n", e->option, e->name);
    print_options(e->options);
  }
  print_constants(e);
}

static void help_all(void)
{
  int width = 0;
  printf("%s: communication-efficient distributed optimisation, measured in real bits\n\n", PACKAGE_STRING);
  for (const lac_command *c = lac_commands; c->name; c++)
    width = (int)strlen(c->usage) > width ? (int)strlen(c->usage) : width;
  for (const lac_command *c = lac_commands; c->name; c++)
    printf("  laconic %-6s %-*s  %s\n", c->name, width, c->usage, c->summary);
  printf("\nlaconic COMMAND --help shows a command's options, laconic help NAME a plug-in's.\n"
         "First steps:  laconic run --algorithm=ef21 --up=topk:k=1      laconic list\n");
}

int lac_command_help(lac_comm *comm, int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL, *names[256], *near;
  size_t count, known = 0;
  int root = lac_comm_rank(comm) == 0, found = 0;
  const lac_entry *e = lac_registry(&count);
  if (name && strcmp(name, "--options") == 0)
    return help_options(argc > 2 ? argv[2] : "run", root);
  if (!name || *name == '-') {
    if (root)
      help_all();
    return LAC_OK;
  }
  for (const lac_command *c = lac_commands; c->name; c++) {
    names[known++] = c->name;
    if (strcmp(name, c->name))
      continue;
    if (strcmp(name, "list") && strcmp(name, "help"))
      return c->call(comm, 2, (char *[]){ (char *)c->name, "--help", NULL });
    if (root)
      printf("laconic %s %s\n\n%s.\n%s\n", c->name, c->usage, c->summary,
             strcmp(name, "list") == 0 ? "--names prints bare names, for programs; without a kind, the kinds."
                                       : "--options prints the options of run or of a plug-in, for programs: name, default, what it takes, "
                                         "help; tab-separated.");
    return LAC_OK;
  }
  for (size_t i = 0; i < count; i++) {
    names[known++] = e[i].name;
    if (strcmp(name, e[i].name) == 0) {
      if (root)
        help_entry(&e[i]);
      found = 1;
    }
  }
  if (found)
    return LAC_OK;
  near = lac_nearest(name, names, known);
  return near ? lac_fail(LAC_EUSER, "nothing is called '%.40s'; did you mean %s?", name, near)
              : lac_fail(LAC_EUSER, "nothing is called '%.40s'; laconic list shows all names", name);
}
