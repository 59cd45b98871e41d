#include "figures/script.h"

#include "figures/data.h"
#include "figures/layout.h"
#include "store/temporary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = LAC_LAYOUT_MARGIN, TICK = LAC_LAYOUT_TICK, GAP = LAC_LAYOUT_GAP };
enum { PIXELS_MOST = 32000 };      /* of a side of a PNG: cairo has no larger ones */

/* Widths of lines, in points. */
static const double frame = 0.5, fine = 0.35;
/* How much of its colour a cell of a map has, so that markers are seen on it. */
#define FAINT 0.45

/* ---- head ---- */

/* A terminal of cairo drops what is less than a point. */
static double inches(double points) { return (points + 0.01) / 72; }

/* In a terminal of cairo a font has 2/3 of its size at fontscale 0.5, a line of width 1 half a point, a dash 0.275; a marker of size 1 is 6
   points across, 6 pixels of a PNG, and in an SVG 0.75 of the font's size. */
static void put_terminals(FILE *to, const lac_layout *l)
{
  double w = l->width, h = l->height, dot = 96 / 72.0, png = fmin(300 / 72.0, PIXELS_MOST / fmax(w, h)), line = l->look.line;
  const char *family = l->look.family;
  int n = l->look.family_length;
  fprintf(to, "if (format eq 'pdf') set terminal pdfcairo size %.4fin,%.4fin font '%.*s,%g' fontscale 0.75 linewidth 2 dashlength %.4g "
              "butt\n", inches(w), inches(h), n, family, l->size.label, line / 0.275);
  fprintf(to, "if (tex) set terminal cairolatex pdf input colortext transparent size %.4fin,%.4fin linewidth 2 dashlength %.4g butt\n",
          inches(w), inches(h), line / 0.275);
  fprintf(to, "# The last families stand in where a reader's machine has not the first.\n"
              "if (format eq 'svg') set terminal svg size %.0f,%.0f font '%.*s&#44; Verdana&#44; sans-serif,%g' fontscale %.4f "
              "linewidth %.4f dashlength 2 butt background '#ffffff'\n", w * dot, h * dot, n, family, l->size.label, dot, dot);
  fprintf(to, "if (format eq 'png') set terminal pngcairo size %.0f,%.0f font '%.*s,%g' fontscale %.4f linewidth %.4f dashlength %.4g "
              "butt\n", w * png, h * png, n, family, l->size.label, png * 0.75, png, line * png);
  fprintf(to, "marker = format eq 'png' ? %.4f : format eq 'svg' ? %.4f : 1      # units of ps in one of pdf\n", png,
          4 / (0.375 * l->size.label));
}

/* Comments name no file: gnuplot and a shell would read quotes in them. */
static void put_head(const lac_figure *f, FILE *to, const lac_layout *l, const char *name)
{
  fprintf(to, "# Written by laconic plot.  To draw it again after a change, with the name of this file for FILE.gp:\n"
              "#   gnuplot -d -e \"format='svg'\" FILE.gp\n\nname = ");
  lac_put_name(to, name);
  if (f->caption) {      /* for a paper that has it elsewhere */
    fprintf(to, "\ncaption = ");
    lac_put_string(to, f->caption);
  }
  fprintf(to, "\nif (!exists('format')) format = 'pdf'\ntex = format eq 'tex'\nset encoding utf8\n");
  put_terminals(to, l);
  fprintf(to, "if (!exists('picture')) picture = './'.name.(tex ? '-tex.tex' : '.'.format)\nset output picture\nload './'.name.'.dat'\n\n");
  fprintf(to, "set border 3 lw %g lc rgb '#404040'\nset tics out nomirror scale 1,0.6\n"
              "set grid xtics ytics lt 1 lw %g lc rgb '#e4e4e4'\nset style data lines\nset style fill transparent solid 0.18 noborder\n"
              "unset key\nset multiplot\n", frame, fine);
}

/* ---- panels ---- */

/* Lines of the script that draw at a place of the page come last, on a plot of the whole page in points. */
static double from_top(const lac_layout *l, double y) { return 1 - y / l->height; }

