/* A figure for the page: gnuplot's drawing as an element, and the data of its curves. */
#include "report/report.h"

#include "figures/gnuplot.h"
#include "figures/heading.h"
#include "figures/lines.h"
#include "figures/palette.h"
#include "figures/script.h"
#include "file.h"
#include "report/html.h"
#include "store/temporary.h"
#include "store/trace.h"
#include "utf8.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

/* Caller frees; NULL: no memory. */
static char *name_panel(const lac_figure *f, size_t panel)
{
  lac_heading h;
  char *text = lac_heading_make(&h, f, panel) == LAC_OK ? h.text : NULL;
  if (text)
    free(h.about);
  return text;
}

static void describe(FILE *to, const lac_figure *f)
{
  lac_html(to, "%u curves of %s%s against %s", f->curves, f->style.y, f->style.ylog ? " (logarithmic)" : "", f->style.x[0]);
  for (size_t k = 1; k < f->style.xs; k++)
    lac_html(to, " and %s", f->style.x[k]);
  for (size_t p = 0; p < f->panels; p++) {
    char *name = name_panel(f, p);
    lac_html(to, "%s%s", p ? ", " : f->panels > 1 ? ", in panels for " : ", for ", name);
    free(name);
  }
  lac_html(to, ". Series: ");
  for (size_t s = 0; s < f->serieses; s++)
    lac_html(to, "%s%s", s ? ", " : "", f->series[s].value);
  lac_html(to, ". The chart below has the same data as a table.");
}

/* ---- gnuplot's drawing ---- */

/* The element of this name, from its "<" to behind its end; NULL: there is none. */
static char *find_element(char *text, const char *open, const char *close, char **end)
{
  char *from = strstr(text, open), *to = from ? strstr(from, close) : NULL;
  *end = to ? to + strlen(close) : NULL;
  return to ? from : NULL;
}

/* Behind a group without content that begins here, of which gnuplot writes many; `text` when there is none. */
static const char *skip_empty(const char *text)
{
  const char *inner = strncmp(text, "<g ", 3) == 0 ? strchr(text, '>') : NULL;
  if (!inner)
    return text;
  inner += 1 + strspn(inner + 1, " \n");
  return strncmp(inner, "</g>", 4) ? text : inner + 4 + strspn(inner + 4, " \n");
}

/* Behind the title of a curve that begins here, which names a block of the data file; `text` when there is none. */
static const char *skip_title(const char *text)
{
  const char *end = strncmp(text, "<title>", 7) == 0 ? strstr(text, "</title>") : NULL;
  return end ? end + 8 + strspn(end + 8, "\n") : text;
}

/* Behind a band that begins here and is on average thinner than a tenth of the unit; `text` when there is none. */
static const char *skip_thin(const char *text)
{
  const char *close = strncmp(text, "<polygon ", 9) == 0 ? strstr(text, "/>") : NULL, *at = close ? strstr(text, "points = '") : NULL;
  double x, y, x0 = 0, y0 = 0, area = 0, left = INFINITY, right = -INFINITY;
  int used = 0;
  if (!at || at > close)
    return text;
  for (at += strlen("points = '"); sscanf(at, " %lf,%lf%n", &x, &y, &used) == 2; at += used) {
    area += left <= right ? (x - x0) * (y + y0) / 2 : 0;
    left = fmin(left, x);
    right = fmax(right, x);
    x0 = x;
    y0 = y;
  }
  return fabs(area) < 0.1 * fmax(right - left, 1) ? close + 2 : text;
}

/* Points of a line, up to the quote: a tenth of the drawing's unit is less than a screen shows.  Returns what is behind them. */
static const char *put_points(FILE *to, const char *text, const char *end)
{
  while (text < end && *text != '\'' && *text != '"') {
    char *rest;
    double value = strtod(text, &rest);
    size_t blanks = strspn(text, " \n");
    if (blanks) {
      text += blanks;
      fputs(strchr("MLz'\"", *text) ? "" : " ", to);
    } else if (rest != text) {
      fprintf(to, "%.6g", round(10 * value) / 10);
      text = rest;
    } else
      fputc(*text++, to);
  }
  return text;
}

