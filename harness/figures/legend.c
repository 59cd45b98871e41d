#include "figures/legend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A long list of variants is cut to its first, dots and its last. */
enum { LISTED_MOST = 8 };
static size_t listed(const lac_figure_series *s) { return s->variants > LISTED_MOST ? 3 : s->variants; }

/* No series has variants: the legend is a list of series. */
static int is_list(const lac_figure *f)
{
  for (size_t s = 0; s < f->serieses; s++)
    if (f->series[s].variants > 1)
      return 0;
  return 1;
}

lac_curve_style lac_legend_style(const lac_figure *f, size_t series, size_t variant)
{
  lac_curve_style style = lac_curve_style_of(series, variant, f->series[series].variants, is_list(f));
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    style.is_dots |= c->series == series && c->variant == variant && c->is_dots;
  style.is_cells = f->style.rows.cells;
  return style;
}

static int any_leaves(const lac_figure *f)
{
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++)
      if (c->line[k].leaves)
        return 1;
  return 0;
}

/* ---- blocks: a series, with its variants below each other ---- */

static const char leaves[] = "leaves the axis", dots[] = "\u2026";

/* "seed=3" says what "3" says. */
static int says_it_all(const lac_figure *f, const lac_figure_series *s)
{
  size_t key = strlen(f->style.series);
  return strncmp(s->variant[0], f->style.series, key) == 0 && s->variant[0][key] == '=' && strcmp(s->variant[0] + key + 1, s->value) == 0;
}

/* Over rates: no curve of it arrives. */
static int is_never(const lac_figure *f, size_t series, size_t variant)
{
  int any = 0;
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    any |= c->series == series && c->variant == variant && c->line[0].count > 0;
  return f->style.over_rates && !any;
}

/* What stands in a line of a block, without what is to be said of its curves; NULL: no memory. */
static char *name_line(const lac_figure *f, size_t series, size_t line)
{
  if (series == f->serieses)
    return lac_strdup(leaves);
  const lac_figure_series *s = &f->series[series];
  if (!is_list(f)) {
    size_t cut = s->variants > LISTED_MOST;
    return lac_strdup(line == 0 ? s->value : cut && line == 2 ? dots : s->variant[cut && line == 3 ? s->variants - 1 : line - 1]);
  }
  if (s->variants && says_it_all(f, s))
    return lac_strdup(s->variant[0]);
  return s->variants && *s->variant[0] ? lac_asprintf("%s %s", s->value, s->variant[0]) : lac_strdup(s->value);
}

/* The variant that a line of a block is about; of a heading the first. */
static size_t variant_at(const lac_figure *f, size_t series, size_t line)
{
  size_t variants = f->series[series].variants, at = is_list(f) || line == 0 ? 0 : line - 1;
  return variants > LISTED_MOST && !is_list(f) ? at * (variants - 1) / 2 : at;
}

/* Line of a block; NULL: no memory. */
static char *block_text(const lac_figure *f, size_t series, size_t line)
{
  char *name = name_line(f, series, line);
  int is_curve = series < f->serieses && (is_list(f) || line > 0) && !(name && strcmp(name, dots) == 0);
  if (!name || !is_curve || !is_never(f, series, variant_at(f, series, line)))
    return name;
  char *longer = lac_asprintf("%s: never", name);
  free(name);
  return longer;
}

static size_t block_lines(const lac_figure *f, size_t series)
{
  return series == f->serieses || is_list(f) ? 1 : 1 + listed(&f->series[series]);
}

/* The line of a matrix that names the series: bold, and without a sample. */
static int is_heading(const lac_figure *f, size_t series, size_t line) { return series < f->serieses && !is_list(f) && line == 0; }

static double text_left(const lac_figure *f, size_t series, size_t line)
{
  return is_heading(f, series, line) ? 0 : LAC_SAMPLE + LAC_SAMPLE_GAP;
}

static int block_width(const lac_figure *f, const lac_metrics *m, double size, size_t series, double *width)
{
  *width = 0;
  for (size_t line = 0; line < block_lines(f, series); line++) {
    char *text = block_text(f, series, line);
    if (!text)
      return LAC_ENOMEM;
    *width = fmax(*width, text_left(f, series, line) + lac_text_width(m, text, strlen(text), size, is_heading(f, series, line)));
    free(text);
  }
  return LAC_OK;
}

int lac_legend_need(const lac_figure *f, lac_metrics *m)
{
  LAC_TRY(lac_metrics_need(m, f->style.legend));
  LAC_TRY(lac_metrics_need(m, dots));
  for (size_t s = 0; s <= f->serieses; s++)
    for (size_t line = 0; line < block_lines(f, s); line++) {
      char *text = block_text(f, s, line);
      int status = text ? lac_metrics_need(m, text) : LAC_ENOMEM;
      free(text);
      LAC_TRY(status);
    }
  return LAC_OK;
}

