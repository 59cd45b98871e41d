#include "figures/figure.h"
#include "figures/caption.h"
#include "figures/lines.h"
#include "network/columns.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

enum { COLUMNS_MOST = 100 };      /* of panels, side by side */

static int parse_number(const char *key, const char *text, double least, double *value)
{
  char *end;
  *value = strtod(text, &end);
  if (end == text || *end || !isfinite(*value) || *value < least)
    return lac_fail(LAC_EUSER, "[figure] %s must be a number of at least %g, not '%.40s'", key, least, text);
  return LAC_OK;
}

static int parse_scale(const char *key, const char *text, int *is_log)
{
  *is_log = strcmp(text, "log") == 0;
  return *is_log || strcmp(text, "linear") == 0 ? LAC_OK : lac_fail(LAC_EUSER, "[figure] %s must be linear or log, not '%.40s'", key, text);
}

/* The length of a word up to a comma or blank outside of brackets: seconds(100Mbit/s, 20ms) is one. */
static size_t word_length(const char *text)
{
  size_t n = 0;
  for (int depth = 0; text[n] && (depth > 0 || !strchr(" \t,", text[n])); n++)
    depth += (text[n] == '(') - (text[n] == ')');
  return n;
}

/* Words with commas or blanks between. */
static int split_words(const char *key, const char *text, char **word, size_t *words)
{
  for (const char *p = text; *p;) {
    size_t space = strspn(p, " \t,"), n = word_length(p + space);
    p += space;
    if (n == 0)
      break;
    if (*words == LAC_FIGURE_X)
      return lac_fail(LAC_EUSER, "[figure] %s: at most %d", key, LAC_FIGURE_X);
    word[*words] = lac_asprintf("%.*s", (int)n, p);
    if (!word[(*words)++])
      return LAC_ENOMEM;
    p += n;
  }
  return *words ? LAC_OK : lac_fail(LAC_EUSER, "[figure] %s names nothing", key);
}

/* One of the names, NULL-terminated. */
static int parse_choice(const char *key, const char *text, const char *const *names, int *choice)
{
  char known[64] = "";
  for (*choice = 0; names[*choice]; ++*choice)
    if (strcmp(text, names[*choice]) == 0)
      return LAC_OK;
  for (size_t i = 0; names[i]; i++)
    snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i == 0 ? "" : names[i + 1] ? ", " : " or ", names[i]);
  return lac_fail(LAC_EUSER, "[figure] %s must be %s, not '%.40s'", key, known, text);
}

static int set_summary(lac_figure_style *s, const char *key, const char *value)
{
  int choice, is_centre = strcmp(key, "centre") == 0;
  LAC_TRY(parse_choice(key, value, is_centre ? lac_centre_name : lac_band_name, &choice));
  if (is_centre)
    s->of.centre = (lac_centre)choice, s->has_centre = 1;
  else
    s->of.band = (lac_band)choice, s->has_band = 1;
  return LAC_OK;
}

/* Options whose values are not told apart cannot tell panels or series apart. */
static int check_over(const lac_figure_style *s)
{
  const char *names[64] = { NULL };
  size_t count = 0;
  for (const lac_option *o = lac_what_options; o->name && count < LAC_COUNT(names); o++)
    names[count++] = o->name;
  for (size_t i = 0; i < s->overs; i++) {
    size_t k = 0;
    while (k < count && strcmp(s->over[i], names[k]))
      k++;
    const char *near = k < count ? NULL : lac_nearest(s->over[i], names, count);
    if (k == count)
      return lac_fail(LAC_EUSER, "[figure] over: a run has no option '%.40s'%s%s", s->over[i], near ? "; did you mean " : "",
                      near ? near : "");
    if (strcmp(s->over[i], s->series) == 0)
      return lac_fail(LAC_EUSER, "[figure] series is %s, and over makes one curve of all its values; leave out one of them", s->series);
    for (size_t p = 0; p < s->bys; p++)
      if (strcmp(s->over[i], s->by[p]) == 0)
        return lac_fail(LAC_EUSER, "[figure] panels names %s, and over makes one curve of all its values; leave out one of them", s->by[p]);
  }
  if (!s->overs && (s->has_centre || s->has_band))
    return lac_fail(LAC_EUSER, "[figure] %s is about the runs that are one curve; say which: over = seed",
                    s->has_centre ? "centre" : "band");
  return LAC_OK;
}