/* Inside of tags, names and uses of ids are prefixed: several drawings are in one page. */
static void put_drawing(FILE *to, const char *text, const char *end, const char *id)
{
  static const char *const before[] = { " id='", " id=\"", "href='#", "href=\"#", "url(#" };
  int inside = 0;
  while (text < end) {
    size_t n = 0;
    const char *rest = skip_thin(skip_title(skip_empty(text)));
    if (rest != text) {
      text = rest;
      continue;
    }
    if (inside && (strncmp(text, " d='", 4) == 0 || strncmp(text, " points = '", 11) == 0)) {
      rest = strchr(text, '\'') + 1;
      fprintf(to, "%.*s", (int)(rest - text), text);
      text = put_points(to, rest, end);
      continue;
    }
    for (size_t i = 0; inside && !n && i < LAC_COUNT(before); i++)
      n = strncmp(text, before[i], strlen(before[i])) == 0 ? strlen(before[i]) : 0;
    if (n) {
      fprintf(to, "%.*s%s-", (int)n, text, id);
      text += n;
      continue;
    }
    inside = *text == '<' ? 1 : *text == '>' ? 0 : inside;
    if ((unsigned char)*text >= ' ' || *text == '\n')
      fputc(*text, to);
    text++;
  }
}

#define ENLARGED 1.5      /* on a screen, where its width allows that */

