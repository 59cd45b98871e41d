#include "experiment/best.h"
#include "figures/claims.h"
#include "figures/figure.h"
#include "figures/verdict.h"
#include "store/temporary.h"
#include "command/commands.h"
#include "file.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUT = 1, STRICT, TAP };

typedef struct {
  lac_run_words words;
  const char *out;
  int strict, tap;
} arguments;

static const struct argp_option own_options[] = {
  { "out", OUT, "DIR", 0, "where the files go [figures]", 1 },
  { "strict", STRICT, NULL, 0, "exit 1 when a claim fails", 1 },
  { "tap", TAP, NULL, 0, "print the verdicts as TAP, for a test harness", 1 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case OUT:
    a->out = value;
    return 0;
  case STRICT:
    a->strict = 1;
    return 0;
  case TAP:
    a->tap = 1;
    return 0;
  default:
    return lac_run_option(key, value, &a->words);
  }
}

/* ---- the terminal ---- */

static int print_claim(const lac_claim *claim)
{
  const char *word;
  char *text = lac_claim_tightest_text(claim, &word);
  if (text)
    lac_print(stdout, "%-10s %3zu/%-3zu %-24s %s\n%44s%s%s\n", lac_claim_verdict(claim->verdict), claim->holding, claim->tested,
              claim->name, claim->says, "", word, text);
  free(text);
  return text ? LAC_OK : LAC_ENOMEM;
}

static int print_table(const lac_claim *claims, size_t count)
{
  size_t of[3] = { 0 };
  lac_print(stdout, "%-10s %-7s %-24s %s\n", "verdict", "holds", "claim", "what it says, and where that is closest");
  for (size_t i = 0; i < count; i++) {
    LAC_TRY(print_claim(&claims[i]));
    of[claims[i].verdict]++;
  }
  lac_print(stdout, "%zu claims: %zu hold, %zu fail, %zu not tested\n", count, of[LAC_HOLDS], of[LAC_FAILS], of[LAC_NOT_TESTED]);
  return LAC_OK;
}

static int print_tap(const lac_claim *claims, size_t count)
{
  lac_print(stdout, "1..%zu\n", count);
  for (size_t i = 0; i < count; i++) {
    const lac_claim *claim = &claims[i];
    lac_print(stdout, "%sok %zu - %s: %s%s\n", claim->verdict == LAC_FAILS ? "not " : "", i + 1, claim->name, claim->says,
              claim->verdict == LAC_NOT_TESTED ? " # SKIP nothing to check it on" : "");
    for (size_t k = 0; k < claim->samples; k++) {
      char *text = lac_claim_sample_text(claim, &claim->sample[k]);
      lac_print(stdout, "# %s\n", text ? text : "");
      free(text);
    }
    for (size_t k = 0; k < claim->count; k++)
      if (claim->cases[k].tested && !claim->cases[k].holds) {
        char *text = lac_claim_case_text(claim, &claim->cases[k]);
        lac_print(stdout, "# %s\n", text ? text : "");
        free(text);
      }
  }
  return LAC_OK;
}

/* ---- files ---- */

/* A field of a table and what ends it: no separator inside. */
static void put_field(FILE *to, const char *text, char separator)
{
  if (separator == '|')
    fputc(' ', to);
  for (; text && *text; text++) {
    if (*text == '|' && separator == '|')
      fputc('\\', to);
    fputc((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text, to);
  }
  fputs(separator == '|' ? " " : "", to);
  fputc(separator, to);
}

/* All files of a side.  Caller frees; NULL: no memory. */
static char *files_of(const lac_sided *v)
{
  char *text = lac_strdup(v->run ? v->run->file : "");
  for (size_t i = 1; text && i < v->runs; i++) {
    char *longer = lac_asprintf("%s,%s", text, v->run_of[i]->file);
    free(text);
    text = longer;
  }
  return text;
}

/* The sample of a case; nothing where every case is by itself. */
static void put_sample(FILE *to, const lac_claim *claim, const lac_claim_case *k)
{
  const lac_claim_sample *s = claim->samples ? &claim->sample[k->sample] : NULL;
  char low[32] = "", high[32] = "", centre[32] = "", counts[64] = "";
  if (s)
    snprintf(counts, sizeof counts, "%zu/%zu", s->holding, s->cases);
  if (s && s->has_interval) {
    lac_format_real(s->low, low);
    lac_format_real(s->high, high);
    lac_format_real(s->centre, centre);
  }
  const char *fields[] = { s ? s->group : "", s ? s->why ? s->why : lac_claim_verdict(s->verdict) : "", counts,
                           s && s->has_interval ? s->is_ratio ? "left / right" : "left - right" : "", centre, low, high };
  for (size_t i = 0; i < LAC_COUNT(fields); i++)
    put_field(to, fields[i], i + 1 < LAC_COUNT(fields) ? '\t' : '\n');
}

static void put_case(FILE *to, const lac_claim *claim, const lac_claim_case *k)
{
  char a[32] = "", b[32] = "", *left = lac_sided_name(&k->left), *right = lac_sided_name(&k->right);
  char *left_files = files_of(&k->left), *right_files = files_of(&k->right);
  const char *fields[] = { claim->name, lac_claim_verdict(claim->verdict), k->group, k->tested ? k->holds ? "holds" : "fails" : k->why,
                           k->tested ? lac_format_real(k->left.value, a) : "", lac_claim_sign(claim),
                           k->tested ? lac_format_real(k->right.value, b) : "", left, right, left_files, right_files, claim->says,
                           claim->source };
  for (size_t i = 0; i < LAC_COUNT(fields); i++)
    put_field(to, fields[i], '\t');
  put_sample(to, claim, k);
  free(left);
  free(right);
  free(left_files);
  free(right_files);
}

static void put_tsv(FILE *to, const lac_claim *claims, size_t count)
{
  fprintf(to, "claim\tverdict\tcase\tthis case\tleft\trelation\tright\tleft run\tright run\tleft file\tright file\tsays\tsource\t"
              "sample\tthis sample\tholds in\tinterval of\tcentre\tlow\thigh\n");
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < claims[i].count; k++)
      put_case(to, &claims[i], &claims[i].cases[k]);
    if (claims[i].count == 0)
      put_case(to, &claims[i], &(lac_claim_case){ .group = "", .why = "no result" });
  }
}

