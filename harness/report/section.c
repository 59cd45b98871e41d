/* A part of a report: its results are collected, judged, and written as one section. */
#include "report/report.h"

#include "experiment/best.h"
#include "experiment/tabled.h"
#include "interrupt.h"
#include "report/html.h"
#include <stdlib.h>
#include <string.h>

int lac_report_is_final(const lac_report_part *p)
{
  return p->section && p->of[LAC_RUN_RUNNING] + p->of[LAC_RUN_STOPPED] + p->of[LAC_RUN_ABSENT] == 0;
}

void lac_report_free(lac_report_part *p)
{
  free(p->name);
  free(p->title);
  free(p->section);
  p->name = p->title = p->section = NULL;
}

/* ---- counts ---- */

static double fraction_done(const lac_member *m)
{
  const double *round = m->present ? lac_result_column(&m->result, "round") : NULL;
  if (m->state == LAC_RUN_ENDED)
    return 1;
  return round && m->run->config.rounds ? round[m->result.rows - 1] / (double)m->run->config.rounds : 0;
}

static void count_runs(lac_report_part *p, const lac_collection *c)
{
  memset(p->of, 0, sizeof p->of);
  p->runs = c->count;
  p->progress = 0;
  if (lac_table_setting(&c->experiment)) {      /* its rows were not run: there is one table, or none */
    p->runs = 1;
    p->of[c->count ? LAC_RUN_ENDED : LAC_RUN_ABSENT] = 1;
    p->progress = c->count > 0;
    return;
  }
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    p->of[m->state]++;
    p->progress += fraction_done(m);
  }
}

/* "ef21/stepsize": the folder and the name of the file. */
static int name_part(lac_report_part *p, const lac_collection *c)
{
  const char *title = lac_experiment_setting(&c->experiment, "figure", "title"), *path = c->experiment.path, *slash = strrchr(path, '/');
  const char *from = slash;
  while (from && from > path && from[-1] != '/')
    from--;
  int has_folder = !p->is_folder && slash && slash > from && strncmp(from, "./", 2) && strncmp(from, "../", 3);
  title = title ? title : lac_experiment_setting(&c->experiment, "", "title");
  free(p->name);
  free(p->title);
  p->name = has_folder ? lac_asprintf("%.*s/%s", (int)(slash - from), from, c->experiment.name) : lac_strdup(c->experiment.name);
  p->title = lac_strdup(title ? title : "");
  return p->name && p->title ? LAC_OK : LAC_ENOMEM;
}

/* ---- verdicts and figures ---- */

/* The rule for the best runs and claims are about runs that have ended: hide the others, or show them again. */
static void hide_open_runs(lac_collection *c, int hide)
{
  for (lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->state != LAC_RUN_ENDED && m->result.rows)
      m->present = !hide;
}

static int has_claims(const lac_experiment *e)
{
  for (size_t i = 0; i < e->settings; i++)
    if (lac_experiment_claim(e->setting[i].section))
      return 1;
  return 0;
}

static int put_claims(FILE *to, lac_report_part *p, lac_collection *c)
{
  lac_claim *claims;
  size_t count;
  p->claims = 0;
  memset(p->verdict, 0, sizeof p->verdict);
  if (p->is_folder)
    return LAC_OK;
  int status = lac_claims_judge(c, &claims, &count);
  if (status != LAC_OK)
    return has_claims(&c->experiment) ? status : LAC_OK;
  p->claims = count;
  for (size_t i = 0; i < count; i++)
    p->verdict[claims[i].verdict]++;
  lac_report_claims(to, p, claims, count);
  lac_claims_free(claims, count);
  return LAC_OK;
}

/* Without gnuplot the chart alone shows the curves, open from the beginning. */
static void put_chart(FILE *to, const lac_report_part *p, const lac_figure *f, int is_open)
{
  lac_html(to, "<details id=\"%s-chart-d\" class=\"explore\"%s><summary>Explore the curves</summary>\n"
               "<noscript><p>The chart needs JavaScript, which is switched off.</p></noscript>\n"
               "<div class=\"chart\" data-part=\"%s\"></div>\n<script type=\"application/json\" id=\"%s-data\">",
           p->id, is_open ? " open" : "", p->id, p->id);
  lac_report_data(to, f);
  fputs("</script>\n</details>\n", to);
}