/* Bytes that are not UTF-8 come from the labels; what else the drawing has is plain ASCII. */
static void put_svg(FILE *to, char *text, const lac_figure *f, const char *id, const char *title)
{
  char *end, *from = find_element(text, "<svg", ">", &end), *view = from ? strstr(from, "viewBox=") : NULL;
  double width;
  lac_html(to, "<svg role=\"img\" aria-labelledby=\"%s-title %s-desc\"", id, id);
  if (view && view < end) {
    fprintf(to, " viewBox=\"%.*s\"", (int)strcspn(view + 9, "\"'"), view + 9);
    if (sscanf(view + 9, "%*f %*f %lf", &width) == 1)
      fprintf(to, " width=\"%.0f\"", ENLARGED * width);
  }
  lac_html(to, ">\n<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">", id, title, id);
  describe(to, f);
  fputs("</desc>", to);
  char *about = find_element(end ? end : text, "<title", "</desc>", &from), *close = strstr(text, "</svg>");
  put_drawing(to, about ? from : end ? end : text, close ? close + strlen("</svg>") : text + strlen(text), id);
  fputc('\n', to);
}

static int take_drawing(FILE *to, const char *path, const lac_figure *f, const char *id, const char *title)
{
  char *text;
  size_t size;
  LAC_TRY(lac_read_file(path, &text, &size));
  for (char *line = text, *next; line; line = next) {      /* a line by itself: a printable text has none */
    if ((next = strchr(line, '\n')))
      *next++ = 0;
    for (char *p = line; *p; p++)
      *p = *p == '\t' ? ' ' : *p;
    lac_printable(line);
    if (next)
      next[-1] = '\n';
  }
  put_svg(to, text, f, id, title);
  free(text);
  return LAC_OK;
}

int lac_report_draw(FILE *to, lac_figure *f, const char *id, const char *title)
{
  static const char *const names[] = { "figure.dat", "figure.gp", "figure.svg" };
  lac_workplace w;
  int status = lac_workplace_make(&w, names, LAC_COUNT(names));
  if (status == LAC_OK)
    status = lac_script_write(f, w.folder, "figure");
  if (status == LAC_OK)
    status = lac_gnuplot_draw(w.folder, "figure", "svg");
  if (status == LAC_OK)
    status = take_drawing(to, w.file[2], f, id, title);
  lac_workplace_remove(&w);
  return status;
}

/* ---- data of the curves ---- */

enum { POINTS_IN_ALL = 5000, POINTS_LEAST = 40, POINTS_MOST = 200 };

static void put_names(FILE *to, const char *key, const char *const *names, size_t count)
{
  fprintf(to, ",\n\"%s\":[", key);
  for (size_t i = 0; i < count; i++) {
    fputs(i ? "," : "", to);
    lac_html_json(to, names[i]);
  }
  fputc(']', to);
}

static int is_count(const char *column)
{
  const lac_column_words *about = lac_column_about(column);
  return about && about->is_count;
}

/* Many counts grow by the same number in every round: then two numbers say all of them. */
static int is_linear(const lac_result *r, const double *value, double *start, double *slope)
{
  const double *round = lac_result_column(r, "round");
  size_t last = r->rows - 1;
  *start = value[0];
  *slope = last && round[last] > round[0] ? (value[last] - value[0]) / (round[last] - round[0]) : 0;
  for (size_t i = 0; i < r->rows; i++)
    if (value[i] != *start + *slope * (round[i] - round[0]))
      return 0;
  return round[0] == 0;
}

static void put_column(FILE *to, const lac_result *r, const char *name, const double *value, const size_t *rows, size_t count)
{
  double start, slope;
  lac_html_json(to, name);
  if (is_count(name) && strcmp(name, "round") && is_linear(r, value, &start, &slope)) {
    fputs(":{\"from\":", to);
    lac_html_number(to, start, 17);
    fputs(",\"each\":", to);
    lac_html_number(to, slope, 17);
    fputc('}', to);
    return;
  }
  fputs(":[", to);
  for (size_t i = 0; i < count; i++) {
    fputs(i ? "," : "", to);
    lac_html_number(to, value[rows[i]], is_count(name) ? 15 : 6);
  }
  fputc(']', to);
}

/* The name of a computed column that axis k shows, of y for LAC_FIGURE_X; NULL: none. */
static const char *computed_name(const lac_figure *f, size_t k)
{
  return !f->words[k] || f->style.over_rates || f->style.over_option ? NULL : k < LAC_FIGURE_X ? f->style.x[k] : f->style.y;
}

static void put_computed(FILE *to, const lac_figure *f, const lac_result *r, const size_t *rows, size_t count)
{
  lac_derived q;
  for (size_t k = 0; k <= LAC_FIGURE_X; k++)
    if (computed_name(f, k) && lac_result_derived(r, computed_name(f, k), &q)) {
      fputs(",", to);
      put_column(to, r, computed_name(f, k), q.column, rows, count);
    }
}

/* Rows of a run: the first and the last, and of every stretch of the first x axis that with the least y.  rows holds most + 4. */
static size_t thin(const lac_figure *f, const lac_member *m, size_t most, size_t *rows)
{
  lac_derived x, y;
  size_t count = 0, stretch = SIZE_MAX, all = m->result.rows;
  if (!lac_result_derived(&m->result, f->style.x[0], &x) || !lac_result_derived(&m->result, f->style.y, &y))
    return 0;
  double low = lac_derived_at(&x, 0), high = lac_derived_at(&x, all - 1);
  for (size_t i = 0; i < all; i++) {
    double at = high > low ? (lac_derived_at(&x, i) - low) / (high - low) * (double)most : 0;
    size_t here = at > 0 ? at < (double)most ? (size_t)at : most : 0;
    if (i == 0 || i + 1 == all || here > stretch || stretch == SIZE_MAX) {
      rows[count++] = i;
      stretch = i ? here : SIZE_MAX;
    } else if (lac_derived_at(&y, i) < lac_derived_at(&y, rows[count - 1]))
      rows[count - 1] = i;
  }
  return count;
}

/* "EF21 ×4", and the seed where a curve of the drawing is of several runs. */
static char *name_run(const lac_figure_curve *c, const lac_member *m)
{
  const char *seed = lac_member_key(m, "seed"), *blank = *m->variant ? " " : "";
  return c->runs > 1 ? lac_asprintf("%s%s%s, seed %s", m->run->label, blank, m->variant, seed ? seed : "?")
                     : lac_asprintf("%s%s%s", m->run->label, blank, m->variant);
}

static int has_variants(const lac_figure *f)
{
  for (size_t s = 0; s < f->serieses; s++)
    if (f->series[s].variants > 1)
      return 1;
  return 0;
}

static void put_run(FILE *to, const lac_figure *f, const lac_figure_curve *c, const lac_member *m, size_t most)
{
  const lac_result *r = &m->result;
  const char *clients = lac_result_attribute(r, "clients");
  lac_curve_style style = lac_curve_style_of(c->series, c->variant, f->series[c->series].variants, !has_variants(f));
  size_t rows[POINTS_MOST + 4], count = thin(f, m, most, rows);
  fprintf(to, "{\"panel\":%zu,\"series\":%zu,\"colour\":\"#%06x\",\"dashes\":\"%s\",\"clients\":%.17g,\"name\":", c->panel, c->series,
          style.colour, style.dashes, clients ? atof(clients) : 1);
  char *name = name_run(c, m);
  lac_html_json(to, name ? name : "");
  free(name);
  fputs(",\"column\":{", to);
  for (size_t k = 0; k < r->columns; k++) {
    fputs(k ? "," : "", to);
    put_column(to, r, r->name[k], r->column[k], rows, count);
  }
  put_computed(to, f, r, rows, count);
  fputs("}}", to);
}

static void put_curves(FILE *to, const lac_figure *f)
{
  size_t most = POINTS_IN_ALL / f->results, put = 0;
  most = most < POINTS_LEAST ? POINTS_LEAST : most > POINTS_MOST ? POINTS_MOST : most;
  fputs(",\n\"curves\":[", to);
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t i = 0; i < c->runs; i++) {
      fputs(put++ ? ",\n" : "\n", to);
      put_run(to, f, c, c->run[i], most);
    }
  fputs("]", to);
}