static void put_markdown_summary(FILE *to, const lac_claim *claims, size_t count)
{
  fprintf(to, "| verdict | cases | claim | what it says | source | tightest case |\n|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < count; i++) {
    const lac_claim *claim = &claims[i];
    const char *word;
    char *text = claim->tested || claim->samples ? lac_claim_tightest_text(claim, &word) : NULL;
    fprintf(to, "| **%s** | %zu/%zu |", lac_claim_verdict(claim->verdict), claim->holding, claim->tested);
    put_field(to, claim->name, '|');
    put_field(to, claim->says, '|');
    put_field(to, claim->source ? claim->source : "", '|');
    put_field(to, text ? text : "", '|');
    fputc('\n', to);
    free(text);
  }
}

static void put_checked(FILE *to, const lac_claim *claim)
{
  const char *over = claim->over ? claim->over : claim->each, *how = claim->in ? claim->in : claim->confidence;
  char *text = lac_asprintf("`%s` %s `%s`%s%s%s%s%s", claim->left, claim->relation, claim->right, how ? ", over " : "", how ? over : "",
                            how ? claim->in ? " in " : " with " : "", how ? how : "", claim->confidence ? " confidence" : "");
  put_field(to, text, '|');
  free(text);
}

/* A row of the second table; the claim itself stands in the first of its rows. */
static void put_markdown_row(FILE *to, const lac_claim *claim, int is_first, const char *mark, char *text)
{
  char *marked = text ? lac_asprintf("%s%s", mark, text) : NULL;
  fputc('|', to);
  put_field(to, is_first ? claim->name : "", '|');
  if (is_first)
    put_checked(to, claim);
  else
    put_field(to, "", '|');
  put_field(to, marked, '|');
  free(marked);
  fputc('\n', to);
  free(text);
}

static void put_markdown_cases(FILE *to, const lac_claim *claims, size_t count)
{
  fprintf(to, "\n| claim | checked as | case |\n|---|---|---|\n");
  for (const lac_claim *claim = claims; claim < claims + count; claim++) {
    for (size_t k = 0; k < claim->samples; k++)
      put_markdown_row(to, claim, k == 0, claim->sample[k].verdict == LAC_FAILS ? "**fails** sample " : "sample ",
                       lac_claim_sample_text(claim, &claim->sample[k]));
    for (size_t k = 0; k < claim->count; k++)
      put_markdown_row(to, claim, k == 0 && !claim->samples, claim->cases[k].tested && !claim->cases[k].holds ? "**fails** " : "",
                       lac_claim_case_text(claim, &claim->cases[k]));
  }
}

static int write_files(const lac_collection *c, const lac_claim *claims, size_t count, const char *folder, int quiet)
{
  lac_temporary t;
  LAC_TRY(lac_make_folders(folder));
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.verdicts", folder, c->experiment.name));
  put_tsv(t.to, claims, count);
  LAC_TRY(lac_temporary_close(&t, LAC_OK));
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.verdicts.md", folder, c->experiment.name));
  put_markdown_summary(t.to, claims, count);
  put_markdown_cases(t.to, claims, count);
  LAC_TRY(lac_temporary_close(&t, LAC_OK));
  if (!quiet)
    lac_print(stdout, "wrote %s/%s.verdicts and %s.verdicts.md\n", folder, c->experiment.name, c->experiment.name);
  return LAC_OK;
}

