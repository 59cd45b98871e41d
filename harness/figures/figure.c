#include "figures/figure.h"

#include <ctype.h>
#include <math.h>
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

/* Words with commas or blanks between. */
static int split_words(const char *key, const char *text, char **word, size_t *words)
{
  for (const char *p = text; *p;) {
    size_t space = strspn(p, " \t,"), n = strcspn(p + space, " \t,");
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

static int set_style(lac_figure_style *s, const char *key, const char *value)
{
  static const char *const names[] = { "title", "caption", "legend", "x", "y", "panels", "series", "ymin", "ymax", "xmax", "xscale",
                                       "yscale", "columns" };
  const struct { const char *key, **to; } texts[] = { { "title", &s->title }, { "caption", &s->caption }, { "legend", &s->legend },
    { "y", &s->y }, { "series", &s->series } };
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
  const char *near = lac_nearest(key, names, LAC_COUNT(names));
  return near ? lac_fail(LAC_EUSER, "[figure] has no setting '%.40s'; did you mean %s?", key, near)
              : lac_fail(LAC_EUSER, "[figure] has no setting '%.40s'", key);
}

static int read_style(lac_figure_style *s, const lac_experiment *e)
{
  *s = (lac_figure_style){ .y = "grad_norm_sq", .series = "label", .ylog = 1 };
  s->title = lac_experiment_setting(e, "", "title");
  for (size_t i = 0; i < e->settings; i++)
    if (e->setting[i].key && strcmp(e->setting[i].section, "figure") == 0)
      LAC_TRY(lac_context(set_style(s, e->setting[i].key, e->setting[i].value), "%s: line %zu", e->path, e->setting[i].line));
  if (!s->bys)
    LAC_TRY(split_words("panels", "dataset", s->by, &s->bys));
  return s->xs ? LAC_OK : split_words("x", "bits_up_per_client", s->x, &s->xs);
}

static void free_style(lac_figure_style *s)
{
  for (size_t k = 0; k < s->xs; k++)
    free(s->x[k]);
  for (size_t k = 0; k < s->bys; k++)
    free(s->by[k]);
}

int lac_figure_check(const lac_experiment *e)
{
  lac_figure_style s;
  int status = read_style(&s, e);
  free_style(&s);
  return status;
}

/* ---- values ---- */

static const double *column_of(const lac_member *m, const char *name, double *divisor)
{
  static const char suffix[] = "_per_client";
  size_t n = strlen(name), k = sizeof suffix - 1;
  char bare[64];
  *divisor = 1;
  const double *whole = lac_result_column(&m->result, name);
  if (whole || n <= k || n - k >= sizeof bare || strcmp(name + n - k, suffix))
    return whole;
  const char *clients = lac_result_attribute(&m->result, "clients");
  snprintf(bare, sizeof bare, "%.*s", (int)(n - k), name);
  *divisor = clients ? atof(clients) : 1;
  return lac_result_column(&m->result, bare);
}

static double value_of(const lac_member *m, const char *name, size_t row)
{
  double divisor;
  const double *column = column_of(m, name, &divisor);
  return column[row] / divisor;
}

double lac_figure_x(const lac_figure *f, const lac_figure_curve *c, size_t k, size_t row)
{
  return value_of(c->member, f->style.x[k], row);
}

double lac_figure_y(const lac_figure *f, const lac_figure_curve *c, size_t row) { return value_of(c->member, f->style.y, row); }

static int check_columns(const lac_figure_style *s, const lac_member *m)
{
  double divisor;
  for (size_t k = 0; k <= s->xs; k++) {
    const char *name = k < s->xs ? s->x[k] : s->y, *near;
    if (column_of(m, name, &divisor))
      continue;
    near = lac_nearest(name, (const char *const *)m->result.name, m->result.columns);
    return lac_fail(LAC_EUSER, "[figure] %s: the results have no column '%.60s'%s%s", k < s->xs ? "x" : "y", name,
                    near ? "; did you mean " : "", near ? near : "");
  }
  return LAC_OK;
}

/* ---- panels, series, variants ---- */

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

static int variant_of(lac_figure_series *s, const lac_member *m, size_t *place)
{
  for (*place = 0; *place < s->variants; ++*place)
    if (strcmp(s->variant[*place], m->variant) == 0)
      return LAC_OK;
  const char **more = realloc(s->variant, (s->variants + 1) * sizeof *more);
  if (!more)
    return lac_fail(LAC_ENOMEM, "out of memory for a legend");
  s->variant = more;
  s->variant[s->variants++] = m->variant;
  return LAC_OK;
}

static int make_curves(lac_figure *f, const lac_collection *c)
{
  f->curve = lac_alloc(c->count * sizeof *f->curve);
  f->panel = lac_alloc(c->count * sizeof *f->panel);
  f->series = lac_alloc(c->count * sizeof *f->series);
  f->xmin = lac_alloc(c->count * LAC_FIGURE_X * sizeof *f->xmin);
  f->xmax = lac_alloc(c->count * LAC_FIGURE_X * sizeof *f->xmax);
  if (!f->curve || !f->panel || !f->series || !f->xmin || !f->xmax)
    return LAC_ENOMEM;
  for (const lac_member *m = c->member; m < c->member + c->count; m++)
    if (m->present && m->result.rows && m->best != LAC_BEST_NO) {
      LAC_TRY(lac_context(check_columns(&f->style, m), "%s", c->experiment.path));
      lac_figure_curve *curve = &f->curve[f->curves++];
      *curve = (lac_figure_curve){ .member = m, .panel = panel_of(f, m), .series = series_of(f, m) };
      LAC_TRY(variant_of(&f->series[curve->series], m, &curve->variant));
    }
  if (!f->curves)
    return lac_fail(LAC_EUSER, "%s: nothing to draw: no data set of it is here (set LACONIC_DATA)", c->experiment.path);
  return check_panels(f, c->experiment.path);
}

/* ---- ranges ---- */

/* Values far above the start are those of a run that diverges: they do not count. */
static void y_range(lac_figure *f)
{
  double least = INFINITY, most = -INFINITY;
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++) {
    double start = lac_figure_y(f, c, 0);
    for (size_t i = 0; i < c->member->result.rows; i++) {
      double y = lac_figure_y(f, c, i);
      if (!isfinite(y) || (f->style.ylog && y <= 0) || (start > 0 && y > 1e3 * start))
        continue;
      least = fmin(least, y);
      most = fmax(most, y);
    }
  }
  if (!(least <= most))
    least = 1, most = 10;
  f->ymin = f->style.ylog ? pow(10, floor(log10(least) + 1e-9)) : least - 0.03 * (most - least);
  f->ymax = f->style.ylog ? pow(10, ceil(log10(most) - 1e-9)) : most + 0.03 * (most - least);
  if (f->style.ymin > 0)
    f->ymin = f->style.ymin;
  if (f->style.ymax > 0)
    f->ymax = f->style.ymax;
  if (!(f->ymin < f->ymax))
    f->ymax = f->style.ylog ? 10 * f->ymin : f->ymin + 1;
}

/* A curve that ends above the axis is drawn up to where it leaves. */
static void find_end(lac_figure *f, lac_figure_curve *c)
{
  size_t rows = c->member->result.rows;
  for (c->rows = rows; c->rows > 0; c->rows--) {
    double y = lac_figure_y(f, c, c->rows - 1);
    if (isfinite(y) && y <= f->ymax)
      break;
  }
  c->leaves = c->rows < rows;
}

static void x_ranges(lac_figure *f)
{
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++) {
      double *least = &f->xmin[c->panel * LAC_FIGURE_X + k], *most = &f->xmax[c->panel * LAC_FIGURE_X + k];
      for (size_t i = 0; i < c->rows + (size_t)c->leaves; i++) {
        double x = lac_figure_x(f, c, k, i);
        if (f->style.xlog && x > 0 && (*least == 0 || x < *least))
          *least = x;
        *most = fmax(*most, x);
      }
      if (k == 0 && f->style.xmax > 0)
        *most = fmin(*most, f->style.xmax);
    }
  for (size_t i = 0; i < f->panels * LAC_FIGURE_X; i++)
    if (!(f->xmin[i] < f->xmax[i]))
      f->xmax[i] = f->xmin[i] > 0 ? 10 * f->xmin[i] : 1;
}

