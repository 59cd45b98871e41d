/* The tables of a section. */
#include "report/report.h"

#include "experiment/tabled.h"
#include "figures/summary.h"
#include "figures/verdict.h"
#include "file.h"
#include "report/html.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a table ---- */

static void open_table(FILE *to, const char *id, const char *what, const char *caption)
{
  lac_html(to, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s-%s-caption\">\n"
               "<table id=\"%s-%s\">\n<caption id=\"%s-%s-caption\">%s</caption>\n<thead><tr>", id, what, id, what, id, what, caption);
}

static void close_table(FILE *to) { fputs("</tbody>\n</table>\n</div>\n", to); }

static void put_heads(FILE *to, const char *const *heads, size_t count)
{
  for (size_t i = 0; i < count; i++)
    lac_html(to, "<th scope=\"col\">%s</th>", heads[i]);
  fputs("</tr></thead>\n<tbody>\n", to);
}

/* The number that a cell is sorted by stands with it. */
static void put_number(FILE *to, const char *format, double value)
{
  char text[64];
  snprintf(text, sizeof text, isnan(value) ? "-" : isinf(value) ? value > 0 ? "infinity" : "-infinity" : format, value);
  if (isnan(value))
    lac_html(to, "<td class=\"n\">%s</td>", text);
  else
    fprintf(to, "<td class=\"n\" data-v=\"%.17g\">%s</td>", value, text);
}

static void put_cell(FILE *to, const lac_sheet_column *c, size_t row, int is_first)
{
  const lac_sheet_cell *cell = &c->cell[row];
  if (is_first && cell->text)
    lac_html(to, "<th scope=\"row\">%s</th>", cell->text);
  else if (cell->text)
    lac_html(to, "<td>%s</td>", cell->text);
  else
    put_number(to, c->digits, cell->real);
}

static void put_sheet(FILE *to, const lac_sheet *s, const char *id, const char *what, const char *caption)
{
  open_table(to, id, what, caption);
  for (size_t k = 0; k < s->columns; k++)
    lac_html(to, "<th scope=\"col\">%s</th>", s->column[k].head);
  fputs("</tr></thead>\n<tbody>\n", to);
  for (size_t i = 0; i < s->rows; i++) {
    fputs("<tr>", to);
    for (size_t k = 0; k < s->columns; k++)
      put_cell(to, &s->column[k], i, k == 0);
    fputs("</tr>\n", to);
  }
  close_table(to);
}

/* ---- claims ---- */

/* Colour is not all that tells them apart. */
static void put_verdict(FILE *to, lac_verdict verdict)
{
  static const char *const marks[] = { [LAC_NOT_TESTED] = "\u2013", [LAC_HOLDS] = "\u2714", [LAC_FAILS] = "\u2718" };
  static const char *const classes[] = { [LAC_NOT_TESTED] = "untested", [LAC_HOLDS] = "holds", [LAC_FAILS] = "fails" };
  lac_html(to, "<span class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> %s</span>", classes[verdict], marks[verdict],
           lac_claim_verdict(verdict));
}

/* A text that is freed. */
static void put_text(FILE *to, char *text)
{
  lac_html(to, "%s", text);
  free(text);
}

static void put_claim(FILE *to, const lac_claim *claim)
{
  const char *word;
  fputs("<tr><td>", to);
  put_verdict(to, claim->verdict);
  lac_html(to, "</td><td class=\"n\" data-v=\"%g\">%u/%u</td><th scope=\"row\">%s</th><td>%s</td><td>",
           claim->tested ? (double)claim->holding / (double)claim->tested : -1.0, claim->holding, claim->tested, claim->name, claim->says);
  put_text(to, lac_claim_tightest_text(claim, &word));
  lac_html(to, "</td><td>%s</td></tr>\n", claim->source);
}

static void put_case(FILE *to, const lac_claim *claim, lac_verdict verdict, char *text)
{
  lac_html(to, "<tr><th scope=\"row\">%s</th><td>", claim->name);
  put_verdict(to, verdict);
  fputs("</td><td>", to);
  put_text(to, text);
  lac_html(to, "</td><td><code>%s</code> %s <code>%s</code></td></tr>\n", claim->left, claim->relation, claim->right);
}