static int set_style(lac_figure_style *s, const char *key, const char *value)
{
  static const char *const names[] = { "title", "caption", "legend", "x", "y", "panels", "series", "ymin", "ymax", "xmax", "xscale",
                                       "yscale", "columns", "rates", "over", "centre", "band", "width", "height", "font", "linewidth",
                                       "show", "xlabel", "ylabel", "table", "by", "of", "points", "diagonal", "cells" };
  const struct { const char *key, **to; } texts[] = { { "title", &s->title }, { "caption", &s->caption }, { "legend", &s->legend },
    { "y", &s->y }, { "series", &s->series }, { "xlabel", &s->xlabel }, { "ylabel", &s->ylabel }, { "rates", &s->rates } };
  const struct { const char *key; double *to; } numbers[] = { { "ymin", &s->ymin }, { "ymax", &s->ymax }, { "xmax", &s->xmax } };
  double columns = 0;
  for (size_t i = 0; i < LAC_COUNT(texts); i++)
    if (strcmp(key, texts[i].key) == 0) {
      *texts[i].to = value;
      return LAC_OK;
    }
  for (size_t i = 0; i < LAC_COUNT(numbers); i++)
    if (strcmp(key, numbers[i].key) == 0)
      return parse_number(key, value, 0, numbers[i].to);
  if (strcmp(key, "x") == 0)
    return split_words(key, value, s->x, &s->xs);
  if (strcmp(key, "panels") == 0)
    return split_words(key, value, s->by, &s->bys);
  if (strcmp(key, "over") == 0)
    return split_words(key, value, s->over, &s->overs);
  if (strcmp(key, "centre") == 0 || strcmp(key, "band") == 0)
    return set_summary(s, key, value);
  if (strcmp(key, "xscale") == 0)
    return parse_scale(key, value, &s->xlog);
  if (strcmp(key, "yscale") == 0)
    return parse_scale(key, value, &s->ylog);
  if (strcmp(key, "columns") == 0) {
    LAC_TRY(parse_number(key, value, 1, &columns));
    s->columns = (unsigned)columns;
    return columns <= COLUMNS_MOST && columns == s->columns ? LAC_OK :
           lac_fail(LAC_EUSER, "[figure] columns must be a whole number from 1 to %d, not '%.40s'", COLUMNS_MOST, value);
  }
  int is_look, is_rows;
  LAC_TRY(lac_table_style_set(&s->rows, key, value, &is_rows));
  if (is_rows)
    return LAC_OK;
  LAC_TRY(lac_look_set(&s->look, "[figure] ", key, value, &is_look));
  if (is_look)
    return LAC_OK;
  const char *near = lac_nearest(key, names, LAC_COUNT(names));
  return near ? lac_fail(LAC_EUSER, "[figure] has no setting '%.40s'; did you mean %s?", key, near)
              : lac_fail(LAC_EUSER, "[figure] has no setting '%.40s'", key);
}

/* Of a table nothing is drawn by itself. */
static int check_table(const lac_figure_style *s)
{
  if (!s->xs || !s->y)
    return lac_fail(LAC_EUSER, "[figure] table: say which columns are drawn: x = COLUMN, y = COLUMN");
  if (s->overs || s->has_centre || s->has_band)
    return lac_fail(LAC_EUSER, "[figure] %s is about runs that are one curve, and a table has none; leave it out",
                    s->overs ? "over" : s->has_centre ? "centre" : "band");
  return LAC_OK;
}

