/* From an arranged figure to a data file, a script and a drawing.  All lengths are in points; the drawing is one text column of a
   paper wide when it is scaled to two thirds. */
#include "figures/figure.h"
#include "store/temporary.h"

#include "file.h"
#include "interrupt.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PIXELS_MOST = 32000 };      /* of a side of a PNG: cairo has no larger ones */

/* Okabe and Ito's palette, which readers with any colour vision can tell apart; the first three differ most. */
static const unsigned palette[] = { 0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x000000 };

typedef struct {
  unsigned columns, rows;                /* of cells */
  double width, height;                  /* of the whole */
  double left, gap_x, panel_w, panel_h;
  double top, step;                      /* upper edge of the first panel from the top; from one panel to that below it */
  double legend_x, legend_y, legend_w, legend_h;      /* upper left corner, from the top */
  size_t caption_lines;
} layout;

/* ---- text ---- */

/* A text for gnuplot.  In single quotes nothing is special but the quote itself, for which an apostrophe stands.  Bold is
   enhanced text, because the SVG terminal has it nowhere else; there its marks are escaped. */
static void put_text(FILE *to, const char *text, int bold)
{
  fputs(bold ? "'{/:Bold " : "'", to);
  for (; *text; text++) {
    if (bold && strchr("{}^_@&~\\", *text))
      fputc('\\', to);
    if (*text == '\'')
      fputs("\u2019", to);
    else
      fputc((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text, to);
  }
  fputs(bold ? "}'" : "'", to);
}

/* The name of a file: what gnuplot may take for something else is a number. */
static void put_name(FILE *to, const char *name)
{
  fputc('"', to);
  for (; *name; name++)
    fprintf(to, *name & 0x80 || isalnum((unsigned char)*name) || strchr("-_./", *name) ? "%c" : "\\%03o", (unsigned char)*name);
  fputc('"', to);
}

static const char *axis_label(const char *column)
{
  static const struct { const char *column, *label; } known[] = {
    { "grad_norm_sq", "\u2016\u2207f(x)\u2016\u00b2" }, { "f", "f(x)" }, { "f_gap", "f(x) \u2212 f*" },
    { "dist_sq", "\u2016x \u2212 x*\u2016\u00b2" },
    { "round", "round" }, { "bits_up", "bits sent by all clients" }, { "bits_up_per_client", "bits sent per client" },
    { "bits_down", "bits sent by the server" }, { "bits_down_per_client", "bits received per client" },
    { "oracle_calls", "gradients" }, { "oracle_calls_per_client", "gradients per client" },
  };
  for (size_t i = 0; i < LAC_COUNT(known); i++)
    if (strcmp(column, known[i].column) == 0)
      return known[i].label;
  return column;
}

/* The next line of at most `most` bytes, broken at a space where there is one; 0 at the end. */
static size_t next_line(const char **text, size_t most)
{
  *text += strspn(*text, " \t");
  size_t n = strlen(*text);
  if (n <= most)
    return n;
  for (size_t i = most; i > 0; i--)
    if ((*text)[i] == ' ')
      return i;
  for (n = most; ((*text)[n] & 0xc0) == 0x80;)      /* not inside a character */
    n++;
  return n;
}

enum { CAPTION_WIDTH = 118 };

static size_t count_lines(const char *text)
{
  size_t lines = 0, n;
  for (; text && (n = next_line(&text, CAPTION_WIDTH)); text += n)
    lines++;
  return lines;
}

/* ---- colour ---- */

static unsigned mix(unsigned a, unsigned b, double t)
{
  unsigned out = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    double from = a >> shift & 255, to = b >> shift & 255;
    out |= (unsigned)lround(from + t * (to - from)) << shift;
  }
  return out;
}

/* Variants of one series go from light to dark. */
static unsigned colour(const lac_figure *f, size_t series, size_t variant)
{
  size_t count = f->series[series].variants;
  unsigned base = palette[series % LAC_COUNT(palette)];
  double t = count > 1 ? (double)variant / (double)(count - 1) : 0.6;
  return t < 0.6 ? mix(base, 0xffffff, 0.62 * (0.6 - t) / 0.6) : mix(base, 0x000000, 0.45 * (t - 0.6) / 0.4);
}

/* ---- layout ---- */