/* ---- columns ---- */

/* Widths of so many columns of blocks, in reading order; returns their sum with the gaps. */
static double column_widths(const double *width, size_t blocks, size_t across, double gap, double *column)
{
  double sum = gap * (double)(across - 1);
  for (size_t c = 0; c < across; c++) {
    column[c] = 0;
    for (size_t b = c; b < blocks; b += across)
      column[c] = fmax(column[c], width[b]);
    sum += column[c];
  }
  return sum;
}

/* As many columns as fit, then as few as their rows need. */
static size_t choose_columns(const double *width, size_t blocks, double gap, double room, double *column)
{
  size_t across = blocks;
  while (across > 1 && column_widths(width, blocks, across, gap, column) > room)
    across--;
  size_t rows = (blocks + across - 1) / across, fewer = (blocks + rows - 1) / rows;
  if (column_widths(width, blocks, fewer, gap, column) > room)
    column_widths(width, blocks, fewer = across, gap, column);
  return fewer;
}

/* ---- items ---- */

static int add_item(lac_legend *g, lac_legend_item item, const lac_metrics *m, const char *text, double size, double room)
{
  int bold = item.kind == LAC_LEGEND_HEADING;
  LAC_TRY(lac_grow(&g->item, &g->cap, g->items + 1, sizeof *g->item));
  item.text = lac_text_cut(m, text, size, bold, room);
  if (!item.text)
    return LAC_ENOMEM;
  g->is_cut |= strcmp(item.text, text) != 0;
  g->item[g->items++] = item;
  return LAC_OK;
}

static int add_block(lac_legend *g, const lac_figure *f, const lac_metrics *m, size_t series, double x, double y, double size, double room)
{
  double high = 1.3 * size;
  for (size_t line = 0; line < block_lines(f, series); line++) {
    char *text = block_text(f, series, line);
    double left = text_left(f, series, line);
    lac_legend_item item = { .x = x, .y = y + ((double)line + 0.5) * high,
                             .kind = series == f->serieses ? LAC_LEGEND_LEAVES : left > 0 ? LAC_LEGEND_CURVE : LAC_LEGEND_HEADING };
    if (series < f->serieses)
      item.style = lac_legend_style(f, series, variant_at(f, series, line));
    int status = text ? add_item(g, item, m, text, size, room - left) : LAC_ENOMEM;
    free(text);
    LAC_TRY(status);
  }
  return LAC_OK;
}

static int add_blocks(lac_legend *g, const lac_figure *f, const lac_metrics *m, double size, double room, double *width, double *column)
{
  size_t blocks = f->serieses + (size_t)any_leaves(f);
  double gap = 1.6 * size, y = g->height;
  for (size_t b = 0; b < blocks; b++)
    LAC_TRY(block_width(f, m, size, b, &width[b]));
  size_t across = choose_columns(width, blocks, gap, room, column);
  for (size_t b = 0; b < blocks; b += across) {
    size_t lines = 0;
    double x = 0;
    for (size_t c = 0; c < across && b + c < blocks; x += column[c++] + gap) {
      LAC_TRY(add_block(g, f, m, b + c, x, y, size, fmin(column[c], room)));
      g->width = fmax(g->width, x + fmin(column[c], room));
      lines = block_lines(f, b + c) > lines ? block_lines(f, b + c) : lines;
    }
    y += 1.3 * size * (double)lines + (is_list(f) ? 0 : 0.4 * size);
  }
  g->height = y;
  return LAC_OK;
}

int lac_legend_make(lac_legend *g, const lac_figure *f, const lac_metrics *m, double size, double width)
{
  *g = (lac_legend){ 0 };
  if (f->style.legend) {
    lac_legend_item title = { .kind = LAC_LEGEND_TITLE, .y = 0.65 * size };
    LAC_TRY(add_item(g, title, m, f->style.legend, size, width));
    g->width = lac_text_width(m, g->item->text, strlen(g->item->text), size, 0);
    g->height = 1.4 * size;
  }
  double *widths = lac_alloc(2 * (f->serieses + 1) * sizeof *widths);
  int status = widths ? add_blocks(g, f, m, size, width, widths, widths + f->serieses + 1) : LAC_ENOMEM;
  free(widths);
  return status;
}

void lac_legend_free(lac_legend *g)
{
  for (size_t i = 0; i < g->items; i++)
    free(g->item[i].text);
  free(g->item);
  *g = (lac_legend){ 0 };
}