/* y is a number of each run, and x an option. */
static int read_sweep(lac_figure_style *s)
{
  s->over_option = !s->rows.table && lac_sweep_is_one(s->y);
  if (s->over_option && s->xs > 1)
    return lac_fail(LAC_EUSER, "[figure] x: y is one number of each run, over one option; leave the others out");
  return s->over_option ? lac_context(lac_sweep_reduction(&s->until, s->y), "[figure] y") : LAC_OK;
}

/* x = rate: y is a time, of networks that differ in their rate. */
static int read_rates(lac_figure_style *s, const lac_experiment *e)
{
  for (size_t k = 0; !s->rows.table && k < s->xs; k++)
    s->over_rates |= strcmp(s->x[k], "rate") == 0;
  s->xlog = s->xlog < 0 ? s->over_rates : s->xlog;
  if (!s->over_rates && s->rates)
    return lac_fail(LAC_EUSER, "[figure] rates is about the rate of a network, x = rate of runs; leave it out");
  if (!s->over_rates)
    return read_sweep(s);
  if (s->xs > 1)
    return lac_fail(LAC_EUSER, "[figure] x: rate stands alone, since y is over it; leave the others out");
  LAC_TRY(lac_context(lac_rates_parse(&s->rate, s->rates ? s->rates : LAC_RATES_DEFAULT, 1), "[figure] rates"));
  return lac_context(lac_rates_reduction(&s->until, s->y, e->networks, &s->rate), "[figure] y");
}

static int read_style(lac_figure_style *s, const lac_experiment *e)
{
  *s = (lac_figure_style){ .series = "label", .xlog = -1, .ylog = 1, .look = lac_look_default };
  s->title = lac_experiment_setting(e, "", "title");
  for (size_t i = 0; i < e->settings; i++)
    if (e->setting[i].key && strcmp(e->setting[i].section, "figure") == 0)
      LAC_TRY(lac_context(set_style(s, e->setting[i].key, e->setting[i].value), "%s: line %zu", e->path, e->setting[i].line));
  LAC_TRY(lac_context(lac_table_style_check(&s->rows), "%s", e->path));
  if (s->rows.table) {
    LAC_TRY(lac_context(check_table(s), "%s", e->path));
    return lac_context(read_rates(s, e), "%s", e->path);
  }
  if (!s->bys)
    LAC_TRY(split_words("panels", "dataset", s->by, &s->bys));
  if (!s->xs)
    LAC_TRY(split_words("x", "bits_up_per_client", s->x, &s->xs));
  s->own_y = s->y != NULL;
  s->y = s->y ? s->y : "grad_norm_sq";
  if (!s->has_band && s->overs)
    s->of.band = s->of.centre == LAC_CENTRE_MEDIAN ? LAC_BAND_QUARTILES : LAC_BAND_STD;
  LAC_TRY(lac_context(read_rates(s, e), "%s", e->path));
  return lac_context(check_over(s), "%s", e->path);
}

static void free_style(lac_figure_style *s)
{
  for (size_t k = 0; k < s->xs; k++)
    free(s->x[k]);
  for (size_t k = 0; k < s->bys; k++)
    free(s->by[k]);
  for (size_t k = 0; k < s->overs; k++)
    free(s->over[k]);
  lac_table_style_free(&s->rows);
}

/* Without results: is every seconds(NETWORK) one? */
static int check_networks(const lac_figure_style *s, const lac_experiment *e)
{
  for (size_t k = 0; k <= s->xs; k++) {
    char *words;
    LAC_TRY(lac_context(lac_seconds_words(e->networks, k < s->xs ? s->x[k] : s->y, 1, 1, &words), "%s: [figure] %s", e->path,
                        k < s->xs ? "x" : "y"));
    free(words);
  }
  return LAC_OK;
}