/* A long list of variants is cut to its first, dots and its last. */
enum { LISTED_MOST = 8 };
static size_t listed(const lac_figure_series *s) { return s->variants > LISTED_MOST ? 3 : s->variants; }

static size_t most_listed(const lac_figure *f)
{
  size_t most = 1;
  for (size_t i = 0; i < f->serieses; i++)
    most = listed(&f->series[i]) > most ? listed(&f->series[i]) : most;
  return most;
}

/* One x axis: panels in reading order.  Several: a row for each, a column for each panel. */
static layout make_layout(const lac_figure *f)
{
  enum { LINE = 12, BELOW = 30 };      /* of the legend; for ticks and label under a panel */
  layout l = { .width = 400, .left = 46, .gap_x = 13, .top = f->style.title ? 44 : 26 };
  size_t cells = f->panels * f->style.xs, entries = most_listed(f);
  if (f->style.xs > 1)
    l.columns = (unsigned)f->panels;
  else
    l.columns = f->style.columns ? f->style.columns : cells == 1 ? 2 : cells <= 3 ? (unsigned)cells : cells == 4 ? 2 : 3;
  l.rows = (unsigned)((cells + l.columns - 1) / l.columns);
  if (l.columns > 3)
    l.width = l.left + 10 + l.columns * 118;
  l.panel_w = (l.width - l.left - 10 - (l.columns - 1) * l.gap_x) / l.columns;
  l.panel_h = fmin(l.panel_w * (l.columns < 3 ? 0.72 : 0.95), 150);
  l.step = l.panel_h + BELOW + 10;
  l.height = l.top + l.rows * l.step - 10;
  if (f->style.xs == 1 && cells < (size_t)l.rows * l.columns) {
    l.legend_x = l.left + (double)(cells % l.columns) * (l.panel_w + l.gap_x);
    l.legend_y = l.top + (l.rows - 1) * l.step;
    l.legend_w = l.width - 4 - l.legend_x;
    l.legend_h = l.panel_h + 20;
  } else {
    int list = entries == 1;
    size_t lines = list ? (f->serieses + 2) / 3 : entries + 1;
    l.legend_x = l.left;
    l.legend_y = l.height + 4;
    l.legend_w = l.width - l.left - 10;
    l.legend_h = (double)(lines + (f->style.legend != NULL) + 1) * LINE;
    l.height += l.legend_h + 4;
  }
  l.caption_lines = count_lines(f->caption);
  if (l.caption_lines)
    l.height += 8 + 8.4 * (double)l.caption_lines;
  return l;
}

/* ---- data ---- */

static void put_sources(FILE *to, const lac_figure_curve *c)
{
  for (size_t i = 0; i < c->runs; i++) {
    const char *digest = lac_result_attribute(&c->run[i]->result, "digest");
    fprintf(to, "# %s, result %s, digest %s\n", c->run[i]->run->label, c->run[i]->file, digest ? digest : "?");
  }
}

/* A block of gnuplot's for every line: a file of many curves would be read from its beginning for each. */
static int write_data(lac_figure *f, FILE *to)
{
  size_t block = 0;
  fprintf(to, "# Data of a figure, written by laconic plot: x, the line, the lower and the upper edge of its band.\n"
              "# gnuplot: load this file, then plot $curve1, $curve2, ...\n");
  for (lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++) {
      lac_figure_line *line = &c->line[k];
      if (line->count == (size_t)line->leaves)
        continue;
      line->block = ++block;
      fprintf(to, "\n$curve%zu << end\n# %s, %s\n", block, f->style.x[k], f->style.y);
      put_sources(to, c);
      for (const lac_point *p = line->point; p < line->point + line->count; p++)
        fprintf(to, "%.7g %.6g %.6g %.6g\n", p->x, p->y, p->low, p->high);
      fprintf(to, "end\n");
    }
  return LAC_OK;
}

/* ---- script ---- */

