#include "experiment/candidates.h"

#include "utf8.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const lac_config *first_config(const lac_candidates *c, size_t candidate) { return &c->e->run[c->at[candidate].run[0]].config; }

static const lac_experiment_run *first_run(const lac_candidates *c, size_t candidate) { return &c->e->run[c->at[candidate].run[0]]; }

/* ---- points of the grids ---- */

/* Of a section and its options, but those in which runs of one candidate differ. */
static int hash_point(const lac_experiment *e, const lac_experiment_run *run, uint64_t *hash)
{
  *hash = XXH3_64bits(run->section, strlen(run->section));
  for (const lac_option *o = lac_what_options; o->name; o++) {
    if (lac_experiment_repeats(e, o->name))
      continue;
    char *text = lac_option_text(o, &run->config);
    if (!text)
      return LAC_ENOMEM;
    *hash = XXH3_64bits_withSeed(text, strlen(text) + 1, *hash);
    free(text);
  }
  return LAC_OK;
}

static int add_run(lac_candidates *c, size_t run)
{
  uint64_t key;
  size_t k = 0;
  LAC_TRY(hash_point(c->e, &c->e->run[run], &key));
  while (k < c->count && c->key[k] != key)
    k++;
  if (k == c->count) {
    LAC_TRY(lac_grow(&c->at, &c->cap, k + 1, sizeof *c->at));
    LAC_TRY(lac_grow(&c->key, &c->key_cap, k + 1, sizeof *c->key));
    c->key[c->count] = key;
    c->at[c->count++] = (lac_candidate){ 0 };
  }
  lac_candidate *at = &c->at[k];
  LAC_TRY(lac_grow(&at->run, &at->cap, at->runs + 1, sizeof *at->run));
  at->run[at->runs++] = run;
  return LAC_OK;
}

/* The seconds of different tasks say nothing of which is faster. */
static int check_task(const lac_candidates *c, size_t a, size_t b)
{
  static const char *const task[] = { "problem", "dataset", "test-dataset", "clients", "split", "weights" };
  for (const lac_option *o = lac_what_options; o->name; o++) {
    size_t k = 0;
    while (k < LAC_COUNT(task) && strcmp(o->name, task[k]))
      k++;
    if (k == LAC_COUNT(task))
      continue;
    char *x = lac_option_text(o, &c->e->run[a].config), *y = lac_option_text(o, &c->e->run[b].config);
    int status = !x || !y ? LAC_ENOMEM : strcmp(x, y) == 0 ? LAC_OK :
                 lac_fail(LAC_EUSER, "%s: its runs differ in %s ('%.60s' and '%.60s'), and candidates solve one task; give one with --%s",
                          c->e->path, o->name, x, y, o->name);
    free(x);
    free(y);
    LAC_TRY(status);
  }
  return LAC_OK;
}

static int can_some_run(const lac_candidates *c)
{
  for (size_t i = 0; i < c->e->runs; i++)
    if (c->plan.run[i].status == LAC_OK)
      return 1;
  return 0;
}

/* A run that is the same as one before is of the candidate of that one. */
static int gather_runs(lac_candidates *c)
{
  const char *last = "";
  size_t first = SIZE_MAX;
  if (!can_some_run(c))
    return lac_fail(c->plan.run[0].status, "%s, [run %s]: %s", c->e->path, c->e->run[0].label, c->plan.run[0].why);
  for (size_t i = 0; i < c->e->runs; i++) {
    const lac_planned *run = &c->plan.run[i];
    if (run->status != LAC_OK) {
      c->left_out++;
      if (strcmp(run->why, last))
        lac_print(stderr, "laconic: %s, [run %s]: %s\n", c->e->path, c->e->run[i].label, run->why);
      last = run->why;
    } else if (run->first == i) {
      first = first == SIZE_MAX ? i : first;
      LAC_TRY(check_task(c, first, i));
      LAC_TRY(add_run(c, i));
    }
  }
  return c->count > 1 ? LAC_OK :
         lac_fail(LAC_EUSER, "%s has one candidate alone; write more [run LABEL] sections or a grid, such as gamma=theory*{1,2,4,8}",
                  c->e->path);
}

/* ---- names ---- */

/* Does a candidate of this label differ in the option from the first of the label? */
static int varies(const lac_candidates *c, const char *label, const lac_option *o)
{
  char *first = NULL;
  int differs = 0;
  for (size_t k = 0; k < c->count && !differs; k++) {
    if (strcmp(first_run(c, k)->label, label))
      continue;
    char *text = lac_option_text(o, first_config(c, k));
    differs = first && text && strcmp(first, text);
    if (first)
      free(text);
    else
      first = text;
  }
  free(first);
  return differs;
}

static int append_option(char **name, const lac_option *o, const lac_config *config)
{
  char *text = lac_option_text(o, config), *longer = NULL;
  if (text)
    longer = strcmp(o->name, "algorithm") ? lac_asprintf("%s, %s=%s", *name, o->name, text) : lac_asprintf("%s, %s", *name, text);
  free(text);
  free(*name);
  *name = longer;
  return longer ? LAC_OK : LAC_ENOMEM;
}

