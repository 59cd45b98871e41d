#include "experiment/best.h"
#include "experiment/rule.h"
#include "store/temporary.h"

#include "file.h"
#include "stats.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- points of a grid ---- */

/* The same section, and the same options: all of them, or only those that the section does not set. */
static int are_alike(const lac_collection *c, const lac_member *a, const lac_member *b, int all)
{
  int same = strcmp(a->run->section, b->run->section) == 0;
  for (const lac_option *o = lac_what_options; same && o->name; o++) {
    if (lac_experiment_repeats(&c->experiment, o->name) || (!all && lac_experiment_setting(&c->experiment, a->run->section, o->name)))
      continue;
    char *x = lac_option_text(o, &a->run->config), *y = lac_option_text(o, &b->run->config);
    same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
  }
  return same;
}

/* How several runs of one point are one score: by the centre that [figure] draws where it has `over`, else by their mean. */
static lac_centre centre_of(const lac_collection *c)
{
  const char *centre = lac_experiment_setting(&c->experiment, "figure", "centre");
  if (!lac_experiment_setting(&c->experiment, "figure", "over"))
    return LAC_CENTRE_MEAN;
  for (size_t i = 0; centre && lac_centre_name[i]; i++)
    if (strcmp(centre, lac_centre_name[i]) == 0)
      return (lac_centre)i;
  return LAC_CENTRE_MEDIAN;
}

/* By one criterion; value has room for all members. */
static int score_point(const lac_collection *c, const lac_best_criterion *by, const lac_member *point, double *value, size_t *count)
{
  *count = 0;
  for (const lac_member *m = point; m < c->member + c->count; m++) {
    lac_known known;
    if (!m->present || m->result.rows == 0 || !are_alike(c, point, m, 1))
      continue;
    LAC_TRY(lac_context(lac_reduction_value(&by->of, &m->result, m->factor, &value[*count], &known), "best"));
    if (known == LAC_NEVER || isnan(value[*count]))
      value[*count] = by->sign * INFINITY;      /* behind all that arrive */
    ++*count;
  }
  return LAC_OK;
}

static int judge_point(const lac_collection *c, const lac_best_rule *r, const lac_member *point, double score[static LAC_BEST_CRITERIA],
                       size_t *seeds)
{
  double *value = lac_alloc(c->count * sizeof *value);
  int status = value ? LAC_OK : LAC_ENOMEM;
  for (size_t k = 0; status == LAC_OK && k < r->count; k++)
    if ((status = score_point(c, &r->by[k], point, value, seeds)) == LAC_OK)
      score[k] = lac_centre_of(centre_of(c), value, *seeds);
  free(value);
  return status;
}

static int is_better(const lac_best_rule *r, const double *a, const double *b)
{
  for (size_t k = 0; k < r->count; k++)
    if (a[k] != b[k])
      return r->by[k].sign * a[k] < r->by[k].sign * b[k];
  return 0;
}

/* ---- the choice ---- */

static int add_tie(lac_chosen *made, const lac_member *m)
{
  char *longer = lac_asprintf("%s%s%s", made->ties ? made->ties : "", made->ties ? "; " : "", *m->variant ? m->variant : m->run->label);
  free(made->ties);
  made->ties = longer;
  return longer ? LAC_OK : LAC_ENOMEM;
}