/* Comments name no file: gnuplot and a shell would read quotes in them. */
static void put_head(FILE *to, const layout *l, const char *name)
{
  double inch = 1 / 72.0, dot = 96 / 72.0, fine = fmin(300 / 72.0, PIXELS_MOST / fmax(l->width, l->height));
  fprintf(to, "# Written by laconic plot.  To draw it again after a change, with the name of this file for FILE.gp:\n"
              "#   gnuplot -d -e \"format='svg'\" FILE.gp\n\nname = ");
  put_name(to, name);
  fprintf(to, "\nif (!exists('format')) format = 'pdf'\nset encoding utf8\n"
              "if (format eq 'pdf') set terminal pdfcairo size %.4fin,%.4fin font 'Helvetica,9' linewidth 1.8 rounded\n"
              "if (format eq 'svg') set terminal svg size %.0f,%.0f font 'Helvetica,%.0f' linewidth 1.3 rounded background '#ffffff'\n"
              "if (format eq 'png') set terminal pngcairo size %.0f,%.0f font 'Helvetica,9' fontscale %.4f linewidth %.4f rounded\n"
              "if (!exists('picture')) picture = './'.name.'.'.format\nset output picture\nload './'.name.'.dat'\n\n",
          l->width * inch, l->height * inch, l->width * dot, l->height * dot, 9 * dot,
          l->width * fine, l->height * fine, fine / dot, fine);
  fprintf(to, "set border 3 lw 0.6 lc rgb '#404040'\nset tics out nomirror scale 0.5 font ',7.5' textcolor rgb '#303030'\n"
              "set xtics offset 0,(format eq 'svg' ? 0.6 : 0.1)\nset grid xtics ytics lt 1 lw 0.4 lc rgb '#dddddd'\n"
              "unset mytics\nunset mxtics\nset style data lines\nunset key\nset multiplot\n");
}

static double from_left(const layout *l, double x) { return x / l->width; }
static double from_top(const layout *l, double y) { return 1 - y / l->height; }

/* A line of text at a place in points from the upper left corner. */
static void put_label(FILE *to, const layout *l, double x, double y, const char *text, const char *style)
{
  fprintf(to, "set label ");
  put_text(to, text, 0);
  fprintf(to, " at screen %.5f,%.5f noenhanced %s\n", from_left(l, x), from_top(l, y), style);
}

static void put_heading(FILE *to, const layout *l, double x, double y, const char *text, const char *style)
{
  fprintf(to, "set label ");
  put_text(to, text, 1);
  fprintf(to, " at screen %.5f,%.5f enhanced left %s\n", from_left(l, x), from_top(l, y), style);
}

/* Characters of a heading take 0.54 of the size of its font. */
static double text_width(const char *text, double per_character)
{
  double width = 0;
  for (; *text; text++)
    width += ((*text & 0xc0) != 0x80) * per_character;
  return width;
}

/* The font of a heading, smaller where the text is wider than its place. */
static const char *fit_font(char style[static 32], double size, double width, const char *text)
{
  snprintf(style, 32, "font ',%.3g'", fmax(size * fmin(1, width / text_width(text, 0.54 * size)), 2));
  return style;
}

/* A round distance between ticks, so that there are at most five. */
static double tick_step(double range)
{
  double unit = pow(10, floor(log10(range / 4)));
  static const double steps[] = { 1, 2, 5, 10 };
  for (size_t i = 0; i < LAC_COUNT(steps); i++)
    if (steps[i] * unit * 4 >= range * (1 - 1e-9))
      return steps[i] * unit;
  return 10 * unit;
}

/* Each by itself, because gnuplot's own prefixes would make 1500 "2k". */
static void put_ticks(FILE *to, double low, double high)
{
  static const struct { double unit; const char *mark; } prefixes[] = {
    { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 0, "" },
  };
  double step = tick_step(high - low), first = ceil(low / step - 1e-9);
  fprintf(to, "set xtics (");
  for (int i = 0; (first + i) * step <= high + 1e-9 * step; i++) {
    double at = (first + i) * step;
    size_t k = 0;
    while (fabs(at) < prefixes[k].unit)
      k++;
    fprintf(to, "%s'%.6g%s' %.10g", i ? ", " : "", prefixes[k].unit > 0 ? at / prefixes[k].unit : at, prefixes[k].mark, at);
  }
  fprintf(to, ")\n");
}

