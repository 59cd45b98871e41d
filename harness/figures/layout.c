#include "figures/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = LAC_LAYOUT_MARGIN, TICK = LAC_LAYOUT_TICK, GAP = LAC_LAYOUT_GAP };
enum { BETWEEN = 6, PANEL_LEAST = 36 };      /* between rows of panels; side of a panel */

/* ---- texts ---- */

static lac_sizes sizes_of(double size)
{
  return (lac_sizes){ .title = size + 1, .label = size, .tick = fmax(size - 0.5, 6), .note = fmax(size - 1, 6) };
}

static int make_headings(lac_layout *l, const lac_figure *f)
{
  l->heading = lac_alloc(f->panels * sizeof *l->heading);
  if (!l->heading)
    return LAC_ENOMEM;
  for (size_t p = 0; p < f->panels; p++) {
    LAC_TRY(lac_heading_make(&l->heading[p], f, p));
    LAC_TRY(lac_metrics_need(&l->metrics, l->heading[p].text));
    LAC_TRY(lac_metrics_need(&l->metrics, l->heading[p].about));
  }
  return LAC_OK;
}

/* For labels any length does. */
static void make_axes(lac_layout *l, const lac_figure *f)
{
  for (size_t p = 0; p < f->panels; p++)
    for (size_t k = 0; k < f->style.xs; k++)
      lac_axis_make(&l->x[p * f->style.xs + k], f->style.x[k], f->words[k], f->xmin[p * LAC_FIGURE_X + k],
                    f->xmax[p * LAC_FIGURE_X + k], f->style.xlog, l->panel_w, 3.2 * l->size.tick);
  lac_axis_make(&l->y, f->style.y, f->words[LAC_FIGURE_X], f->ymin, f->ymax, f->style.ylog, l->panel_h, 2 * l->size.tick);
}

static int measure(lac_layout *l, const lac_figure *f)
{
  LAC_TRY(make_headings(l, f));
  LAC_TRY(lac_legend_need(f, &l->metrics));
  LAC_TRY(lac_metrics_need(&l->metrics, f->style.title));
  LAC_TRY(lac_metrics_need(&l->metrics, f->caption));
  LAC_TRY(lac_metrics_need(&l->metrics, lac_axis_characters));
  LAC_TRY(lac_metrics_need(&l->metrics, l->y.label));
  for (size_t i = 0; i < f->panels * f->style.xs; i++)
    LAC_TRY(lac_metrics_need(&l->metrics, l->x[i].label));
  return lac_metrics_measure(&l->metrics, &l->look);
}

static int break_lines(const lac_layout *l, const char *text, double size, int bold, char ***lines, size_t *count)
{
  size_t cap = 0;
  for (size_t n; text && (n = lac_text_line(&l->metrics, &text, size, bold, l->width - 2 * MARGIN)); text += n) {
    LAC_TRY(lac_grow(lines, &cap, *count + 1, sizeof **lines));
    if (!((*lines)[*count] = lac_asprintf("%.*s", (int)n, text)))
      return LAC_ENOMEM;
    ++*count;
  }
  return LAC_OK;
}

/* ---- across ---- */

static double widest_tick(const lac_layout *l, const lac_figure *f)
{
  double width = 0;
  for (size_t i = 0; i < f->panels * f->style.xs; i++)
    width = fmax(width, lac_axis_width(&l->x[i], &l->metrics, l->size.tick));
  return width;
}

/* What the label of an axis and the space to the next one take, below panels that stand beside each other. */
static double widest_label(const lac_layout *l, const lac_figure *f)
{
  double width = 0;
  for (size_t i = 0; i < f->panels * f->style.xs; i++)
    width = fmax(width, lac_text_width(&l->metrics, l->x[i].label, strlen(l->x[i].label), l->size.label, 0));
  return width + l->size.label;
}

/* Panels beside each other: as [figure] columns says, or so many that each is wide enough, in full rows. */
static unsigned choose_columns(const lac_layout *l, const lac_figure *f)
{
  if (f->style.columns)
    return f->style.columns < f->panels ? f->style.columns : (unsigned)f->panels;
  size_t most = f->style.xs > 1 ? 6 : 3, least = (size_t)fmax(13 * l->size.label, widest_label(l, f));
  if (l->look.width > 0)
    most = l->look.width < 2 * (double)least ? 1 : (size_t)fmin((double)most, (l->look.width - 4 * l->size.label) / (double)least);
  size_t rows = (f->panels + most - 1) / most;
  return (unsigned)((f->panels + rows - 1) / rows);
}