static void put_cases(FILE *to, const lac_report_part *p, const lac_claim *claims, size_t count)
{
  static const char *const heads[] = { "claim", "this case", "case", "checked as" };
  size_t cases = 0;
  for (size_t i = 0; i < count; i++)
    cases += claims[i].count;
  if (!cases)
    return;
  lac_html(to, "<details id=\"%s-cases-d\"><summary>All cases of the claims</summary>\n", p->id);
  open_table(to, p->id, "cases", "Every case of every claim");
  put_heads(to, heads, LAC_COUNT(heads));
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < claims[i].samples; k++)
      put_case(to, &claims[i], claims[i].sample[k].verdict, lac_claim_sample_text(&claims[i], &claims[i].sample[k]));
    for (size_t k = 0; k < claims[i].count; k++) {
      const lac_claim_case *one = &claims[i].cases[k];
      put_case(to, &claims[i], one->tested ? one->holds ? LAC_HOLDS : LAC_FAILS : LAC_NOT_TESTED, lac_claim_case_text(&claims[i], one));
    }
  }
  close_table(to);
  fputs("</details>\n", to);
}

void lac_report_claims(FILE *to, const lac_report_part *p, const lac_claim *claims, size_t count)
{
  static const char *const heads[] = { "verdict", "cases", "claim", "what it says", "where that is closest", "source" };
  fputs("<h3>Claims</h3>\n", to);
  if (p->of[LAC_RUN_ENDED] < p->runs)
    lac_html(to, "<p class=\"note\">%u of %u runs have ended; the verdicts are about these.</p>\n", p->of[LAC_RUN_ENDED], p->runs);
  open_table(to, p->id, "claims", "Claims of the paper and what the results say");
  put_heads(to, heads, LAC_COUNT(heads));
  for (size_t i = 0; i < count; i++)
    put_claim(to, &claims[i]);
  close_table(to);
  put_cases(to, p, claims, count);
}

/* ---- runs that have not ended ---- */

const char *lac_report_state(lac_run_state state)
{
  static const char *const words[] = { "done", "running", "stopped", "missing", "no data set", "refused" };
  return words[state];
}

/* As a shell reads it. */
static void put_word(FILE *to, const char *word)
{
  static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./:,=%@";
  if (word[strspn(word, safe)] == 0) {
    lac_html(to, " %s", word);
    return;
  }
  fputs(" '", to);
  for (const char *quote; (quote = strchr(word, '\'')); word = quote + 1) {
    char *part = lac_asprintf("%.*s'\\''", (int)(quote - word), word);
    lac_html(to, "%s", part);
    free(part);
  }
  lac_html(to, "%s'", word);
}

static void put_command(FILE *to, const lac_report_part *p, const lac_report_style *style)
{
  fputs("<p>This computes what is missing, and keeps what is there:</p>\n<pre><code>laconic run", to);
  put_word(to, p->path);
  for (const char *const *s = style->settings; s && *s; s++) {
    char *option = lac_asprintf("--%s", *s);
    put_word(to, option ? option : "");
    free(option);
  }
  fputs("</code></pre>\n", to);
}

/* Do runs of the file differ in this option? */
static int differs(const lac_collection *c, const lac_option *o)
{
  char *first = lac_option_text(o, &c->member->run->config);
  int yes = 0;
  for (const lac_member *m = c->member + 1; first && !yes && m < c->member + c->count; m++) {
    char *other = lac_option_text(o, &m->run->config);
    yes = other && strcmp(first, other) != 0;
    free(other);
  }
  free(first);
  return yes;
}

static int has_begun(const lac_member *m) { return m->state == LAC_RUN_RUNNING || m->state == LAC_RUN_STOPPED; }

static void put_progress(FILE *to, const lac_member *m)
{
  const double *round = m->present ? lac_result_column(&m->result, "round") : NULL;
  double done = round ? round[m->result.rows - 1] : 0, all = fmax((double)m->run->config.rounds, 1);
  if (has_begun(m))
    fprintf(to, "<td data-v=\"%.17g\"><progress max=\"%.0f\" value=\"%.0f\" aria-label=\"rounds done\"></progress> "
                "round %.0f of %.0f at most</td>", done, all, done, done, all);
  else
    lac_html(to, "<td>%s</td>", m->why ? m->why : "");
}

enum { OPTIONS_MOST = 8 };

static void put_open_run(FILE *to, const lac_member *m, int sweeps, const lac_option *const *option, size_t options)
{
  const double *norm = m->present ? lac_result_column(&m->result, "grad_norm_sq") : NULL;
  const char *state = m->state == LAC_RUN_ABSENT && sweeps ? "waiting" : lac_report_state(m->state);
  lac_html(to, "<tr><th scope=\"row\">%s</th><td><span class=\"state\">%s</span></td>", m->run->label, state);
  put_progress(to, m);
  if (has_begun(m))
    put_number(to, "%.3g", norm ? norm[m->result.rows - 1] : NAN);
  for (size_t k = 0; k < options; k++) {
    char *text = lac_option_text(option[k], &m->run->config);
    lac_html(to, "<td>%s</td>", text);
    free(text);
  }
  fputs("</tr>\n", to);
}