static void put_y_axis(const lac_figure *f, FILE *to, int labelled)
{
  fprintf(to, "set yrange [%.10g:%.10g]\n", f->ymin, f->ymax);
  if (f->style.ylog) {
    int every = (int)ceil(log10(f->ymax / f->ymin) / 6);
    fprintf(to, "set logscale y\nset ytics 1e%d,1e%d\n", (int)ceil(log10(f->ymin) - 1e-9), every < 1 ? 1 : every);
    fprintf(to, "set format y '%s'\n", labelled ? "10^{%T}" : "");
  } else
    fprintf(to, "unset logscale y\nset ytics autofreq\nset format y '%s'\n", labelled ? "%g" : "");
}

static void put_x_axis(const lac_figure *f, FILE *to, size_t panel, size_t k)
{
  double low = f->xmin[panel * LAC_FIGURE_X + k], high = f->xmax[panel * LAC_FIGURE_X + k];
  fprintf(to, "set xrange [%.10g:%.10g]\n", low, high);
  if (f->style.xlog)
    fprintf(to, "set logscale x\nset xtics autofreq\nset format x '10^{%%T}'\n");
  else {
    fprintf(to, "unset logscale x\n");
    put_ticks(to, low, high);
  }
}

/* "a9a" of dataset, "spread = 0.5" of spectral.spread, the value alone of what says what it is.  Caller frees; NULL: no memory. */
static char *name_key(const lac_member *m, const char *by)
{
  const char *value = lac_member_key(m, by), *dot = strrchr(by, '.'), *key = dot ? dot + 1 : by;
  value = value ? value : "";
  if (strcmp(by, "dataset") == 0 && strcmp(value, "none") == 0)
    value = lac_result_attribute(&m->result, "problem");
  if (strcmp(by, "dataset") == 0)
    return lac_asprintf("%.*s", (int)lac_short_length(value), value);
  return strchr(value, ':') || strcmp(key, "label") == 0 ? lac_strdup(value) : lac_asprintf("%s = %s", key, value);
}

/* "a9a, batch = 5": what the keys of [figure] panels are here.  Caller frees; NULL: no memory. */
static char *name_panel(const lac_figure *f, const lac_member *m)
{
  char *text = lac_strdup("");
  for (size_t k = 0; text && k < f->style.bys; k++) {
    char *key = name_key(m, f->style.by[k]), *longer = key ? lac_asprintf("%s%s%s", text, k ? ", " : "", key) : NULL;
    free(key);
    free(text);
    text = longer;
  }
  return text;
}

/* ", n = 20", or nothing where runs of the panel differ in it. */
static void name_clients(const lac_figure *f, const lac_figure_panel *p, char text[32])
{
  const char *clients = lac_result_attribute(&p->member->result, "clients");
  snprintf(text, 32, ", n = %.20s", clients ? clients : "?");
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++) {
    const char *other = lac_result_attribute(&c->member->result, "clients");
    if (&f->panel[c->panel] == p && clients && other && strcmp(clients, other))
      *text = '\0';
  }
}

static int is_by_data(const lac_figure *f)
{
  for (size_t k = 0; k < f->style.bys; k++)
    if (strcmp(f->style.by[k], "dataset") == 0)
      return 1;
  return 0;
}

/* "a9a, batch = 5" over "32561 rows, d = 123, n = 20". */
static int put_panel_title(const lac_figure *f, FILE *to, const layout *l, const lac_figure_panel *p, double x, double y)
{
  const char *rows = lac_result_attribute(&p->member->result, "dataset.rows"), *d = lac_result_attribute(&p->member->result, "d");
  char *text = name_panel(f, p->member), about[128], clients[32], style[32];
  if (!text)
    return LAC_ENOMEM;
  name_clients(f, p, clients);
  if (rows)
    snprintf(about, sizeof about, "%.20s rows, d = %.20s%s", rows, d ? d : "?", clients);
  else
    snprintf(about, sizeof about, "d = %.20s%s", d ? d : "?", clients);
  put_heading(to, l, x, y - (is_by_data(f) ? 14 : 5), text, fit_font(style, 9, l->panel_w + l->gap_x, text));
  if (is_by_data(f))
    put_label(to, l, x, y - 5, about, "left font ',7' textcolor rgb '#606060'");
  free(text);
  return LAC_OK;
}

/* An arrow head where a curve leaves the panel. */
static void put_leaving(const lac_figure *f, FILE *to, size_t panel, size_t k)
{
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++) {
    const lac_figure_line *line = &c->line[k];
    if (c->panel == panel && line->leaves)
      fprintf(to, "set label '\u25b2' at first %.7g, graph 0.97 center font ',6' textcolor rgb '#%06x' front\n",
              line->point[line->count - 1].x, colour(f, c->series, c->variant));
  }
}