static void put_columns(FILE *to, const lac_figure *f)
{
  const lac_result *r = &f->curve[0].member->result;
  fputs(",\n\"columns\":[", to);
  for (size_t k = 0; k < r->columns; k++) {
    const lac_column_words *about = lac_column_about(r->name[k]);
    fputs(k ? ",{\"name\":" : "{\"name\":", to);
    lac_html_json(to, r->name[k]);
    fputs(",\"says\":", to);
    lac_html_json(to, about ? about->long_name : "");
    fprintf(to, ",\"count\":%d}", is_count(r->name[k]));
  }
  for (size_t k = 0; k <= LAC_FIGURE_X; k++)
    if (computed_name(f, k)) {
      fputs(",{\"name\":", to);
      lac_html_json(to, computed_name(f, k));
      fputs(",\"says\":", to);
      lac_html_json(to, f->words[k]);
      fputs(",\"count\":0}", to);
    }
  fputs("]", to);
}

void lac_report_data(FILE *to, const lac_figure *f)
{
  fputs("{\"y\":", to);
  lac_html_json(to, f->style.y);
  fprintf(to, ",\"xlog\":%d,\"ylog\":%d,\"ymin\":", f->style.xlog, f->style.ylog);
  lac_html_number(to, f->ymin, 10);
  fputs(",\"ymax\":", to);
  lac_html_number(to, f->ymax, 10);
  put_names(to, "x", (const char *const *)f->style.x, f->style.xs);
  fputs(",\n\"panels\":[", to);
  for (size_t p = 0; p < f->panels; p++) {
    char *name = name_panel(f, p);
    fputs(p ? "," : "", to);
    lac_html_json(to, name ? name : "");
    free(name);
  }
  fputs("],\n\"series\":[", to);
  for (size_t s = 0; s < f->serieses; s++) {
    fputs(s ? ",{\"name\":" : "{\"name\":", to);
    lac_html_json(to, f->series[s].value);
    fprintf(to, ",\"variants\":%zu}", f->series[s].variants);
  }
  fputs("]", to);
  put_columns(to, f);
  put_curves(to, f);
  fputs("}\n", to);
}