int lac_figure_check(const lac_experiment *e)
{
  lac_figure_style s;
  int status = read_style(&s, e);
  if (status == LAC_OK)
    status = check_networks(&s, e);
  free_style(&s);
  return status;
}

/* ---- words of axes ---- */

/* The clients of its runs, from least to most. */
static void find_clients(const lac_figure *f, uint32_t *least, uint32_t *most)
{
  *least = UINT32_MAX;
  *most = 0;
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t i = 0; i < c->runs; i++) {
      uint32_t n = lac_seconds_clients(&c->run[i]->result);
      *least = n < *least ? n : *least;
      *most = n > *most ? n : *most;
    }
}

/* The caption says which network it is. */
static int find_rate_words(lac_figure *f, const lac_experiment *e, size_t k, uint32_t least, uint32_t most)
{
  f->words[k] = k == LAC_FIGURE_X ? lac_rates_level(&f->style.until) : lac_strdup("rate of the links, bit/s");
  LAC_TRY(f->words[k] ? LAC_OK : LAC_ENOMEM);
  return k < LAC_FIGURE_X ? LAC_OK : lac_rates_words(&f->style.until, e->networks, &f->style.rate, least, most, &f->clock);
}

static int find_words(lac_figure *f, const lac_experiment *e)
{
  uint32_t least, most;
  find_clients(f, &least, &most);
  for (size_t k = 0; k <= LAC_FIGURE_X; k++) {
    const char *column = k < LAC_FIGURE_X ? f->style.x[k] : f->style.y, *said = k < LAC_FIGURE_X ? f->style.xlabel : f->style.ylabel;
    if (k >= f->style.xs && k < LAC_FIGURE_X)
      continue;
    if (said || f->style.rows.table) {
      f->words[k] = said ? lac_strdup(said) : lac_table_words(&f->curve->member->result, column);
      LAC_TRY(f->words[k] ? LAC_OK : LAC_ENOMEM);
    } else if (f->style.over_rates)
      LAC_TRY(find_rate_words(f, e, k, least, most));
    else if (f->style.over_option) {
      f->words[k] = k < LAC_FIGURE_X ? lac_strdup(column) : lac_sweep_words(&f->style.until, column);
      LAC_TRY(f->words[k] ? LAC_OK : LAC_ENOMEM);
    } else
      LAC_TRY(lac_seconds_words(e->networks, column, least, most, &f->words[k]));
  }
  return LAC_OK;
}

/* ---- panels, series, variants ---- */

static int check_columns(const lac_figure_style *s, const lac_member *m)
{
  lac_derived q;
  for (size_t k = 0; k <= s->xs; k++) {
    const char *name = k < s->xs ? s->x[k] : s->y;
    LAC_TRY(lac_context(lac_result_find(&m->result, name, &q), "[figure] %s", k < s->xs ? "x" : "y"));
  }
  return LAC_OK;
}

static int same_panel(const lac_figure_style *s, const lac_member *a, const lac_member *b)
{
  for (size_t k = 0; k < s->bys; k++) {
    const char *of_a = lac_member_key(a, s->by[k]), *of_b = lac_member_key(b, s->by[k]);
    if (strcmp(of_a ? of_a : "", of_b ? of_b : ""))
      return 0;
  }
  return 1;
}

static size_t panel_of(lac_figure *f, const lac_member *m)
{
  for (size_t i = 0; i < f->panels; i++)
    if (same_panel(&f->style, f->panel[i].member, m))
      return i;
  f->panel[f->panels] = (lac_figure_panel){ m };
  return f->panels++;
}

static int check_panels(const lac_figure *f, const char *path)
{
  for (size_t k = 0; k < f->style.bys; k++) {
    size_t with = 0;
    for (size_t i = 0; i < f->panels; i++)
      with += lac_member_key(f->panel[i].member, f->style.by[k]) != NULL;
    if (!with)
      return lac_fail(LAC_EUSER, "%s: [figure] panels: no result has '%.60s'; laconic show FILE lists what they have", path,
                      f->style.by[k]);
  }
  return LAC_OK;
}

