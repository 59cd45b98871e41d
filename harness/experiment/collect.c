#include "experiment/collect.h"

#include "experiment/bundle.h"
#include "experiment/plan.h"
#include "experiment/tabled.h"
#include "network/columns.h"
#include "options.h"
#include "store/journal.h"
#include "store/table.h"
#include "utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- names ---- */

size_t lac_short_length(const char *value) { return strcspn(value, ":"); }

const char *lac_member_key(const lac_member *m, const char *key)
{
  if (strcmp(key, "label") == 0)
    return m->run->label;
  if (strcmp(key, "variant") == 0)
    return m->variant;
  if (strcmp(key, "best") == 0)
    return m->best == LAC_BEST_FREE ? NULL : m->best == LAC_BEST_YES ? "yes" : "no";
  if (strcmp(key, "factor") == 0)
    return *m->factor ? m->factor : NULL;
  return lac_result_attribute(&m->result, key);
}

int lac_member_is(const lac_member *m, const char *key, const char *value, size_t length)
{
  const char *own = lac_member_key(m, key);
  return own && strncmp(own, value, length) == 0 && (own[length] == 0 || own[length] == ',' || lac_short_length(own) == length);
}

static int ends_with(const char *text, const char *end)
{
  size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

/* "theory-qm*8" -> "8", "theory" -> "1"; the first rule that there is. */
static void find_factor(lac_member *m)
{
  for (size_t i = 0; i < m->result.attributes; i++)
    if (ends_with(m->result.attribute[i].key, ".rule")) {
      const char *star = strchr(m->result.attribute[i].value, '*');
      m->factor = star ? star + 1 : "1";
      return;
    }
}

/* An attribute that the user chose, and not one that follows from others (a step size by its number, L, digests, ...). */
static int is_choice(const lac_member *m, const char *key)
{
  static const char *const plain[] = { "test-dataset", "split", "clients", "rounds", "eval", "evaluate", "x0", "stop", "seed", "optimum" };
  static const char *const others[] = { "dataset.", "test-dataset.", "timing.", "environment." };
  size_t n = strlen(key);
  for (size_t i = 0; i < m->result.attributes; i++) {
    const char *other = m->result.attribute[i].key;
    if (strncmp(other, key, n) == 0 && strcmp(other + n, ".rule") == 0)
      return 0;
  }
  for (size_t i = 0; i < LAC_COUNT(plain); i++)
    if (strcmp(key, plain[i]) == 0)
      return 1;
  for (size_t i = 0; i < LAC_COUNT(others); i++)
    if (strncmp(key, others[i], strlen(others[i])) == 0)
      return 0;
  return strchr(key, '.') != NULL;
}

static int same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

/* Keys whose value is a plug-in with its options, or a composition, "topk:k=1%+natural"; written: where the run's own words are. */
static const struct { const char *key; size_t written; } specs[] = {
  { "problem", offsetof(lac_config, problem) }, { "algorithm", offsetof(lac_config, algorithm) }, { "up", offsetof(lac_config, up) },
  { "up2", offsetof(lac_config, up2) }, { "down", offsetof(lac_config, down) } };

static int is_spec(const char *key)
{
  for (size_t i = 0; i < LAC_COUNT(specs); i++)
    if (strcmp(key, specs[i].key) == 0)
      return 1;
  return 0;
}

/* The name of the next plug-in of a spec, *length long, and the place behind it; NULL: there is none. */
static const char *next_name(const char *spec, const char **name, size_t *length)
{
  *name = spec + (*spec == '+');
  *length = lac_spec_name(*name);
  for (spec = *name + *length; *spec && !(*spec == '+' && lac_spec_name(spec + 1)); spec++)
    ;
  return *length ? spec : NULL;
}

static int same_names(const char *a, const char *b)
{
  const char *of_a, *of_b;
  size_t n, m;
  if (!a || !b)
    return a == b;
  do {
    a = next_name(a, &of_a, &n);
    b = next_name(b, &of_b, &m);
    if (n != m || strncmp(of_a, of_b, n) != 0)
      return 0;
  } while (a && b);
  return 1;
}

/* Whether "topk.k" is an option of a plug-in of "topk:k=1%+natural". */
static int is_option_of(const char *key, const char *spec)
{
  const char *name;
  size_t n;
  while (spec && (spec = next_name(spec, &name, &n)))
    if (strncmp(key, name, n) == 0 && key[n] == '.')
      return 1;
  return 0;
}

static const lac_member *find_sibling(const lac_collection *c, const lac_member *m)
{
  for (const lac_member *s = c->member; s < m; s++)
    if (s->present && strcmp(s->run->label, m->run->label) == 0 &&
        same_text(lac_member_key(s, "dataset"), lac_member_key(m, "dataset")))
      return s;
  return m;
}

/* What is known of the section at hand: all its runs ask the same. */
typedef struct {
  const char *label;
  struct { const char *key; int differs; } *answer;
  size_t count, cap;
} section;

/* Do runs of this section differ in `key`, on equal data sets?  In a plug-in: in its name. */
static int compare_runs(const lac_collection *c, const char *label, const char *key)
{
  int (*same)(const char *, const char *) = is_spec(key) ? same_names : same_text;
  for (const lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->present && m->sibling != m && strcmp(m->run->label, label) == 0 &&
        !same(lac_result_attribute(&m->sibling->result, key), lac_result_attribute(&m->result, key)))
      return 1;
  return 0;
}

static int look_up(const lac_collection *c, section *s, const char *label, const char *key, int *differs)
{
  if (!s->label || strcmp(s->label, label) != 0)
    s->count = 0;
  s->label = label;
  size_t i = 0;
  while (i < s->count && strcmp(s->answer[i].key, key) != 0)
    i++;
  if (i == s->count) {
    LAC_TRY(lac_grow(&s->answer, &s->cap, i + 1, sizeof *s->answer));
    s->answer[s->count].key = key;
    s->answer[s->count++].differs = compare_runs(c, label, key);
  }
  *differs = s->answer[i].differs;
  return LAC_OK;
}

/* The title of a panel says it, or one curve is drawn over all its values. */
static int is_said(const lac_collection *c, const char *key)
{
  return lac_experiment_lists(&c->experiment, "figure", "panels", key) || lac_experiment_lists(&c->experiment, "figure", "over", key);
}

static char *append(char *text, const char *key, const char *value)
{
  const char *comma = text && *text ? ", " : "", *dot = strrchr(key, '.');
  char *longer = !text                    ? NULL
                 : is_spec(key)           ? lac_asprintf("%s%s%s", text, comma, value)
                 : ends_with(key, ".rule") ? lac_asprintf("%s%s\u00d7%s", text, comma, strchr(value, '*') ? strchr(value, '*') + 1 : "1")
                                           : lac_asprintf("%s%s%s=%s", text, comma, dot ? dot + 1 : key, value);
  free(text);
  return longer;
}

/* Where runs take different plug-ins, these as they were written; *said: such a key is among them, and its options need not be named. */
static int name_specs(const lac_collection *c, section *known, lac_member *m, int said[LAC_COUNT(specs)])
{
  for (size_t i = 0; i < LAC_COUNT(specs); i++) {
    const char *key = specs[i].key;
    said[i] = !is_said(c, key);
    LAC_TRY(said[i] ? look_up(c, known, m->run->label, key, &said[i]) : LAC_OK);
    if (said[i] && !(m->variant = append(m->variant, key, *(char *const *)((const char *)&m->run->config + specs[i].written))))
      return LAC_ENOMEM;
  }
  return LAC_OK;
}

static int name_member(const lac_collection *c, section *known, lac_member *m)
{
  int said[LAC_COUNT(specs)];
  if (!(m->variant = lac_strdup("")))
    return LAC_ENOMEM;
  LAC_TRY(name_specs(c, known, m, said));
  for (size_t i = 0; i < m->result.attributes; i++) {
    const lac_attribute *a = &m->result.attribute[i];
    int differs = is_choice(m, a->key) && !is_said(c, a->key);
    for (size_t k = 0; differs && k < LAC_COUNT(specs); k++)
      differs = !said[k] || !is_option_of(a->key, lac_result_attribute(&m->result, specs[k].key));
    LAC_TRY(differs ? look_up(c, known, m->run->label, a->key, &differs) : LAC_OK);
    if (differs && !(m->variant = append(m->variant, a->key, a->value)))
      return LAC_ENOMEM;
  }
  return LAC_OK;
}

int lac_collection_end(lac_collection *c)
{
  section known = { 0 };
  int status = LAC_OK;
  for (lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->present)
      find_factor(m);
  for (lac_member *m = c->member; m < c->member + c->count; m++)
    m->sibling = find_sibling(c, m);
  for (lac_member *m = c->member; status == LAC_OK && m < c->member + c->count; m++)
    status = m->present ? lac_seconds_attach(&m->result, c->experiment.networks) : LAC_OK;
  for (lac_member *m = c->member; status == LAC_OK && m < c->member + c->count; m++)
    if (m->present)
      status = name_member(c, &known, m);
  free(known.answer);
  return status;
}

/* ---- results ---- */

/* Do panels or series go by what a run took, or where it was made, or may seconds on a network be made of what was measured? */
static int names_machine(const lac_experiment *e)
{
  static const char *const keys[] = { "panels", "series" };
  for (size_t i = 0; i < LAC_COUNT(keys); i++) {
    const char *value = lac_experiment_setting(e, "figure", keys[i]);
    if (value && (strstr(value, "timing.") || strstr(value, "environment.")))
      return 1;
  }
  for (const lac_ini_entry *s = e->setting; s < e->setting + e->settings; s++)
    if (s->key && (strstr(s->value, "seconds(") || strstr(s->value, "time_to(")))
      return 1;
  return 0;
}

/* Is a process writing the journal of this result?  -1: there is no journal. */
static int is_written(const char *path)
{
  char *journal = lac_asprintf("%s.journal", path);
  int fd = journal ? open(journal, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1, yes = fd < 0 ? -1 : !lac_journal_idle(fd);
  if (fd >= 0)
    close(fd);
  free(journal);
  return yes;
}

/* A result that has no rows yet is none. */
static int open_what_there_is(const lac_collection *c, lac_member *m, const char *path)
{
  int written = is_written(path);
  m->state = written > 0 ? LAC_RUN_RUNNING : written == 0 ? LAC_RUN_STOPPED : LAC_RUN_ABSENT;
  if (written < 0 && access(path, F_OK))
    return LAC_OK;
  if (lac_result_open_parts(&m->result, path, c->parts) != LAC_OK) {
    if (access(path, F_OK))      /* a journal without rows */
      return LAC_OK;
    m->state = LAC_RUN_REFUSED;
    return (m->why = lac_strdup(lac_error())) ? LAC_OK : LAC_ENOMEM;
  }
  const char *complete = lac_result_attribute(&m->result, "complete");
  int ended = complete && strcmp(complete, "1") == 0;
  m->state = ended ? LAC_RUN_ENDED : written > 0 ? LAC_RUN_RUNNING : LAC_RUN_STOPPED;
  m->present = ended || m->result.rows > 0;
  if (!m->present)
    lac_result_close(&m->result);
  return LAC_OK;
}

static int open_member(const lac_collection *c, lac_member *m, const char *path)
{
  const lac_config *k = &m->run->config;
  const char *slash = strrchr(path, '/'), *complete;
  if (!(m->file = lac_strdup(slash ? slash + 1 : path)))
    return LAC_ENOMEM;
  lac_printable(m->file);
  if (c->any)
    return open_what_there_is(c, m, path);
  if (access(path, F_OK))
    return lac_fail(LAC_EUSER, "%s: there is no result of [run %s] with %s%s%s (%s); run it first: laconic run %s", c->experiment.path,
                    m->run->label, k->algorithm, *k->dataset ? " on " : "", k->dataset, path, c->experiment.path);
  LAC_TRY(lac_result_open_parts(&m->result, path, c->parts));
  m->present = 1;
  complete = lac_result_attribute(&m->result, "complete");
  if (!complete || strcmp(complete, "1"))
    return lac_fail(LAC_EUSER, "%s: the result of [run %s] with %s%s%s (%s) is not complete; finish it first: laconic run %s",
                    c->experiment.path, m->run->label, k->algorithm, *k->dataset ? " on " : "", k->dataset, path, c->experiment.path);
  return LAC_OK;
}

static int open_planned(lac_collection *c, const lac_sweep_plan *plan)
{
  for (size_t i = 0; i < c->count; i++) {
    const lac_planned *run = &plan->run[i];
    lac_member *m = &c->member[i];
    if (run->status != LAC_OK) {
      m->state = run->status == LAC_ENODATA ? LAC_RUN_NO_DATA : LAC_RUN_REFUSED;
      if (c->any && !(m->why = lac_strdup(run->why ? run->why : "")))
        return LAC_ENOMEM;
    }
    if (run->status != LAC_OK && (c->any || (run->status == LAC_ENODATA && c->experiment.skip_missing)))
      continue;
    if (run->status != LAC_OK)
      return lac_fail(run->status, "%s, [run %s]: %s", c->experiment.path, c->experiment.run[i].label, run->why);
    LAC_TRY(open_member(c, &c->member[i], run->path));
  }
  return lac_collection_end(c);
}

static int open_members(lac_collection *c)
{
  lac_sweep_plan plan;
  lac_keep keep = { 0 };
  int status = lac_sweep_plan_make(&plan, &c->experiment, &keep);
  if (status == LAC_OK)
    status = open_planned(c, &plan);
  lac_sweep_plan_free(&plan);
  lac_keep_clear(&keep);
  return status;
}

int lac_collection_begin(lac_collection *c)
{
  c->count = c->experiment.runs;
  c->member = lac_alloc(c->count * sizeof *c->member);
  for (size_t i = 0; c->member && i < c->count; i++)
    c->member[i] = (lac_member){ .run = &c->experiment.run[i], .factor = "" };
  return c->member ? LAC_OK : LAC_ENOMEM;
}

static int collect_bundle(lac_comm *comm, const char *file, const char *const *settings, lac_collection *c)
{
  int status = lac_comm_agree(comm, lac_bundle_collect(file, settings, c));
  if (status != LAC_OK)
    lac_collection_free(c);
  return status;
}

static int collect(lac_comm *comm, const char *file, const char *const *settings, int every_key, int any, lac_collection *c)
{
  *c = (lac_collection){ .any = any };
  if (!file)
    return lac_fail(LAC_EUSER, "which experiment? Give its file: FILE.ini");
  if (lac_bundle_is(file))
    return collect_bundle(comm, file, settings, c);
  LAC_TRY(lac_comm_agree(comm, lac_experiment_load(&c->experiment, file, settings)));
  if (lac_table_setting(&c->experiment)) {
    int status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? lac_table_collect(c, settings) : LAC_OK);
    if (status != LAC_OK)
      lac_collection_free(c);
    return status;
  }
  c->parts = every_key || names_machine(&c->experiment) ? LAC_RESULT_MACHINE : 0;
  int status = lac_comm_agree(comm, lac_collection_begin(c));
  if (status == LAC_OK)
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? open_members(c) : LAC_OK);
  if (status != LAC_OK)
    lac_collection_free(c);
  return status;
}