/* One text column for panels below each other, else the page's two and more. */
static double choose_width(const lac_layout *l, const lac_figure *f)
{
  double panels = 5 * l->size.label + l->columns * fmax(13.5 * l->size.label, widest_label(l, f));
  return floor(l->look.width > 0 ? l->look.width + 1e-6 : l->columns == 1 ? fmax(251, fmin(514, panels)) : fmax(514, panels));
}

static int set_across(lac_layout *l, const lac_figure *f)
{
  l->panel_w = (l->width - 50) / l->columns - 10;
  for (int pass = 0; pass < 3; pass++) {      /* ticks depend on the room that they leave */
    make_axes(l, f);
    double ticks = widest_tick(l, f), gap = fmax(12, (f->style.xlog ? 1 : 0.75) * ticks + 5);
    l->left = MARGIN + 1.3 * l->size.label + GAP + lac_axis_width(&l->y, &l->metrics, l->size.tick) + GAP + TICK;
    l->panel_w = (l->width - l->left - fmax(2 * MARGIN, ticks / 2 + 1) - (l->columns - 1) * gap) / l->columns;
    l->step_x = l->panel_w + gap;
    if (l->panel_w < PANEL_LEAST)
      return lac_fail(LAC_EUSER, "[figure] width: %g points have no room for %u panels side by side; make it wider, or set columns",
                      l->width, l->columns);
  }
  return LAC_OK;
}

/* ---- down ---- */

static int has_headings(const lac_layout *l, const lac_figure *f) { return f->panels > 1 || (l->look.show & LAC_SHOW_TITLE) != 0; }

static int has_sizes(const lac_layout *l, const lac_figure *f)
{
  return has_headings(l, f) && (l->look.show & LAC_SHOW_SIZES) && l->heading[0].about;
}

static double heading_height(const lac_layout *l, const lac_figure *f)
{
  return (has_headings(l, f) ? 1.3 * l->size.label : 0) + (has_sizes(l, f) ? 1.25 * l->size.note : 0) + 2 * GAP;
}

static int units_differ(const lac_layout *l, const lac_figure *f)
{
  for (size_t i = f->style.xs; i < f->panels * f->style.xs; i++)
    if (strcmp(l->x[i].label, l->x[i - f->style.xs].label))
      return 1;
  return 0;
}

/* Ticks and their labels below a panel; the label of the axis where every panel has it. */
static double below_panel(const lac_layout *l) { return TICK + GAP + 1.25 * l->size.tick + (l->is_labelled ? 1.35 * l->size.label : 0); }

static double lines_height(double size, size_t lines) { return lines ? 1.3 * size * (double)lines + GAP : 0; }

double lac_layout_y(const lac_layout *l, size_t row, size_t xs)
{
  return l->top + (double)(row / xs) * l->step_y + (double)(row % xs) * (l->panel_h + below_panel(l) + BETWEEN);
}

/* Where the panels end. */
static double panels_end(const lac_layout *l, const lac_figure *f)
{
  return lac_layout_y(l, l->rows - 1, f->style.xs) + l->panel_h + below_panel(l) + (l->is_labelled ? 0 : 1.35 * l->size.label);
}

static void set_down(lac_layout *l, const lac_figure *f, double panel_h)
{
  l->panel_h = panel_h;
  l->top = MARGIN + lines_height(l->size.title, l->titles) + heading_height(l, f);
  l->step_y = heading_height(l, f) + (double)f->style.xs * (l->panel_h + below_panel(l) + BETWEEN);
}