static size_t series_of(lac_figure *f, const lac_member *m)
{
  const char *value = lac_member_key(m, f->style.series);
  value = value ? value : "";
  for (size_t i = 0; i < f->serieses; i++)
    if (strcmp(f->series[i].value, value) == 0)
      return i;
  f->series[f->serieses].value = value;
  return f->serieses++;
}

/* Is the piece one of "k=2, x8"? */
static int has_piece(const char *variant, const char *piece, size_t length)
{
  for (const char *p = variant; *p; p += strspn(p, ", ")) {
    size_t n = strcspn(p, ",");
    if (n == length && strncmp(p, piece, n) == 0)
      return 1;
    p += n;
  }
  return 0;
}

/* The pieces of the first run's variant that all runs of the curve have.  Caller frees; NULL: no memory. */
static char *name_variant(const lac_figure_curve *c)
{
  char *name = lac_strdup("");
  for (const char *p = c->member->variant; name && *p; p += strspn(p, ", ")) {
    size_t n = strcspn(p, ","), i = 0;
    while (i < c->runs && has_piece(c->run[i]->variant, p, n))
      i++;
    char *longer = i == c->runs ? lac_asprintf("%s%s%.*s", name, *name ? ", " : "", (int)n, p) : name;
    if (longer != name)
      free(name);
    name = longer;
    p += n;
  }
  return name;
}

static int variant_of(lac_figure_series *s, const char *variant, size_t *place)
{
  for (*place = 0; *place < s->variants; ++*place)
    if (strcmp(s->variant[*place], variant) == 0)
      return LAC_OK;
  const char **more = realloc(s->variant, (s->variants + 1) * sizeof *more);
  if (!more)
    return lac_fail(LAC_ENOMEM, "out of memory for a legend");
  s->variant = more;
  s->variant[s->variants++] = variant;
  return LAC_OK;
}

/* ---- curves ---- */

/* The label, and what tells panels and series apart; with `all` the values of `over`, too.  Caller frees; NULL: no memory. */
static char *describe_sweep(const lac_figure_style *s, const lac_member *m, int all)
{
  char *text = lac_strdup(m->run->label);
  for (size_t i = 0; text && i <= s->bys + (all ? s->overs : 0); i++) {
    const char *value = lac_member_key(m, i == 0 ? s->series : i <= s->bys ? s->by[i - 1] : s->over[i - 1 - s->bys]);
    char *longer = lac_asprintf("%s\n%s", text, value ? value : "");
    free(text);
    text = longer;
  }
  return text;
}

/* What runs of one curve have in common: the label, and every option but those of `over`.  Caller frees; NULL: no memory. */
static char *describe_point(const lac_figure_style *s, const lac_member *m)
{
  if (s->over_option)
    return describe_sweep(s, m, 0);
  char *text = lac_strdup(m->run->label);
  for (const lac_option *o = lac_what_options; text && o->name; o++) {
    int is_over = 0;
    for (size_t i = 0; i < s->overs; i++)
      is_over |= strcmp(s->over[i], o->name) == 0;
    char *value = is_over ? NULL : lac_option_text(o, &m->run->config);
    char *longer = is_over ? text : value ? lac_asprintf("%s\n%s", text, value) : NULL;
    if (longer != text)
      free(text);
    free(value);
    text = longer;
  }
  return text;
}

static int has_run(const lac_figure_curve *c, const lac_member *m)
{
  for (size_t i = 0; i < c->runs; i++)
    if (strcmp(c->run[i]->file, m->file) == 0)
      return 1;
  return 0;
}