/* Runs that have begun, or those that have not. */
static void put_open_table(FILE *to, const lac_report_part *p, const lac_collection *c, int begun)
{
  const lac_option *option[OPTIONS_MOST];
  const char *heads[4 + OPTIONS_MOST] = { "run", "state", begun ? "how far" : "why", "|grad f|^2" };
  size_t options = 0, fixed = begun ? 4 : 3;
  for (const lac_option *o = lac_what_options; o->name && options < OPTIONS_MOST; o++)
    if (differs(c, o)) {
      heads[fixed + options] = o->name;
      option[options++] = o;
    }
  open_table(to, p->id, begun ? "begun" : "missing",
             begun ? "Runs that have begun, with the options in which runs differ"
                   : "Runs that have not begun, with the options in which runs differ");
  put_heads(to, heads, fixed + options);
  for (const lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->state != LAC_RUN_ENDED && has_begun(m) == begun)
      put_open_run(to, m, p->of[LAC_RUN_RUNNING] > 0, option, options);
  close_table(to);
}

enum { LISTED_MOST = 12 };      /* rows of runs, without being asked for */

void lac_report_open_runs(FILE *to, const lac_report_part *p, const lac_collection *c, const lac_report_style *style)
{
  size_t begun = p->of[LAC_RUN_RUNNING] + p->of[LAC_RUN_STOPPED], others = p->runs - p->of[LAC_RUN_ENDED] - begun;
  if (!begun && !others)
    return;
  fputs("<h3>Runs that have not ended</h3>\n", to);
  if (p->of[LAC_RUN_NO_DATA])
    lac_html(to, "<p>%u run%s: the data set is not on this machine; LACONIC_DATA names the folders, and datasets/fetch downloads what "
                 "<code>laconic list datasets</code> shows.</p>\n", p->of[LAC_RUN_NO_DATA], p->of[LAC_RUN_NO_DATA] == 1 ? "" : "s");
  if (!p->is_folder && !p->of[LAC_RUN_RUNNING] && p->of[LAC_RUN_ABSENT] + p->of[LAC_RUN_STOPPED])
    put_command(to, p, style);
  if (begun)
    put_open_table(to, p, c, 1);
  if (!others)
    return;
  lac_html(to, "<details id=\"%s-missing-d\"%r><summary>%u run%s that %s not begun</summary>\n", p->id, others > LISTED_MOST ? "" : " open",
           others, others == 1 ? "" : "s", others == 1 ? "has" : "have");
  put_open_table(to, p, c, 0);
  fputs("</details>\n", to);
}

/* ---- results ---- */

static void put_best(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  static const char *const heads[] = { "run", "data set", "chosen", "of", "score", "rule", "seeds", "as good", "result" };
  fputs("<h3>Best runs</h3>\n", to);
  open_table(to, p->id, "best", "The best point of every grid");
  put_heads(to, heads, LAC_COUNT(heads));
  for (const lac_chosen *k = c->choice; k < c->choice + c->choices; k++) {
    const char *data = lac_member_key(k->run, "dataset");
    lac_html(to, "<tr><th scope=\"row\">%s</th><td>", k->run->run->label);
    if (data && strcmp(data, "none")) {
      char *bare = lac_asprintf("%.*s", (int)lac_short_length(data), data);
      lac_html(to, "%s", bare);
      free(bare);
    }
    lac_html(to, "</td><td>%s</td><td class=\"n\" data-v=\"%u\">%u%s</td>", *k->run->variant ? k->run->variant : "the only one", k->of,
             k->of, k->edge ? ", at the edge" : "");
    put_number(to, "%.4g", k->score);
    lac_html(to, "<td>%s</td><td class=\"n\" data-v=\"%u\">%u</td><td>%s</td><td><code>%s</code></td></tr>\n", k->run->run->best, k->seeds,
             k->seeds, k->ties, k->run->file);
  }
  close_table(to);
}

static int add_texts(lac_sheet *s, const lac_summary_run *run, const char *key, const char *head)
{
  lac_sheet_cell *cell = lac_sheet_add(s, key, head, "%.3g");
  for (size_t i = 0; cell && i < s->rows; i++) {
    const char *text = lac_result_attribute(run[i].result, key);
    if (text && strcmp(key, "timing.total") == 0)
      cell[i].real = atof(text);
    else if (text && !(cell[i].text = lac_strdup(text)))
      return LAC_ENOMEM;
  }
  return cell ? LAC_OK : LAC_ENOMEM;
}