int lac_collect(lac_comm *comm, const char *file, const char *const *settings, int every_key, lac_collection *c)
{
  return collect(comm, file, settings, every_key, 0, c);
}

int lac_collect_any(lac_comm *comm, const char *file, const char *const *settings, lac_collection *c)
{
  return collect(comm, file, settings, 1, 1, c);
}

/* ---- a folder of results ---- */

typedef struct { char **path; size_t count, cap; } paths;

/* Measurements of laconic bench that lie in a folder of results are no runs. */
static int add_path(void *self, const char *path)
{
  paths *p = self;
  lac_table t;
  int is_table = 0;
  if (lac_table_open(&t, path, &is_table) == LAC_OK && is_table) {
    lac_table_close(&t);
    return LAC_OK;
  }
  LAC_TRY(lac_grow(&p->path, &p->cap, p->count + 1, sizeof *p->path));
  return (p->path[p->count++] = lac_strdup(path)) ? LAC_OK : LAC_ENOMEM;
}

/* "ef21, topk": what the options are tells the variant. */
static char *label_of(const lac_result *r)
{
  const char *algorithm = lac_result_attribute(r, "environment.given.algorithm"), *up = lac_result_attribute(r, "environment.given.up");
  algorithm = algorithm ? algorithm : "?";
  up = up ? up : "?";
  return lac_asprintf("%.*s, %.*s", (int)lac_short_length(algorithm), algorithm, (int)lac_short_length(up), up);
}