enum { LAYER_BAND, LAYER_LINE, LAYERS };

/* Last series first, so that the first lies on top; all bands lie under all lines. */
static void put_curves(const lac_figure *f, FILE *to, size_t panel, size_t k)
{
  static const char *const styles[LAYERS] = { [LAYER_BAND] = "using 1:3:4 with filledcurves fs transparent solid 0.2 noborder",
                                              [LAYER_LINE] = "using 1:2 lw 1" };
  int any = 0;
  for (size_t layer = 0; layer < LAYERS; layer++)
    for (size_t s = f->serieses; s-- > 0;)
      for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
        if (c->panel == panel && c->series == s && c->line[k].block && (layer == LAYER_LINE || c->line[k].banded)) {
          fprintf(to, "%s $curve%zu %s lc rgb '#%06x'", any ? ", \\\n    " : "plot", c->line[k].block, styles[layer],
                  colour(f, c->series, c->variant));
          any = 1;
        }
  fprintf(to, "%s\n", any ? "" : "set label 'no finite value to draw' at graph 0.5,0.5 center font ',8' textcolor rgb '#606060'\nplot NaN");
}

static int put_panel(const lac_figure *f, FILE *to, const layout *l, size_t panel, size_t k)
{
  size_t cell = f->style.xs > 1 ? k * f->panels + panel : panel, column = cell % l->columns, row = cell / l->columns;
  size_t below = cell + l->columns, cells = f->panels * f->style.xs;
  double x = l->left + (double)column * (l->panel_w + l->gap_x), y = l->top + (double)row * l->step;
  fprintf(to, "\nset lmargin at screen %.5f\nset rmargin at screen %.5f\nset tmargin at screen %.5f\nset bmargin at screen %.5f\n",
          from_left(l, x), from_left(l, x + l->panel_w), from_top(l, y), from_top(l, y + l->panel_h));
  put_y_axis(f, to, column == 0);
  put_x_axis(f, to, panel, k);
  if (column == 0)
    put_label(to, l, 12, y + l->panel_h / 2, axis_label(f->style.y), "center rotate by 90 font ',9'");
  if (f->style.xs > 1 || below >= cells)
    put_label(to, l, x + l->panel_w / 2, y + l->panel_h + 21, axis_label(f->style.x[k]), "center font ',8.5'");
  if (f->style.xs == 1 || k == 0)
    LAC_TRY(put_panel_title(f, to, l, &f->panel[panel], x, y));
  put_leaving(f, to, panel, k);
  put_curves(f, to, panel, k);
  fprintf(to, "unset label\n");
  return LAC_OK;
}

/* ---- legend ---- */

static void put_sample(FILE *to, const layout *l, double x, double y, unsigned rgb)
{
  fprintf(to, "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead lw 2 lc rgb '#%06x'\n", from_left(l, x), from_top(l, y),
          from_left(l, x + 10), from_top(l, y), rgb);
}

enum { SAMPLE = 10 };      /* length of a line in the legend */

static double column_width(const lac_figure_series *s)
{
  double width = text_width(s->value, 5.6);
  for (size_t v = 0; v < s->variants; v++)
    width = fmax(width, SAMPLE + 2 + text_width(s->variant[v], 4.8));
  return width + 5;
}

/* Series side by side, their variants below each other. */
static void put_matrix(const lac_figure *f, FILE *to, const layout *l, double x, double y)
{
  double needed = 0;
  for (size_t s = 0; s < f->serieses; s++)
    needed += column_width(&f->series[s]);
  for (size_t s = 0; s < f->serieses; s++) {
    const lac_figure_series *series = &f->series[s];
    char style[96];
    snprintf(style, sizeof style, "font ',8.5' textcolor rgb '#%06x'", palette[s % LAC_COUNT(palette)]);
    put_heading(to, l, x, y, series->value, style);
    for (size_t i = 0; i < listed(series); i++) {
      int cut = series->variants > LISTED_MOST;
      size_t v = cut ? i * (series->variants - 1) / 2 : i;
      put_sample(to, l, x, y + 12 * (double)(i + 1), colour(f, s, v));
      put_label(to, l, x + SAMPLE + 2, y + 12 * (double)(i + 1), cut && i == 1 ? "\u2026" : series->variant[v], "left font ',7.5'");
    }
    x += column_width(series) * (needed > l->legend_w ? l->legend_w / needed : 1);
  }
}