static int put_results(FILE *to, const lac_report_part *p, const lac_summary_run *run, size_t count)
{
  lac_sheet s;
  LAC_TRY(lac_summary_make(&s, run, count, &(lac_summary_wish){ 0 }));
  int status = add_texts(&s, run, "timing.total", "seconds");
  if (status == LAC_OK)
    status = add_texts(&s, run, "config_digest", "configuration");
  if (status == LAC_OK)
    status = add_texts(&s, run, "digest", "digest of the result");
  if (status == LAC_OK)
    put_sheet(to, &s, p->id, "results", "Runs that have ended, with the options in which they differ");
  lac_sheet_free(&s);
  return status;
}

int lac_report_results(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  lac_summary_run *run = lac_alloc((c->count + 1) * sizeof *run);
  size_t count = 0;
  if (!run)
    return LAC_ENOMEM;
  for (const lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->present && m->state == LAC_RUN_ENDED)
      run[count++] = (lac_summary_run){ &m->result, m->run->label, m->factor };
  if (c->choices)
    put_best(to, p, c);
  int status = LAC_OK;
  if (count) {
    lac_html(to, "<h3>Results</h3>\n<details id=\"%s-results-d\"%r><summary>All %u results</summary>\n", p->id,
             c->choices || count > LISTED_MOST ? "" : " open", count);
    status = put_results(to, p, run, count);
    fputs("</details>\n", to);
  }
  free(run);
  return status;
}

/* ---- what made them ---- */

/* How many of these are the same as value[at]; *before: how many of them stand before it. */
static size_t count_same(const char *const *value, size_t count, size_t at, size_t *before)
{
  size_t same = 0;
  *before = 0;
  for (size_t i = 0; i < count; i++)
    if (value[i] && strcmp(value[i], value[at]) == 0) {
      same++;
      *before += i < at;
    }
  return same;
}

/* The values that results have under a key, each once; where they differ also how many have it. */
static void put_values(FILE *to, const lac_collection *c, const char *key)
{
  const char **value = lac_alloc(c->count * sizeof *value);
  size_t with = 0, before;
  for (size_t i = 0; value && i < c->count; i++) {
    value[i] = c->member[i].present ? lac_result_attribute(&c->member[i].result, key) : NULL;
    with += value[i] != NULL;
  }
  for (size_t i = 0; value && i < c->count; i++) {
    size_t same = value[i] ? count_same(value, c->count, i, &before) : 0;
    if (same == 0 || before)
      continue;
    lac_html(to, "<div>%s", value[i]);
    if (same < with)
      lac_html(to, " <span class=\"note\">(%u run%s)</span>", same, same == 1 ? "" : "s");
    fputs("</div>", to);
  }
  free(value);
}

static int is_known(const lac_collection *c, const char *key)
{
  for (const lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->present && lac_result_attribute(&m->result, key))
      return 1;
  return 0;
}

static void put_environment(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  static const struct { const char *key, *words; } rows[] = {
    { "laconic_version", "laconic" }, { "environment.compiler", "compiler" }, { "environment.mpi", "MPI" },
    { "environment.hdf5", "HDF5" }, { "environment.blas", "OpenBLAS" }, { "environment.blas_kernel", "its kernel" },
    { "environment.blas_products", "what multiplies with it" }, { "environment.libm", "C library" },
    { "environment.system", "system" }, { "environment.host", "host" }, { "environment.ranks", "ranks" } };
  static const char *const heads[] = { "what", "of the results" };
  if (!is_known(c, "laconic_version"))
    return;
  lac_html(to, "<details id=\"%s-environment-d\"><summary>Versions and environment</summary>\n", p->id);
  open_table(to, p->id, "environment", "Where the results were computed, and with what");
  put_heads(to, heads, LAC_COUNT(heads));
  for (size_t i = 0; i < LAC_COUNT(rows); i++)
    if (is_known(c, rows[i].key)) {
      lac_html(to, "<tr><th scope=\"row\">%s</th><td>", rows[i].words);
      put_values(to, c, rows[i].key);
      fputs("</td></tr>\n", to);
    }
  close_table(to);
  fputs("</details>\n", to);
}

/* How a result names its data sets: those of training and those of tests. */
static const struct { const char *name, *rows, *nonzeros, *hash, *words; } data_keys[] = {
  { "dataset", "dataset.rows", "dataset.nnz", "dataset_sha256", "" },
  { "test-dataset", "test-dataset.rows", "test-dataset.nnz", "test_dataset_sha256", ", held out" },
};