static int add_run(lac_figure *f, lac_figure_curve *c, const lac_member *m)
{
  size_t cap = c->runs;
  if (has_run(c, m))
    return LAC_OK;
  if (c->panel != panel_of(f, m) || c->series != series_of(f, m))
    return lac_fail(LAC_EUSER, "[figure] over makes one curve of %s and %s of [run %s], and panels or series tells them apart",
                    c->member->file, m->file, m->run->label);
  LAC_TRY(lac_grow(&c->run, &cap, c->runs + 1, sizeof *c->run));
  c->run[c->runs++] = m;
  return LAC_OK;
}

/* The curve of a run: one of those that there are when `over` makes them one; *point is taken when it is a new one. */
static int curve_of(lac_figure *f, char **point, char ***points, const lac_member *m)
{
  size_t i = 0;
  while (i < f->curves && !(f->style.overs && strcmp((*points)[i], *point) == 0))
    i++;
  if (i == f->curves) {
    (*points)[f->curves] = *point;
    *point = NULL;
    f->curve[f->curves++] = (lac_figure_curve){ .member = m, .panel = panel_of(f, m), .series = series_of(f, m),
                                                .is_dots = lac_table_dots(&f->style.rows, m) };
  }
  return add_run(f, &f->curve[i], m);
}

/* The member over the rates, in place of its own rows. */
static int sweep_rates(lac_figure *f, const lac_member **m)
{
  lac_member *swept = &f->swept[f->sweeps++];
  *swept = **m;
  int status = lac_rates_result(&swept->result, *m, &f->style.until, f->style.y, &f->style.rate);
  *m = swept;
  return lac_context(status, "[figure] y");
}

/* Make the run a point of its line, which has no variant. */
static int sweep_option(lac_figure *f, const lac_member *m, size_t most)
{
  size_t i = 0;
  char *name = describe_sweep(&f->style, m, 1);
  if (!name)
    return LAC_ENOMEM;
  while (i < f->sweeps && strcmp(f->sweep_name[i], name))
    i++;
  if (i < f->sweeps)
    free(name);
  else {
    f->sweep_name[f->sweeps++] = name;
    f->swept[i] = *m;
    f->swept[i].variant = name + strlen(name);
    LAC_TRY(lac_sweep_begin(&f->swept[i].result, m, f->style.x[0], f->style.y, most));
  }
  return lac_context(lac_sweep_add(&f->swept[i].result, m, &f->style.until), "[figure]");
}

static int add_curve(lac_figure *f, char **points, const lac_member *m)
{
  char *point = describe_point(&f->style, m);
  int status = point ? curve_of(f, &point, &points, m) : LAC_ENOMEM;
  free(point);
  return status;
}

/* Now that they have all their runs. */
static int add_sweeps(lac_figure *f, char **points, const char *path)
{
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < f->sweeps; i++)
    lac_sweep_widen(&f->swept[i].result, &low, &high);
  if (f->sweeps && !(low <= high))
    return lac_fail(LAC_EUSER, "%s: [figure] x: no run has an option '%.60s'; laconic show FILE lists what they have", path, f->style.x[0]);
  for (size_t i = 0; i < f->sweeps; i++) {
    lac_sweep_level(&f->swept[i].result, low, high);
    LAC_TRY(add_curve(f, points, &f->swept[i]));
  }
  return LAC_OK;
}

static int read_member(lac_figure *f, const lac_member **m, size_t most)
{
  return f->style.over_rates ? sweep_rates(f, m) : f->style.over_option ? sweep_option(f, *m, most) : check_columns(&f->style, *m);
}