/* In the cells that the last row has left, or below the panels. */
static int place_legend(lac_layout *l, const lac_figure *f)
{
  size_t taken = f->panels % l->columns;
  double end = panels_end(l, f), x = l->left + (double)taken * l->step_x;
  if (!(l->look.show & LAC_SHOW_LEGEND))
    return LAC_OK;
  if (f->style.xs == 1 && taken) {
    LAC_TRY(lac_legend_make(&l->legend, f, &l->metrics, l->size.label, l->width - MARGIN - x));
    l->legend_x = x;
    l->legend_y = lac_layout_y(l, l->rows - 1, 1);
    if (!l->legend.is_cut && l->legend.height <= end - l->legend_y)
      return LAC_OK;
    lac_legend_free(&l->legend);
  }
  LAC_TRY(lac_legend_make(&l->legend, f, &l->metrics, l->size.label, l->width - 2 * MARGIN));
  double middle = (l->left + l->width) / 2 - l->legend.width / 2;
  l->legend_x = fmax(MARGIN, fmin(middle, l->width - MARGIN - l->legend.width));
  l->legend_y = end + BETWEEN;
  return LAC_OK;
}

/* Below the panels: legend and caption. */
static double page_end(const lac_layout *l, const lac_figure *f)
{
  double end = panels_end(l, f);
  if (l->legend.items)
    end = fmax(end, l->legend_y + l->legend.height);
  return end + (l->captions ? BETWEEN + 1.25 * l->size.note * (double)l->captions : 0) + MARGIN;
}

static double usual_height(const lac_layout *l)
{
  return fmax(PANEL_LEAST, fmin(190, l->panel_w * (l->columns == 1 ? 0.66 : l->columns == 2 ? 0.64 : 0.86)));
}

/* With a height, panels take what the rest leaves. */
static int fit_height(lac_layout *l, const lac_figure *f)
{
  set_down(l, f, usual_height(l));
  LAC_TRY(place_legend(l, f));
  if (!(l->look.height > 0)) {
    l->height = ceil(page_end(l, f));
    return LAC_OK;
  }
  l->height = floor(l->look.height + 1e-6);
  double panel_h = l->panel_h + (l->height - page_end(l, f)) / l->rows;
  if (panel_h < PANEL_LEAST)
    return lac_fail(LAC_EUSER, "[figure] height: %g points have no room for %u rows of panels, the legend and the texts; make it higher, "
                               "or leave some out with show", l->height, l->rows);
  lac_legend_free(&l->legend);
  set_down(l, f, panel_h);
  LAC_TRY(place_legend(l, f));
  return page_end(l, f) <= l->height + 0.5 ? LAC_OK :
         lac_fail(LAC_EUSER, "[figure] height: %g points have no room for the legend; make it higher", l->height);
}

int lac_layout_make(lac_layout *l, const lac_figure *f)
{
  *l = (lac_layout){ .look = f->style.look, .size = sizes_of(f->style.look.size), .panel_w = 100, .panel_h = 100 };
  l->x = lac_alloc(f->panels * f->style.xs * sizeof *l->x);
  if (!l->x)
    return LAC_ENOMEM;
  make_axes(l, f);
  LAC_TRY(measure(l, f));
  l->columns = choose_columns(l, f);
  l->rows = (unsigned)((f->panels + l->columns - 1) / l->columns * f->style.xs);
  l->width = choose_width(l, f);
  l->is_labelled = f->style.xs > 1 || units_differ(l, f);
  if (l->look.show & LAC_SHOW_TITLE)
    LAC_TRY(break_lines(l, f->style.title, l->size.title, 1, &l->title, &l->titles));
  if (l->look.show & LAC_SHOW_CAPTION)
    LAC_TRY(break_lines(l, f->caption, l->size.note, 0, &l->caption, &l->captions));
  for (int pass = 0; pass < 4; pass++) {      /* higher panels have other ticks at their side, and these want another width */
    double left = l->left;
    LAC_TRY(set_across(l, f));
    lac_legend_free(&l->legend);
    LAC_TRY(fit_height(l, f));
    make_axes(l, f);
    if (l->left == left)
      break;
  }
  return LAC_OK;
}

void lac_layout_free(lac_layout *l, const lac_figure *f)
{
  for (size_t i = 0; l->heading && i < f->panels; i++) {
    free(l->heading[i].text);
    free(l->heading[i].about);
  }
  for (size_t i = 0; i < l->titles; i++)
    free(l->title[i]);
  for (size_t i = 0; i < l->captions; i++)
    free(l->caption[i]);
  free(l->heading);
  free(l->title);
  free(l->caption);
  free(l->x);
  lac_legend_free(&l->legend);
  lac_metrics_free(&l->metrics);
}