static int is_first_of_data(const lac_collection *c, const lac_member *m, size_t which)
{
  const char *hash = lac_result_attribute(&m->result, data_keys[which].hash), *other;
  for (const lac_member *o = c->member; hash && o < m; o++)
    if (o->present && (other = lac_result_attribute(&o->result, data_keys[which].hash)) && strcmp(hash, other) == 0)
      return 0;
  return hash != NULL;
}

static void put_data_row(FILE *to, const lac_member *m, size_t which)
{
  const char *const keys[] = { data_keys[which].rows, "d", data_keys[which].nonzeros };
  lac_html(to, "<tr><th scope=\"row\">%s%s</th>", lac_result_attribute(&m->result, data_keys[which].name), data_keys[which].words);
  for (size_t k = 0; k < LAC_COUNT(keys); k++) {
    const char *value = lac_result_attribute(&m->result, keys[k]);
    put_number(to, "%.0f", value ? atof(value) : NAN);
  }
  lac_html(to, "<td><code>%s</code></td></tr>\n", lac_result_attribute(&m->result, data_keys[which].hash));
}

static void put_data(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  static const char *const heads[] = { "data set", "rows", "d", "nonzeros", "SHA-256" };
  if (!is_known(c, "dataset_sha256"))
    return;
  lac_html(to, "<details id=\"%s-data-d\"><summary>Data</summary>\n", p->id);
  open_table(to, p->id, "data", "Data sets and their hashes");
  put_heads(to, heads, LAC_COUNT(heads));
  for (size_t which = 0; which < LAC_COUNT(data_keys); which++)
    for (const lac_member *m = c->member; m < c->member + c->count; m++)
      if (m->present && is_first_of_data(c, m, which))
        put_data_row(to, m, which);
  close_table(to);
  fputs("</details>\n", to);
}

/* Of what was set, and not of what followed from it: those that all results have alike. */
static int is_common(const lac_collection *c, const lac_member *first, const lac_attribute *a)
{
  static const char *const not_config[] = { "environment.", "timing.", "replay.", "complete", "reason", "digest", "config_digest" };
  for (size_t i = 0; i < LAC_COUNT(not_config); i++)
    if (strncmp(a->key, not_config[i], strlen(not_config[i])) == 0)
      return 0;
  for (const lac_member *m = first + 1; m < c->member + c->count; m++) {
    const char *other = m->present ? lac_result_attribute(&m->result, a->key) : a->value;
    if (!other || strcmp(other, a->value))
      return 0;
  }
  return *a->value != 0;
}

static void put_common(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  static const char *const heads[] = { "option or constant", "value" };
  const lac_member *first = c->member, *end = c->member + c->count;
  while (first < end && !first->present)
    first++;
  if (first == end)
    return;
  lac_html(to, "<details id=\"%s-common-d\"><summary>Configuration</summary>\n", p->id);
  open_table(to, p->id, "common", "What is the same in all runs; the table of results has the options in which they differ");
  put_heads(to, heads, LAC_COUNT(heads));
  for (const lac_attribute *a = first->result.attribute; a < first->result.attribute + first->result.attributes; a++)
    if (is_common(c, first, a))
      lac_html(to, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", a->key, a->value);
  close_table(to);
  fputs("</details>\n", to);
}

/* The text as its author wrote it. */
static int put_file(FILE *to, const lac_report_part *p, const char *what, const char *words, const char *path)
{
  char *text;
  size_t size;
  if (access(path, F_OK))
    return LAC_OK;
  LAC_TRY(lac_read_file(path, &text, &size));
  lac_html(to, "<details id=\"%s-%s-d\"><summary>%s: <code>%s</code></summary>\n<pre tabindex=\"0\"><code>", p->id, what, words, path);
  lac_html_lines(to, text);
  fputs("</code></pre>\n</details>\n", to);
  free(text);
  return LAC_OK;
}

int lac_report_origin(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  fputs("<h3>How it was made</h3>\n", to);
  if (!p->is_folder) {
    char *claims = lac_asprintf("%.*s.claims", (int)(strlen(p->path) - strlen(".ini")), p->path);
    int status = put_file(to, p, "ini", "Experiment file", p->path);
    if (status == LAC_OK)
      status = claims ? put_file(to, p, "file", "Claims", claims) : LAC_ENOMEM;
    free(claims);
    LAC_TRY(status);
  }
  if (lac_table_setting(&c->experiment))
    return LAC_OK;
  put_common(to, p, c);
  put_data(to, p, c);
  put_environment(to, p, c);
  return LAC_OK;
}