/* "seed=3" says what "3" says. */
static int says_it_all(const lac_figure *f, const lac_figure_series *s)
{
  size_t key = strlen(f->style.series);
  return strncmp(s->variant[0], f->style.series, key) == 0 && s->variant[0][key] == '=' && strcmp(s->variant[0] + key + 1, s->value) == 0;
}

static void put_list(const lac_figure *f, FILE *to, const layout *l, double x, double y)
{
  size_t across = l->legend_w > 200 ? 3 : 1;
  for (size_t s = 0; s < f->serieses; s++) {
    double at = x + (double)(s % across) * l->legend_w / (double)across, down = y + 12 * (double)(s / across);
    put_sample(to, l, at, down, colour(f, s, 0));
    const lac_figure_series *of = &f->series[s];
    int once = says_it_all(f, of);
    put_label(to, l, at + 15, down, once ? of->variant[0] : of->value, "left font ',8.5'");
    if (*of->variant[0] && !once)
      put_label(to, l, at + 15 + text_width(of->value, 5.2), down, of->variant[0], "left font ',7.5'");
  }
}

static void put_legend(const lac_figure *f, FILE *to, const layout *l)
{
  double x = l->legend_x, y = l->legend_y + 4;
  size_t lines = most_listed(f), leaves = 0;
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++)
      leaves += c->line[k].leaves != 0;
  if (f->style.legend) {
    put_label(to, l, x, y, f->style.legend, "left font ',8' textcolor rgb '#404040'");
    y += 14;
  }
  if (lines > 1)
    put_matrix(f, to, l, x, y);
  else
    put_list(f, to, l, x, y);
  if (leaves) {
    double down = y + 12 * (double)(lines > 1 ? lines + 1 : l->legend_w > 200 ? (f->serieses + 2) / 3 : f->serieses);
    put_label(to, l, x, down, "\u25b2", "left font ',6' textcolor rgb '#404040'");
    put_label(to, l, x + SAMPLE + 2, down, "leaves the axis", "left font ',7.5' textcolor rgb '#404040'");
  }
}

static void put_caption(const lac_figure *f, FILE *to, const layout *l)
{
  const char *text = f->caption;
  double y = l->height - 8.4 * (double)l->caption_lines;
  for (size_t n; text && (n = next_line(&text, CAPTION_WIDTH)); text += n, y += 8.4) {
    char line[512];
    snprintf(line, sizeof line, "%.*s", (int)(n < sizeof line ? n : sizeof line - 1), text);
    put_label(to, l, 8, y, line, "left font ',6.5' textcolor rgb '#505050'");
  }
}

/* Title, legend and caption: on an empty plot of the whole page. */
static void put_rest(const lac_figure *f, FILE *to, const layout *l)
{
  fprintf(to, "\nset lmargin at screen 0\nset rmargin at screen 1\nset tmargin at screen 1\nset bmargin at screen 0\n"
              "unset border\nunset tics\nunset grid\nunset logscale\nset xrange [0:1]\nset yrange [0:1]\n");
  if (f->style.title) {
    char font[32];
    double size = 10 * fmin(1, (l->width - 16) / text_width(f->style.title, 5.4));
    snprintf(font, sizeof font, "font ',%.2f'", fmax(size, 4));
    put_heading(to, l, 8, 12, f->style.title, font);
  }
  put_legend(f, to, l);
  put_caption(f, to, l);
  fprintf(to, "plot NaN\nunset multiplot\nset output\n");
}

static int write_script(const lac_figure *f, FILE *to, const char *name)
{
  layout l = make_layout(f);
  put_head(to, &l, name);
  for (size_t k = 0; k < f->style.xs; k++)
    for (size_t p = 0; p < f->panels; p++)
      LAC_TRY(put_panel(f, to, &l, p, k));
  put_rest(f, to, &l);
  return LAC_OK;
}

int lac_gnuplot_write(lac_figure *f, const char *folder, const char *name)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.dat", folder, name));
  LAC_TRY(lac_temporary_close(&t, write_data(f, t.to)));
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.gp", folder, name));
  return lac_temporary_close(&t, write_script(f, t.to, name));
}