static int collect_curves(lac_figure *f, const lac_collection *c, char **points)
{
  for (const lac_member *all = c->member, *m = all; all < c->member + c->count; m = ++all)
    if (m->present && m->result.rows && m->best != LAC_BEST_NO && (!m->result.is_table || lac_table_draws(&f->style.rows, m))) {
      LAC_TRY(lac_context(read_member(f, &m, c->count), "%s", c->experiment.path));
      if (!f->style.over_option)
        LAC_TRY(add_curve(f, points, m));
      f->results++;
    }
  LAC_TRY(f->style.over_option ? add_sweeps(f, points, c->experiment.path) : LAC_OK);
  for (lac_figure_curve *curve = f->curve; curve < f->curve + f->curves; curve++) {
    if (!(curve->name = name_variant(curve)))
      return LAC_ENOMEM;
    LAC_TRY(variant_of(&f->series[curve->series], curve->name, &curve->variant));
  }
  return LAC_OK;
}

static int make_curves(lac_figure *f, const lac_collection *c)
{
  f->curve = lac_alloc(c->count * sizeof *f->curve);
  f->panel = lac_alloc(c->count * sizeof *f->panel);
  f->series = lac_alloc(c->count * sizeof *f->series);
  f->xmin = lac_alloc(c->count * LAC_FIGURE_X * sizeof *f->xmin);
  f->xmax = lac_alloc(c->count * LAC_FIGURE_X * sizeof *f->xmax);
  f->swept = lac_alloc(c->count * sizeof *f->swept);
  f->sweep_name = lac_alloc(c->count * sizeof *f->sweep_name);
  char **points = lac_alloc(c->count * sizeof *points);
  int status = f->swept && f->sweep_name && f->curve && f->panel && f->series && f->xmin && f->xmax && points ?
    collect_curves(f, c, points) : LAC_ENOMEM;
  for (size_t i = 0; points && i < f->curves; i++)
    free(points[i]);
  free(points);
  LAC_TRY(status);
  if (!f->curves && f->style.rows.table)
    return lac_fail(LAC_EUSER, "%s: nothing to draw: no row of %s is what [figure] of says", c->experiment.path, f->style.rows.table);
  if (!f->curves)
    return lac_fail(LAC_EUSER, "%s: nothing to draw: no data set of it is here (set LACONIC_DATA)", c->experiment.path);
  return check_panels(f, c->experiment.path);
}

/* Of runs whose rows take held-out rows alone, y is the loss of these. */
static void choose_y(lac_figure_style *s, const lac_collection *c)
{
  size_t norms = 0, losses = 0;
  for (const lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->present) {
      norms += lac_result_column(&m->result, "grad_norm_sq") != NULL;
      losses += lac_result_column(&m->result, "test_loss") != NULL;
    }
  if (!s->own_y && !s->rows.table && !norms && losses)
    s->y = "test_loss";
}

int lac_figure_arrange(lac_figure *f, const lac_collection *c)
{
  *f = (lac_figure){ 0 };
  int status = read_style(&f->style, &c->experiment);
  choose_y(&f->style, c);
  if (status == LAC_OK)
    status = make_curves(f, c);
  if (status == LAC_OK)
    status = find_words(f, &c->experiment);
  if (status == LAC_OK)
    status = lac_context(lac_figure_lines(f), "%s", c->experiment.path);
  if (status == LAC_OK)
    status = lac_figure_describe(f);
  if (status != LAC_OK)
    lac_figure_free(f);
  return status;
}

void lac_figure_free(lac_figure *f)
{
  free_style(&f->style);
  for (size_t i = 0; i < f->serieses; i++)
    free(f->series[i].variant);
  for (lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++) {
    for (size_t k = 0; k < LAC_FIGURE_X; k++)
      free(c->line[k].point);
    free(c->run);
    free(c->name);
  }
  for (size_t i = 0; i < f->sweeps; i++) {
    lac_rates_free(&f->swept[i].result);
    free(f->sweep_name[i]);
  }
  free(f->swept);
  free(f->sweep_name);
  free(f->panel);
  free(f->series);
  free(f->curve);
  for (size_t k = 0; k <= LAC_FIGURE_X; k++)
    free(f->words[k]);
  free(f->clock);
  free(f->caption);
  free(f->xmin);
  free(f->xmax);
  *f = (lac_figure){ 0 };
}