/* ---- the command ---- */

static int report_claims(lac_collection *c, const arguments *a)
{
  lac_claim *claims;
  size_t count, failing = 0;
  LAC_TRY(lac_figure_check(&c->experiment));
  LAC_TRY(lac_best_choose(c));
  LAC_TRY(lac_claims_judge(c, &claims, &count));
  int status = lac_best_report(c, a->out, a->tap);
  if (status == LAC_OK)
    status = a->tap ? print_tap(claims, count) : print_table(claims, count);
  if (status == LAC_OK)
    status = write_files(c, claims, count, a->out, a->tap);
  for (size_t i = 0; i < count; i++)
    failing += claims[i].verdict == LAC_FAILS;
  lac_claims_free(claims, count);
  if (status == LAC_OK && failing && a->strict)
    return lac_fail(LAC_EUSER, "%s: %zu of %zu claims fail", c->experiment.path, failing, count);
  return status;
}

static const char doc[] =
  "Check what a paper says against the result files of an experiment, or of a bundle.\v"
  "[claim NAME] sections, in FILE.claims beside FILE.ini or in FILE.ini itself, with\n"
  "  says      the statement;  source  where it is made\n"
  "  for each  keys; it is checked for every value of them\n"
  "  left      [NUMBER +] [NUMBER *] [smallest|largest|mean|median] REDUCTION(COLUMN[, NUMBER]) of KEY=VALUE|VALUE, ...\n"
  "  relation  <  <=  >  >=  within N of  < below RATE..RATE  increases with  decreases with\n"
  "  right     as left, or a number, or for the last two a key\n"
  "  never     counts: see below; may be left out\n"
  "  in, confidence, over    for random runs, see below; may be left out\n"
  "REDUCTION is first, last, min, max, tail (median of the last tenth), at (value at a fraction of the rows), rounds_to, "
  "bits_to (uplink bits per client until a level, which an accuracy and a count reach from below; never is infinity), "
  "all_bits_to (uplink and downlink together), time_to(COLUMN, LEVEL, NETWORK) (modelled seconds, on a network as in laconic plot --help) "
  "or factor_to (the step size's factor if the level is reached, else 0), of a column as in [figure]: dist_sq, dist_sq_relative.  A case "
  "is NOT TESTED when a side says nothing: it never arrives, its run diverged, its "
  "column is at the end what it "
  "was at the start, the level is reached before the first round, or both sides are the same run.  never = counts: a side that "
  "never arrives or diverged counts as infinity (factor_to, accuracies: 0), unless both do; `right = infinity` says it too.  KEY is label, "
  "factor, "
  "or an option or attribute of the results; VALUE may leave out what follows a colon or a comma: split=similarity:s=10%.\n\n"
  "Of a table (laconic plot --help) sides have first, last, min, max, tail and at, of a column or a quotient A/B, over the rows that meet "
  "all conditions; these may compare a column with a number: max(measured/predicted) of way=A, measured>=0.5.  A verdict says of how many "
  "rows it is.\n\n"
  "`< below 1Gbit/s..4Gbit/s` is about two time_to on networks that take these rates: left is less at the first and not at the second, and "
  "the verdict has the rate at which that changes.\n\n"
  "Cases that differ in the keys of over (seed; all of for each if it is left out) are a sample with one verdict: `in = 4 of 5 seeds` "
  "holds when at least 4 of the 5 cases hold, `confidence = 95%` when the relation holds in the whole confidence interval (Student's t) of "
  "the geometric mean of left / right over the pairs, or of the mean of left - right where one of them is not above 0.  It takes 3 pairs, "
  "and all of them must be tested.\n\n"
  "With `best = smallest|largest REDUCTION(COLUMN) [then ...]` at the head of FILE.ini or in a [run] section, claims are about the "
  "best point of the grid that each section spans, by the mean over seeds, or by the centre where [figure] has over; what the head sets "
  "stays apart.  A side that names the key best (best=yes|no) is about all.  The choice is printed, and stored in OUT/NAME.best.\n\n"
  "The verdicts are printed, and stored in OUT/NAME.verdicts (tab separated) and NAME.verdicts.md.  A claim that fails is a "
  "result: the exit code is 0 unless --strict.";

int lac_command_claims(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .out = "figures" };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_RESULT);
  struct argp argp = { options, parse, "[RUN OPTIONS] FILE.ini|BUNDLE", doc, NULL, NULL, NULL };
  lac_collection c;
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done &&
      (status = lac_collect(comm, a.words.file, (const char *const *)a.words.setting, 1, &c)) == LAC_OK) {
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? report_claims(&c, &a) : LAC_OK);
    lac_collection_free(&c);
  }
  lac_run_words_free(&a.words);
  free(options);
  return status;
}