static void put_figure(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  lac_figure f;
  fputs("<h3>Figure</h3>\n", to);
  if (lac_figure_arrange(&f, c) != LAC_OK) {
    size_t there = 0;
    for (size_t i = 0; i < c->count; i++)
      there += c->member[i].present && c->member[i].result.rows;
    lac_html(to, "<p class=\"note\">%s</p>\n", there ? lac_error() : "There is no result to draw.");
    return;
  }
  fputs("<figure>\n", to);
  f.style.look.show &= ~(unsigned)LAC_SHOW_CAPTION;      /* which is text of the page */
  int drawn = lac_report_draw(to, &f, p->id, *p->title ? p->title : p->name) == LAC_OK;
  if (!drawn)
    lac_html(to, "<p class=\"note\">The figure is not drawn: %s.  The chart below shows its curves.</p>\n", lac_error());
  if (f.caption)
    lac_html(to, "<figcaption>%s</figcaption>\n", f.caption);
  fputs("</figure>\n", to);
  put_chart(to, p, &f, !drawn);
  lac_figure_free(&f);
}

/* ---- the section ---- */

static void put_counts(FILE *to, const lac_report_part *p)
{
  int first = 1;
  lac_html(to, "<p class=\"about\"><code>%s</code>: ", p->path);
  for (lac_run_state s = LAC_RUN_ENDED; s < LAC_RUN_STATES; s++)
    if (p->of[s]) {
      const char *state = s == LAC_RUN_ABSENT && p->of[LAC_RUN_RUNNING] ? "waiting" : lac_report_state(s);
      lac_html(to, "%s%u %s", first ? "" : ", ", p->of[s], state);
      first = 0;
    }
  lac_html(to, ", of %u run%s</p>\n", p->runs, p->runs == 1 ? "" : "s");
}

/* Of a table: where its rows are from. */
static void put_table(FILE *to, const lac_report_part *p, const lac_collection *c)
{
  size_t rows = 0;
  for (const lac_member *m = c->member; m < c->member + c->count; m++)
    rows += m->result.rows;
  lac_html(to, "<p class=\"about\"><code>%s</code>: ", p->path);
  lac_html(to, rows ? "the table <code>%s</code>, %u rows</p>\n" : "the table <code>%s</code>, which is missing</p>\n",
           lac_table_setting(&c->experiment), rows);
}

static int put_section(FILE *to, lac_report_part *p, lac_collection *c, const lac_report_style *style)
{
  lac_html(to, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">", p->id, p->id, p->id);
  lac_html(to, *p->title ? "<span class=\"name\">%s</span> %s</h2>\n" : "%s%s</h2>\n", p->name, p->title);
  int is_table = lac_table_setting(&c->experiment) != NULL;
  if (is_table)
    put_table(to, p, c);
  else
    put_counts(to, p);
  hide_open_runs(c, 1);
  LAC_TRY(lac_best_choose(c));
  LAC_TRY(put_claims(to, p, c));
  hide_open_runs(c, 0);
  if (!is_table)
    lac_report_open_runs(to, p, c, style);
  put_figure(to, p, c);
  if (!is_table)
    LAC_TRY(lac_report_results(to, p, c));
  LAC_TRY(lac_report_origin(to, p, c));
  fputs("</section>\n", to);
  return LAC_OK;
}

static int make_section(lac_report_part *p, lac_collection *c, const lac_report_style *style)
{
  char *text = NULL;
  size_t size;
  LAC_TRY(name_part(p, c));
  count_runs(p, c);
  FILE *to = open_memstream(&text, &size);
  int status = to ? put_section(to, p, c, style) : lac_fail(LAC_ENOMEM, "out of memory for a page");
  if (to && fclose(to) && status == LAC_OK)
    status = lac_fail(LAC_ENOMEM, "out of memory for a page");
  if (status != LAC_OK || (p->section && lac_interrupted())) {      /* a signal may have ended gnuplot */
    free(text);
    return status;
  }
  free(p->section);
  p->section = text;
  return LAC_OK;
}

static int check(const lac_experiment *e)
{
  LAC_TRY(lac_figure_check(e));
  return lac_claims_check(e);
}

int lac_report_make(lac_comm *alone, lac_report_part *p, const lac_report_style *style)
{
  lac_collection c;
  LAC_TRY(p->is_folder ? lac_collect_folder(p->path, &c) : lac_collect_any(alone, p->path, style->settings, &c));
  int status = check(&c.experiment);
  if (status == LAC_OK)
    status = make_section(p, &c, style);
  lac_collection_free(&c);
  return status;
}