/* Their labels are among the texts of the page: where gnuplot puts them depends on the terminal. */
static void put_ticks(FILE *to, const lac_axis *a, char which)
{
  fprintf(to, "%s logscale %c\nset %crange [%.10g:%.10g]\nset %ctics (", a->is_log ? "set" : "unset", which, which, a->low, a->high, which);
  for (size_t i = 0; i < a->ticks; i++)
    fprintf(to, "%s'' %.10g%s", i ? ", " : "", a->tick[i].at, a->tick[i].is_minor ? " 1" : "");
  fprintf(to, ")\n");
}

static void put_arrow_heads(const lac_figure *f, FILE *to, size_t panel, size_t k)
{
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++) {
    const lac_figure_line *line = &c->line[k];
    if (c->panel == panel && line->leaves)
      fprintf(to, "set label '' at first %.7g, graph 0.98 point pt 9 ps 0.7 * marker lc rgb '#%06x' front\n",
              line->point[line->count - 1].x, lac_legend_style(f, c->series, c->variant).colour);
  }
}

typedef enum { BANDS, LINES, MARKERS } layer;

/* A band that the line covers, thinner than half a point, is not drawn. */
static void put_band(FILE *to, const lac_axis *y, double points)
{
  double thin = 0.5 / points * (y->is_log ? log(y->high / y->low) : y->high - y->low);
  fprintf(to, y->is_log ? "1:(log($4/$3)" : "1:($4-$3");
  fprintf(to, " > %.3g ? $3 : NaN):4 with filledcurves", thin);
}

static void put_curve(FILE *to, const lac_layout *l, const lac_figure_line *line, lac_curve_style look, layer which)
{
  if (which == BANDS && look.is_cells) {
    fprintf(to, "$cells%zu using 1:2:3:4:5:6 with boxxyerror fs solid %g noborder lc rgb '#%06x'", line->block, FAINT, look.colour);
    return;
  }
  fprintf(to, "$curve%zu using ", line->block);
  if (which == BANDS)
    put_band(to, &l->y, l->panel_h);
  else if (which == LINES)
    fprintf(to, "1:2 lw %g dt %s", l->look.line, look.dashes);
  else
    fprintf(to, "1:%d with points pt %d ps 0.6 * marker lw 0.7", look.is_dots && !look.is_cells ? 2 : 5, look.marker);
  fprintf(to, " lc rgb '#%06x'", look.colour);
}

/* Last series first, so that the first lies on top; all bands below all lines below all markers. */
static void put_curves(const lac_figure *f, FILE *to, const lac_layout *l, size_t panel, size_t k)
{
  int any = f->style.rows.diagonal;
  if (any)
    fprintf(to, "plot x with lines lw %g dt (4,3) lc rgb '#808080'", frame);
  for (layer which = BANDS; which <= MARKERS; which++)
    for (size_t s = f->serieses; s-- > 0;)
      for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
        if (c->panel == panel && c->series == s && c->line[k].block && (which != BANDS || c->line[k].banded || f->style.rows.cells) &&
            (which != LINES || !c->is_dots)) {
          fprintf(to, "%s", any++ ? ", \\\n     " : "plot ");
          put_curve(to, l, &c->line[k], lac_legend_style(f, s, c->variant), which);
        }
  fprintf(to, "%s\n", any ? "" : "set label 'no finite value to draw' at graph 0.5,0.5 center textcolor rgb '#606060'\nplot NaN");
}

static void put_panel(const lac_figure *f, FILE *to, const lac_layout *l, size_t panel, size_t k)
{
  size_t column = panel % l->columns, row = panel / l->columns * f->style.xs + k;
  double x = l->left + (double)column * l->step_x, y = lac_layout_y(l, row, f->style.xs);
  fprintf(to, "\nset lmargin at screen %.6f\nset rmargin at screen %.6f\nset tmargin at screen %.6f\nset bmargin at screen %.6f\n",
          x / l->width, (x + l->panel_w) / l->width, from_top(l, y), from_top(l, y + l->panel_h));
  put_ticks(to, &l->y, 'y');
  put_ticks(to, &l->x[panel * f->style.xs + k], 'x');
  put_arrow_heads(f, to, panel, k);
  put_curves(f, to, l, panel, k);
  fprintf(to, "unset label\n");
}

/* ---- texts ---- */