/* ---- drawing ---- */

/* The environment in a locale of UTF-8, which is what the script is written in: in another one gnuplot complains.  Caller frees; NULL: no
   memory. */
static char **utf8_environment(void)
{
  char *locale = "LC_ALL=C.UTF-8";
  size_t count = 0, kept = 0;
  while (environ[count])
    count++;
  char **copy = lac_alloc((count + 2) * sizeof *copy);
  for (size_t i = 0; copy && i < count; i++)
    if (strncmp(environ[i], locale, strlen("LC_ALL=")))
      copy[kept++] = environ[i];
  if (copy)
    copy[kept] = locale;
  return copy;
}

/* gnuplot runs inside the folder, on names that begin with "./": no path is ever taken for a pipe or an option. */
static int spawn_gnuplot(const char *folder, char **argv, int *result)
{
  posix_spawn_file_actions_t actions;
  pid_t child;
  char **environment = utf8_environment();
  if (!environment)
    return LAC_ENOMEM;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder);
  int why = posix_spawnp(&child, "gnuplot", &actions, NULL, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  free(environment);
  if (why == ENOENT)
    return lac_fail(LAC_EUSER, "there is no gnuplot here to draw with: apt-get install gnuplot-nox");
  if (why)
    return lac_fail(LAC_EIO, "cannot start gnuplot: %s", strerror(why));
  lac_interrupt_child(child);
  pid_t ended;
  while ((ended = waitpid(child, result, 0)) < 0 && errno == EINTR)
    ;
  lac_interrupt_child(0);
  return ended < 0 ? lac_fail(LAC_EIO, "lost sight of gnuplot: %s", strerror(errno)) : LAC_OK;
}

/* A picture that was cut has no end: "%%EOF", "</svg>", the chunk IEND. */
static int is_whole(const char *path, const char *format)
{
  static const struct { const char *format, *end; } ends[] = { { "pdf", "%%EOF" }, { "svg", "</svg>" }, { "png", "IEND" } };
  char tail[64];
  FILE *f = fopen(path, "rb");
  size_t n = 0;
  if (f && fseek(f, 0, SEEK_END) == 0) {
    long size = ftell(f);
    if (size >= 0 && fseek(f, size > (long)sizeof tail ? -(long)sizeof tail : -size, SEEK_END) == 0)
      n = fread(tail, 1, sizeof tail, f);
  }
  if (f)
    fclose(f);
  for (size_t i = 0; i < LAC_COUNT(ends); i++)
    if (strcmp(format, ends[i].format) == 0)
      return n > 0 && memmem(tail, n, ends[i].end, strlen(ends[i].end)) != NULL;
  return 0;
}

/* What the script takes from its caller; caller frees. */
static char *make_settings(const char *format, const char *temporary)
{
  char *text = NULL, *picture = lac_asprintf(".%s", strrchr(temporary, '/'));
  size_t size;
  FILE *to = picture ? open_memstream(&text, &size) : NULL;
  if (to) {
    fprintf(to, "format='%s'; picture=", format);
    put_name(to, picture);
  }
  free(picture);
  if (to && fclose(to) == 0)
    return text;
  free(text);
  return NULL;
}

/* gnuplot writes the temporary by its name. */
static int draw_format(const char *folder, const char *name, const char *format, const char *temporary)
{
  char *script = lac_asprintf("./%s.gp", name), *settings = make_settings(format, temporary);
  char *argv[] = { "gnuplot", "-d", "-e", settings, script, NULL };
  int result = 0, status = script && settings ? spawn_gnuplot(folder, argv, &result) : LAC_ENOMEM;
  free(script);
  free(settings);
  if (status == LAC_OK && (result || !is_whole(temporary, format)))
    return lac_fail(LAC_EIO, "gnuplot could not draw %s/%s.%s from %s.gp; is there room on the disk, or a limit on the size of files?",
                    folder, name, format, name);
  return status;
}

int lac_gnuplot_draw(const char *folder, const char *name, const char *format)
{
  lac_temporary t;
  fflush(stdout);
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.%s", folder, name, format));
  return lac_temporary_close(&t, draw_format(folder, name, format, t.name ? t.name : t.path));
}