/* Among the points that are alike with `first`, the first of them in the file; those that are as good are named. */
static int choose_point(lac_collection *c, const lac_best_rule *r, lac_member *first)
{
  lac_chosen made = { .run = first };
  double best[LAC_BEST_CRITERIA] = { 0 }, score[LAC_BEST_CRITERIA];
  size_t place = 0, seeds;
  for (lac_member *m = first; m < c->member + c->count; m++) {
    if (m->best != LAC_BEST_FREE || !m->present || m->result.rows == 0 || !are_alike(c, first, m, 0))
      continue;
    int status = judge_point(c, r, m, score, &seeds);
    if (status == LAC_OK && made.of && memcmp(score, best, r->count * sizeof *score) == 0)
      status = add_tie(&made, m);
    if (status != LAC_OK) {
      free(made.ties);
      return status;
    }
    if (made.of++ == 0 || is_better(r, score, best)) {
      free(made.ties);
      made.ties = NULL;
      memcpy(best, score, sizeof best);
      made.run = m;
      made.seeds = seeds;
      place = made.of;
    }
    for (lac_member *same = m; same < c->member + c->count; same++)
      if (same->present && are_alike(c, m, same, 1))
        same->best = LAC_BEST_NO;
  }
  for (lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->present && are_alike(c, made.run, m, 1))
      m->best = LAC_BEST_YES;
  made.score = best[0];
  made.edge = made.of > 2 && (place == 1 || place == made.of);
  if (lac_grow(&c->choice, &c->choice_cap, c->choices + 1, sizeof *c->choice) != LAC_OK) {
    free(made.ties);
    return LAC_ENOMEM;
  }
  c->choice[c->choices++] = made;
  return LAC_OK;
}

int lac_best_choose(lac_collection *c)
{
  for (lac_member *m = c->member; m < c->member + c->count; m++) {
    lac_best_rule r;
    if (m->best != LAC_BEST_FREE || !m->present || m->result.rows == 0 || !lac_best_rule_chooses(m->run->best))
      continue;
    LAC_TRY(lac_context(lac_best_rule_parse(&r, m->run->best), "%s", c->experiment.path));
    LAC_TRY(choose_point(c, &r, m));
  }
  return LAC_OK;
}

/* ---- what was chosen ---- */

static void print_choice(const lac_collection *c, const lac_chosen *k)
{
  const char *over = lac_experiment_setting(&c->experiment, "figure", "over");
  lac_centre centre = centre_of(c);
  const char *data = lac_member_key(k->run, "dataset");
  int on = data && strcmp(data, "none");
  char score[32];
  snprintf(score, sizeof score, "%.4g", k->score);
  lac_print(stdout, "best  %s%s%.*s: ", k->run->run->label, on ? " on " : "", on ? (int)lac_short_length(data) : 0, on ? data : "");
  lac_print(stdout, "%s, of %zu%s; %s = %s", *k->run->variant ? k->run->variant : "the only one", k->of,
            k->edge ? ", at the edge of the grid" : "", k->run->run->best, score);
  if (k->seeds > 1)
    lac_print(stdout, ", %s over %zu %s", lac_centre_name[centre], k->seeds, over && strcmp(over, "seed") ? "runs" : "seeds");
  if (k->ties)
    lac_print(stdout, "; as good: %s", k->ties);
  lac_print(stdout, "\n");
}

static void put_choice(FILE *to, const lac_chosen *k)
{
  const char *data = lac_member_key(k->run, "dataset");
  char score[32];
  fprintf(to, "%s\t%s\t%s\t%zu\t%s\t%zu\t%s\t%s\t%s\t%s\n", k->run->run->label, data ? data : "", k->run->variant, k->of,
          k->edge ? "yes" : "no", k->seeds, lac_format_real(k->score, score), k->run->run->best, k->run->file,
          k->ties ? k->ties : "");
}

int lac_best_report(const lac_collection *c, const char *folder, int quiet)
{
  lac_temporary t;
  if (!c->choices)
    return LAC_OK;
  for (size_t i = 0; !quiet && i < c->choices; i++)
    print_choice(c, &c->choice[i]);
  LAC_TRY(lac_make_folders(folder));
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.best", folder, c->experiment.name));
  fprintf(t.to, "run\tdataset\tchosen\tof\tat the edge\tseeds\tscore\trule\tfile\tas good\n");
  for (size_t i = 0; i < c->choices; i++)
    put_choice(t.to, &c->choice[i]);
  return lac_temporary_close(&t, LAC_OK);
}