/* What the user said when the result was made. */
static int set_given(lac_config *config, const lac_result *r)
{
  LAC_TRY(lac_config_init(config));
  for (const lac_option *o = lac_what_options; o->name; o++) {
    char key[64];
    snprintf(key, sizeof key, "environment.given.%s", o->name);
    const char *given = lac_result_attribute(r, key);
    if (given && *given)
      LAC_TRY(lac_config_set(config, o->name, given));
  }
  return LAC_OK;
}

static int open_found(lac_collection *c, size_t i, const char *path)
{
  lac_member *m = &c->member[i];
  lac_experiment_run *run = &c->experiment.run[i];
  m->run = run;
  m->factor = "";
  run->section = "";
  LAC_TRY(open_member(c, m, path));
  if (m->present)      /* one of another version may have options that are not known */
    (void)set_given(&run->config, &m->result);
  return (run->label = m->present ? label_of(&m->result) : lac_strdup(m->file)) ? LAC_OK : LAC_ENOMEM;
}

static int differ_in(const lac_collection *c, const char *key)
{
  const char *first = NULL, *value;
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    value = m->present ? lac_result_attribute(&m->result, key) : NULL;
    if (first && value && strcmp(first, value))
      return 1;
    first = first ? first : value;
  }
  return 0;
}