/* For all candidates of this label that have no name yet. */
static int name_label(lac_candidates *c, const char *label)
{
  for (size_t k = 0; k < c->count; k++)
    if (!c->at[k].name && strcmp(first_run(c, k)->label, label) == 0 && !(c->at[k].name = lac_strdup(label)))
      return LAC_ENOMEM;
  for (const lac_option *o = lac_what_options; o->name; o++) {
    if (lac_experiment_repeats(c->e, o->name) || !varies(c, label, o))
      continue;
    for (size_t k = 0; k < c->count; k++)
      if (strcmp(first_run(c, k)->label, label) == 0)
        LAC_TRY(append_option(&c->at[k].name, o, first_config(c, k)));
  }
  return LAC_OK;
}

int lac_candidates_open(lac_candidates *c, const lac_experiment *e)
{
  *c = (lac_candidates){ .e = e };
  LAC_TRY(lac_sweep_plan_make(&c->plan, e, &c->keep));
  LAC_TRY(gather_runs(c));
  for (size_t k = 0; k < c->count; k++)
    if (!c->at[k].name)
      LAC_TRY(name_label(c, first_run(c, k)->label));
  return LAC_OK;
}

void lac_candidates_free(lac_candidates *c)
{
  for (size_t k = 0; k < c->count; k++) {
    free(c->at[k].name);
    free(c->at[k].run);
  }
  free(c->at);
  free(c->key);
  lac_sweep_plan_free(&c->plan);
  lac_keep_clear(&c->keep);
  *c = (lac_candidates){ 0 };
}

/* ---- the edge of a grid ---- */

enum { NUMBERS_MOST = 32 };
/* A text as what its numbers leave and the numbers: "ef21:gamma=theory*4" is "ef21:gamma=theory*#" and 4. */
typedef struct { char *rest; double number[NUMBERS_MOST]; const char *at[NUMBERS_MOST]; size_t length[NUMBERS_MOST], numbers; } split_text;

/* A factor of 1 that is not written is there, too: "theory" is "theory*1".  Caller frees; NULL: no memory. */
static char *with_factors(const char *text)
{
  static const char rule[] = "=theory";
  char *all = lac_strdup("");
  for (const char *at = text, *next; all && *at; at = next) {
    const char *found = strstr(at, rule), *end = found ? found + sizeof rule - 1 : at + strlen(at);
    while (found && (islower((unsigned char)*end) || *end == '-'))
      end++;
    char *longer = lac_asprintf("%s%.*s%s", all, (int)(end - at), at, found && *end != '*' ? "*1" : "");
    free(all);
    all = longer;
    next = end;
  }
  return all;
}

static int is_of_word(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '/'; }

/* A number does not begin inside of a word. */
static int split_numbers(const char *text, split_text *s)
{
  *s = (split_text){ .rest = lac_alloc(strlen(text) + 1) };
  if (!s->rest)
    return LAC_ENOMEM;
  char *to = s->rest, *end;
  while (*text) {
    if (s->numbers == NUMBERS_MOST || !isdigit((unsigned char)*text)) {
      do
        *to++ = *text++;
      while (*text && is_of_word(text[-1]));
      continue;
    }
    s->at[s->numbers] = text;
    s->number[s->numbers] = strtod(text, &end);
    s->length[s->numbers++] = (size_t)(end - text);
    text = end;
    *to++ = '#';
  }
  *to = 0;
  return LAC_OK;
}

/* The value of an option, with all factors.  Caller frees; NULL: no memory. */
static char *text_of(const lac_candidates *c, size_t candidate, const lac_option *o)
{
  char *text = lac_option_text(o, first_config(c, candidate)), *all = text ? with_factors(text) : NULL;
  free(text);
  return all;
}

/* What candidates of the section have in place of one number of the winner's text, where the rest is the same. */
typedef struct { double least, most; size_t others; } range;

static void widen(range *r, double own, double number)
{
  r->others += number != own && number != r->least && number != r->most;
  r->least = number < r->least ? number : r->least;
  r->most = number > r->most ? number : r->most;
}

static int find_ranges(const lac_candidates *c, size_t candidate, const lac_option *o, const split_text *own, range *r)
{
  for (size_t i = 0; i < own->numbers; i++)
    r[i] = (range){ own->number[i], own->number[i], 0 };
  for (size_t k = 0; k < c->count; k++) {
    split_text s;
    if (strcmp(first_run(c, k)->section, first_run(c, candidate)->section))
      continue;
    char *text = text_of(c, k, o);
    int status = text ? split_numbers(text, &s) : LAC_ENOMEM;
    if (status == LAC_OK) {
      for (size_t i = 0; s.numbers == own->numbers && strcmp(s.rest, own->rest) == 0 && i < s.numbers; i++)
        widen(&r[i], own->number[i], s.number[i]);
      free(s.rest);
    }
    free(text);
    LAC_TRY(status);
  }
  return LAC_OK;
}