typedef struct { double size, width; const char *align, *colour; int bold; } words;      /* width: shrunk, then cut to it; 0: as it is */

static int put_words(FILE *to, const lac_layout *l, double x, double y, const char *text, const char *math, words w)
{
  double size = w.size, wide = lac_text_width(&l->metrics, text, strlen(text), size, w.bold);
  if (w.width > 0 && wide > w.width)
    size = fmax(fmin(6, size), floor(20 * size * w.width / wide) / 20);
  char *cut = w.width > 0 ? lac_text_cut(&l->metrics, text, size, w.bold, w.width) : lac_strdup(text);
  if (!cut)
    return LAC_ENOMEM;
  fprintf(to, "set label ");
  lac_put_text(to, cut, math && *math ? math : NULL, size, w.bold);
  fprintf(to, " at %.2f,%.2f %s font ',%g' textcolor rgb '%s'\n", x, y, w.align, size, w.colour);
  free(cut);
  return LAC_OK;
}

static int put_headings(const lac_figure *f, FILE *to, const lac_layout *l, size_t panel, double x, double y)
{
  const lac_heading *h = &l->heading[panel];
  double room = l->panel_w + (l->step_x - l->panel_w) * 0.6, up = y - GAP;
  if (!*h->text || (f->panels == 1 && !(l->look.show & LAC_SHOW_TITLE)))
    return LAC_OK;
  if (h->about && (l->look.show & LAC_SHOW_SIZES)) {
    LAC_TRY(put_words(to, l, x, up - 0.6 * l->size.note, h->about, NULL, (words){ l->size.note, room, "left", "#606060", 0 }));
    up -= 1.25 * l->size.note;
  }
  return put_words(to, l, x, up - 0.6 * l->size.label, h->text, NULL, (words){ l->size.label, room, "left", "#000000", 1 });
}

/* Each from a point, along an axis to the right or up. */
static void put_tick_labels(FILE *to, const lac_axis *a, double size, double x, double y, double across, double up, const char *align)
{
  for (const lac_tick *t = a->tick; t < a->tick + a->ticks; t++) {
    double at = a->is_log ? log(t->at / a->low) / log(a->high / a->low) : (t->at - a->low) / (a->high - a->low);
    if (!t->is_minor)
      fprintf(to, "set label (tex ? '\\fontsize{%.3g}{%.3g}\\selectfont %s' : '%s') at %.2f,%.2f %s font ',%g' textcolor rgb '#202020'\n",
              size, 1.2 * size, t->math, t->text, x + at * across, y - at * up, align, size);
  }
}

/* Labels of axes: of y on the left of a row, of x below the last panel of a column, or below each. */
static int put_labels(const lac_figure *f, FILE *to, const lac_layout *l, size_t panel, size_t k, double x, double y)
{
  const lac_axis *a = &l->x[panel * f->style.xs + k];
  double below = y + l->panel_h + TICK;
  words style = { l->size.label, 0, "center rotate by 90", "#000000", 0 };
  put_tick_labels(to, a, l->size.tick, x, below + GAP + 0.6 * l->size.tick, l->panel_w, 0, "center");
  if (panel % l->columns == 0) {
    put_tick_labels(to, &l->y, l->size.tick, x - TICK - GAP, y + l->panel_h, 0, l->panel_h, "right");
    style.width = l->panel_h + 20;
    LAC_TRY(put_words(to, l, MARGIN + 0.65 * l->size.label, y + l->panel_h / 2, l->y.label, l->y.math, style));
  }
  if (!l->is_labelled && panel + l->columns < f->panels)
    return LAC_OK;
  style.align = "center";
  style.width = l->step_x;
  double middle = x + l->panel_w / 2, room = 2 * fmin(middle - MARGIN, l->width - MARGIN - middle);
  style.width = l->columns > 1 ? l->step_x : room;
  return put_words(to, l, middle, below + GAP + 1.25 * l->size.tick + 0.65 * l->size.label, a->label, a->math, style);
}