int lac_figure_arrange(lac_figure *f, const lac_collection *c)
{
  *f = (lac_figure){ 0 };
  int status = read_style(&f->style, &c->experiment);
  if (status == LAC_OK)
    status = make_curves(f, c);
  if (status == LAC_OK) {
    y_range(f);
    for (size_t i = 0; i < f->curves; i++)
      find_end(f, &f->curve[i]);
    x_ranges(f);
  } else
    lac_figure_free(f);
  return status;
}

void lac_figure_free(lac_figure *f)
{
  free_style(&f->style);
  for (size_t i = 0; i < f->serieses; i++)
    free(f->series[i].variant);
  free(f->panel);
  free(f->series);
  free(f->curve);
  free(f->xmin);
  free(f->xmax);
  *f = (lac_figure){ 0 };
}

/* ---- thinning ---- */

/* Which of `most` stretches of its first x axis a row is in. */
static size_t stretch(const lac_figure *f, const lac_figure_curve *c, size_t most, size_t row)
{
  double x = lac_figure_x(f, c, 0, row), low = f->xmin[c->panel * LAC_FIGURE_X], high = f->xmax[c->panel * LAC_FIGURE_X];
  double at = f->style.xlog ? (x > 0 ? log(x / low) / log(high / low) : 0) : (x - low) / (high - low);
  return at <= 0 ? 0 : at >= 1 ? most : (size_t)(at * (double)most);
}

size_t lac_figure_thin(const lac_figure *f, const lac_figure_curve *c, size_t most, size_t *rows)
{
  size_t count = 0, last = SIZE_MAX;
  for (size_t i = 0; i < c->rows; i++) {
    size_t at = stretch(f, c, most, i);
    if (i == 0 || i == c->rows - 1) {
      rows[count++] = i;
      last = i == 0 ? SIZE_MAX : at;
    } else if (at != last || count == 0) {
      rows[count++] = i;
      last = at;
    } else if (lac_figure_y(f, c, i) < lac_figure_y(f, c, rows[count - 1]))
      rows[count - 1] = i;
  }
  return count;
}