static int edge_of(const lac_candidates *c, size_t candidate, const lac_option *o, const char *text, char **words)
{
  split_text own;
  range r[NUMBERS_MOST];
  LAC_TRY(split_numbers(text, &own));
  int status = find_ranges(c, candidate, o, &own, r);
  for (size_t i = 0; status == LAC_OK && i < own.numbers; i++) {
    int is_least = own.number[i] == r[i].least;
    if (r[i].others < 2 || (!is_least && own.number[i] != r[i].most))
      continue;
    char *longer = lac_asprintf("%s%s%.*s in %s = %s is the %s that was tried", *words ? *words : "", *words ? "; " : "",
                                (int)own.length[i], own.at[i], o->name, text, is_least ? "smallest" : "largest");
    free(*words);
    status = (*words = longer) ? LAC_OK : LAC_ENOMEM;
  }
  free(own.rest);
  return status;
}

int lac_candidate_edge(const lac_candidates *c, size_t candidate, char **words)
{
  *words = NULL;
  for (const lac_option *o = lac_what_options; o->name; o++) {
    if (lac_experiment_repeats(c->e, o->name))
      continue;
    char *text = text_of(c, candidate, o);
    int status = text ? edge_of(c, candidate, o, text, words) : LAC_ENOMEM;
    free(text);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* ---- as an experiment file ---- */

/* A comma inside a grid does not separate when it has a \ before it. */
static void print_escaped(FILE *to, const char *text)
{
  for (; *text; text++)
    fprintf(to, *text == ',' ? "\\%c" : "%c", *text);
}

static int is_among(char **text, size_t count, const char *one)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(text[i], one) == 0)
      return 1;
  return 0;
}

/* The values that the runs of a candidate have, each once: one, or a grid. */
static int print_values(const lac_candidate *at, const lac_experiment *e, const lac_option *o, const char *usual, FILE *to)
{
  char **value = lac_alloc(at->runs * sizeof *value);
  size_t count = 0;
  int status = value ? LAC_OK : LAC_ENOMEM;
  for (size_t i = 0; status == LAC_OK && i < at->runs; i++) {
    char *text = lac_option_text(o, &e->run[at->run[i]].config);
    status = text ? LAC_OK : LAC_ENOMEM;
    if (text && !is_among(value, count, text))
      value[count++] = text;
    else
      free(text);
  }
  if (status == LAC_OK && count > 1) {
    fprintf(to, "%s = {", o->name);
    for (size_t i = 0; i < count; i++) {
      print_escaped(to, value[i]);
      fputc(i + 1 < count ? ',' : '}', to);
    }
    fputc('\n', to);
  } else if (status == LAC_OK && strcmp(value[0], usual))
    fprintf(to, "%s = %s\n", o->name, value[0]);
  for (size_t i = 0; i < count; i++)
    free(value[i]);
  free(value);
  return status;
}

/* What is computed, and where its data and results lie. */
static int print_options(const lac_candidates *c, size_t candidate, int is_where, const lac_config *usual, FILE *to)
{
  for (const lac_option *o = is_where ? lac_where_options : lac_what_options; o->name; o++) {
    if (is_where && strcmp(o->name, "results") && strcmp(o->name, "data-dir"))
      continue;
    char *text = lac_option_text(o, usual);
    int status = text ? print_values(&c->at[candidate], c->e, o, text, to) : LAC_ENOMEM;
    free(text);
    LAC_TRY(status);
  }
  return LAC_OK;
}

int lac_candidate_print(const lac_candidates *c, size_t candidate, const char *section, FILE *to)
{
  lac_config usual;
  const char *label = first_run(c, candidate)->label;
  LAC_TRY(lac_config_init(&usual));
  fprintf(to, "[run %s]\n", section);
  if (strcmp(section, label))
    fprintf(to, "label = %s\n", label);
  int status = print_options(c, candidate, 0, &usual, to);
  if (status == LAC_OK)
    status = print_options(c, candidate, 1, &usual, to);
  lac_config_clear(&usual);
  return status;
}

static int has_digests(const lac_candidates *c, const size_t *candidate, size_t count, const lac_sweep_plan *plan)
{
  size_t next = 0;
  for (size_t k = 0; k < count; k++) {
    const lac_candidate *at = &c->at[candidate[k]];
    for (size_t i = 0, found; i < at->runs; i++) {
      for (found = next; found < plan->count && strcmp(plan->run[found].digest, c->plan.run[at->run[i]].digest); found++)
        ;
      if (found >= plan->count || found >= next + at->runs)
        return 0;
    }
    next += at->runs;
  }
  return next == plan->count;
}

int lac_candidates_check(const lac_candidates *c, const size_t *candidate, size_t count, const char *bytes, size_t size)
{
  lac_experiment e;
  lac_sweep_plan plan;
  lac_keep keep = { 0 };
  LAC_TRY(lac_experiment_parse(&e, "the winner's file", bytes, size, NULL));
  int status = lac_sweep_plan_make(&plan, &e, &keep);
  if (status == LAC_OK && !has_digests(c, candidate, count, &plan))
    status = lac_fail(LAC_EUSER, "the winner's options have a value that no experiment file can hold; rename files with ; { } or \\ in "
                      "their names");
  lac_sweep_plan_free(&plan);
  lac_keep_clear(&keep);
  lac_experiment_free(&e);
  return status;
}