static int set_panels(lac_collection *c)
{
  static const char by_both[] = "[figure]\npanels = problem, dataset\n";
  lac_ini file = { 0 };
  if (!differ_in(c, "problem"))
    return LAC_OK;
  int status = lac_ini_parse(&file, c->experiment.path, by_both, strlen(by_both));
  c->experiment.setting = file.entry;
  c->experiment.settings = file.count;
  c->experiment.setting_cap = file.cap;
  return status;
}

static int open_folder(lac_collection *c, const char *folder, const paths *p)
{
  size_t n = strlen(folder);
  while (n > 1 && folder[n - 1] == '/')
    n--;
  const char *slash = memrchr(folder, '/', n), *name = slash && n > 1 ? slash + 1 : folder;
  c->experiment.path = lac_asprintf("%.*s", (int)n, folder);
  c->experiment.name = lac_asprintf("%.*s", (int)(folder + n - name), name);
  c->member = lac_alloc((p->count + 1) * sizeof *c->member);
  c->experiment.run = lac_alloc((p->count + 1) * sizeof *c->experiment.run);
  if (!c->experiment.path || !c->experiment.name || !c->member || !c->experiment.run)
    return LAC_ENOMEM;
  c->count = c->experiment.runs = p->count;
  for (size_t i = 0; i < p->count; i++)
    LAC_TRY(open_found(c, i, p->path[i]));
  LAC_TRY(set_panels(c));
  return lac_collection_end(c);
}

int lac_collect_folder(const char *folder, lac_collection *c)
{
  paths p = { 0 };
  *c = (lac_collection){ .any = 1, .parts = LAC_RESULT_MACHINE };
  int status = lac_result_files(folder, add_path, &p);
  if (status == LAC_OK)
    status = open_folder(c, folder, &p);
  for (size_t i = 0; i < p.count; i++)
    free(p.path[i]);
  free(p.path);
  if (status != LAC_OK)
    lac_collection_free(c);
  return status;
}

void lac_collection_free(lac_collection *c)
{
  for (lac_member *m = c->member; m && m < c->member + c->count; m++) {
    if (m->present)
      lac_result_close(&m->result);
    free(m->variant);
    free(m->file);
    free(m->why);
  }
  free(c->member);
  for (size_t i = 0; i < c->choices; i++)
    free(c->choice[i].ties);
  free(c->choice);
  lac_experiment_free(&c->experiment);
  lac_archive_free(&c->archive);
  *c = (lac_collection){ 0 };
}