static int put_legend(FILE *to, const lac_layout *l)
{
  for (const lac_legend_item *i = l->legend.item; i < l->legend.item + l->legend.items; i++) {
    double x = l->legend_x + i->x, y = l->legend_y + i->y;
    const char *colour = i->kind == LAC_LEGEND_TITLE ? "#404040" : "#000000";
    int is_curve = i->kind == LAC_LEGEND_CURVE;
    if (is_curve && i->style.is_cells)
      fprintf(to, "set object rectangle from %.2f,%.2f to %.2f,%.2f fs solid %g noborder fc rgb '#%06x' behind\n", x,
              y - 0.4 * l->size.label, x + LAC_SAMPLE, y + 0.4 * l->size.label, FAINT, i->style.colour);
    if (is_curve && !i->style.is_dots)
      fprintf(to, "set arrow from %.2f,%.2f to %.2f,%.2f nohead lw %g dt %s lc rgb '#%06x'\n", x, y, x + LAC_SAMPLE, y, l->look.line,
              i->style.dashes, i->style.colour);
    if (is_curve || i->kind == LAC_LEGEND_LEAVES)
      fprintf(to, "set label '' at %.2f,%.2f point pt %d ps %g * marker lw 0.7 lc rgb '#%06x'\n", x + LAC_SAMPLE / 2.0, y,
              is_curve ? i->style.marker : 9, is_curve ? 0.6 : 0.7, is_curve ? i->style.colour : 0x404040);
    if (i->kind == LAC_LEGEND_CURVE || i->kind == LAC_LEGEND_LEAVES)
      x += LAC_SAMPLE + LAC_SAMPLE_GAP;
    LAC_TRY(put_words(to, l, x, y, i->text, NULL, (words){ l->size.label, 0, "left", colour, i->kind == LAC_LEGEND_HEADING }));
  }
  return LAC_OK;
}

static int put_lines(FILE *to, const lac_layout *l, double y, char **line, size_t lines, double step, words style)
{
  for (size_t i = 0; i < lines; i++)
    LAC_TRY(put_words(to, l, MARGIN, y + ((double)i + 0.5) * step, line[i], NULL, style));
  return LAC_OK;
}

/* On an empty plot of the whole page, in points. */
static int put_texts(const lac_figure *f, FILE *to, const lac_layout *l)
{
  fprintf(to, "\nset lmargin at screen 0\nset rmargin at screen 1\nset tmargin at screen 1\nset bmargin at screen 0\n"
              "unset border\nunset tics\nunset grid\nunset logscale\nset xrange [0:%g]\nset yrange [%g:0]\n", l->width, l->height);
  LAC_TRY(put_lines(to, l, MARGIN, l->title, l->titles, 1.3 * l->size.title, (words){ l->size.title, 0, "left", "#000000", 1 }));
  for (size_t p = 0; p < f->panels; p++) {
    double x = l->left + (double)(p % l->columns) * l->step_x;
    for (size_t k = 0; k < f->style.xs; k++) {
      double y = lac_layout_y(l, p / l->columns * f->style.xs + k, f->style.xs);
      if (k == 0)
        LAC_TRY(put_headings(f, to, l, p, x, y));
      LAC_TRY(put_labels(f, to, l, p, k, x, y));
    }
  }
  LAC_TRY(put_legend(to, l));
  double step = 1.25 * l->size.note;
  LAC_TRY(put_lines(to, l, l->height - MARGIN - step * (double)l->captions, l->caption, l->captions, step,
                    (words){ l->size.note, 0, "left", "#505050", 0 }));
  fprintf(to, "plot NaN\nunset multiplot\nset output\n");
  return LAC_OK;
}

static int write_script(const lac_figure *f, FILE *to, const char *name, const lac_layout *l)
{
  put_head(f, to, l, name);
  for (size_t k = 0; k < f->style.xs; k++)
    for (size_t p = 0; p < f->panels; p++)
      put_panel(f, to, l, p, k);
  return put_texts(f, to, l);
}

int lac_script_write(lac_figure *f, const char *folder, const char *name)
{
  lac_temporary t;
  lac_layout l;
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.dat", folder, name));
  LAC_TRY(lac_temporary_close(&t, lac_data_write(f, t.to)));
  int status = lac_layout_make(&l, f);
  if (status == LAC_OK && (status = lac_temporary_open(&t, "--out", "%s/%s.gp", folder, name)) == LAC_OK)
    status = lac_temporary_close(&t, write_script(f, t.to, name, &l));
  lac_layout_free(&l, f);
  return status;
}
