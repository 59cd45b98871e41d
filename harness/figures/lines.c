#include "figures/lines.h"
#include "figures/cells.h"
#include "store/trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Points in all curves together: keeps the SVG small. */
enum { POINTS_IN_ALL = 5000, POINTS_MOST = 200, POINTS_LEAST = 60 };

/* Relative to where a run begins: what is less is noise of the last digits, squared, and does not stretch the axis. */
#define ROUNDING 1e-32
/* A run far above its start diverges: that does not stretch the axis either. */
#define DIVERGING 1e3

/* ---- values ---- */

static lac_ending ending_of(const lac_member *m)
{
  const char *reason = lac_result_attribute(&m->result, "reason");
  if (reason && strcmp(reason, "diverged") == 0)
    return LAC_DIVERGED;
  return reason && strcmp(reason, "converged") == 0 ? LAC_CONVERGED : LAC_RAN_OUT;
}

/* Is there a place for it?  A row of a table without a number has none, and neither has a cell of a map that is off the axes. */
static int is_placed(const lac_figure *f, double at, double value)
{
  if (!f->style.rows.table)
    return !f->style.xlog || at > 0;
  if (!isfinite(at) || isnan(value) || (f->style.xlog && at <= 0))
    return 0;
  return !f->style.rows.cells || (isfinite(value) && (!f->style.ylog || value > 0));
}

/* The rows that the axis k can show; what is no number is infinite.  Free x and y. */
static int read_trace(const lac_figure *f, const lac_member *m, size_t k, lac_trace *t)
{
  lac_derived x, y;
  size_t rows = m->result.rows;
  if (!lac_result_derived(&m->result, f->style.x[k], &x) || !lac_result_derived(&m->result, f->style.y, &y))
    return lac_fail(LAC_EBUG, "figure: a column of %s is not there any more", m->file);
  *t = (lac_trace){ .x = lac_alloc(rows * sizeof *t->x), .y = lac_alloc(rows * sizeof *t->y), .ending = ending_of(m),
                     .diverged = lac_column_diverged(f->style.y) };
  for (size_t i = 0; t->x && t->y && i < rows; i++) {
    double at = lac_derived_at(&x, i), value = lac_derived_at(&y, i);
    int takes = 1;
    if (m->result.is_table)
      LAC_TRY(lac_side_takes(&f->style.rows.rows, &m->result, i, &takes));
    if (!takes || !is_placed(f, at, value))
      continue;
    t->x[t->rows] = at;
    t->y[t->rows++] = isfinite(value) ? value : INFINITY;
  }
  return t->x && t->y ? LAC_OK : LAC_ENOMEM;
}

static int check_growing(const lac_trace *t, const lac_member *m, const char *column)
{
  for (size_t i = 0; i < t->rows; i++)
    if (!isfinite(t->x[i]) || (i > 0 && t->x[i] < t->x[i - 1]))
      return lac_fail(LAC_EUSER, "[figure] over: %s of [run %s] (%s) does not only grow, so that the runs have no common x; "
                      "choose another x, such as round", column, m->run->label, m->file);
  return LAC_OK;
}

static lac_axes axes_of(const lac_figure *f) { return (lac_axes){ f->style.xlog, f->style.ylog }; }

/* ---- lines ---- */

static int read_single(const lac_figure *f, const lac_figure_curve *c, size_t k, lac_figure_line *line)
{
  lac_trace t;
  int status = read_trace(f, c->member, k, &t);
  line->point = status == LAC_OK ? lac_alloc((t.rows + 1) * sizeof *line->point) : NULL;
  for (size_t i = 0; line->point && i < t.rows; i++)
    line->point[line->count++] = (lac_point){ t.x[i], t.y[i], t.y[i], t.y[i] };
  free(t.x);
  free(t.y);
  return line->point ? LAC_OK : LAC_ENOMEM;
}

static int read_group(const lac_figure *f, const lac_figure_curve *c, size_t k, lac_figure_line *line)
{
  lac_trace *t = lac_alloc(c->runs * sizeof *t);
  int status = t ? LAC_OK : LAC_ENOMEM;
  for (size_t i = 0; status == LAC_OK && i < c->runs; i++)
    if ((status = read_trace(f, c->run[i], k, &t[i])) == LAC_OK)
      status = check_growing(&t[i], c->run[i], f->style.x[k]);
  if (status == LAC_OK)
    status = lac_group_points(t, c->runs, f->style.of, axes_of(f), &line->point, &line->count);
  for (size_t i = 0; t && i < c->runs; i++) {
    free(t[i].x);
    free(t[i].y);
  }
  free(t);
  return status;
}

/* What never arrives is no line; the legend says so. */
static void drop_never(lac_figure_line *line)
{
  size_t i = 0;
  while (i < line->count && !isfinite(line->point[i].y))
    i++;
  line->count = i < line->count ? line->count : 0;
}

static int read_lines(lac_figure *f)
{
  for (lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++) {
      LAC_TRY((c->runs > 1 ? read_group : read_single)(f, c, k, &c->line[k]));
      if (f->style.over_rates)
        drop_never(&c->line[k]);
    }
  return LAC_OK;
}

/* ---- ranges ---- */

/* The lower edge of a band of deviations may be any small number, which says nothing of where the runs are. */
static int counts_low(const lac_figure *f)
{
  return !f->style.ylog || f->style.of.band != LAC_BAND_STD || f->style.of.centre != LAC_CENTRE_MEAN;
}

static void widen(const lac_figure *f, double start, double y, double range[2])
{
  start = f->style.rows.table ? 0 : start;      /* rows of a table do not begin anywhere */
  int is_noise = f->style.ylog && (y <= 0 || (start > 0 && y < ROUNDING * start));
  if (!isfinite(y) || is_noise || (start > 0 && y > DIVERGING * start))
    return;
  range[0] = fmin(range[0], y);
  range[1] = fmax(range[1], y);
}

static void y_range(lac_figure *f)
{
  double range[2] = { INFINITY, -INFINITY };
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++)
      for (const lac_point *start = c->line[k].point, *p = start; p < start + c->line[k].count; p++) {
        widen(f, start->y, p->y, range);
        widen(f, start->y, p->high, range);
        if (counts_low(f))
          widen(f, start->y, p->low, range);
      }
  if (!(range[0] <= range[1]))
    range[0] = 1, range[1] = 10;
  double margin = 0.03 * (range[1] - range[0]);
  f->ymin = f->style.ymin > 0 ? f->style.ymin : f->style.ylog ? pow(10, floor(log10(range[0]) + 1e-9)) : range[0] - margin;
  f->ymax = f->style.ymax > 0 ? f->style.ymax : f->style.ylog ? pow(10, ceil(log10(range[1]) - 1e-9)) : range[1] + margin;
  if (!(f->ymin < f->ymax))
    f->ymax = f->style.ylog ? 10 * f->ymin : f->ymin + 1;
}

/* A line that ends above the axis is drawn up to where it leaves. */
static void find_end(const lac_figure *f, lac_figure_line *line)
{
  size_t inside = line->count;
  while (inside > 0 && !(line->point[inside - 1].y <= f->ymax))
    inside--;
  line->leaves = inside < line->count;
  line->count = inside + (size_t)line->leaves;
}

static void x_ranges(lac_figure *f)
{
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++) {
      double *least = &f->xmin[c->panel * LAC_FIGURE_X + k], *most = &f->xmax[c->panel * LAC_FIGURE_X + k];
      for (const lac_point *p = c->line[k].point; p < c->line[k].point + c->line[k].count; p++) {
        if (f->style.xlog ? *least == 0 || p->x < *least : p->x < *least)
          *least = p->x;
        *most = fmax(*most, p->x);
      }
      if (k == 0 && f->style.xmax > 0)
        *most = fmin(*most, f->style.xmax);
    }
  for (size_t i = 0; i < f->panels * LAC_FIGURE_X; i++) {
    if (f->style.xlog && !(f->xmin[i] > 0))      /* nothing was sent yet, say */
      f->xmin[i] = f->xmax[i] > 0 ? f->xmax[i] / 10 : 1;
    if (!(f->xmin[i] < f->xmax[i]))
      f->xmax[i] = f->xmin[i] > 0 ? 10 * f->xmin[i] : 1;
  }
}

/* ---- what is drawn ---- */

/* One point behind the end of the axis is enough. */
static void cut_behind(lac_figure_line *line, double xmax)
{
  while (line->count > 1 && line->point[line->count - 1].x > xmax && line->point[line->count - 2].x > xmax) {
    line->count--;
    line->leaves = 0;
  }
}

size_t lac_figure_stretches(const lac_figure *f)
{
  size_t most = POINTS_IN_ALL / f->curves;
  return most < POINTS_LEAST ? POINTS_LEAST : most > POINTS_MOST ? POINTS_MOST : most;
}

/* As gnuplot is to draw it: all of a point is a number, and its band is inside of the axis. */
static void clamp_point(const lac_figure *f, lac_figure_line *line, lac_point *p)
{
  double above = f->style.ylog ? 10 * f->ymax : f->ymax + (f->ymax - f->ymin);
  int is_line = p->low == p->y && p->high == p->y;
  if (!(p->y <= above))
    p->y = above;
  if (f->style.ylog && p->y <= 0)
    p->y = f->ymin;
  p->low = is_line ? p->y : p->low < f->ymin ? f->ymin : p->low < f->ymax ? p->low : f->ymax;
  p->high = is_line ? p->y : p->high < f->ymin ? f->ymin : p->high < f->ymax ? p->high : f->ymax;
  line->banded |= p->low < p->high;
}

static void draw_line(const lac_figure *f, const lac_figure_curve *c, size_t k, lac_figure_line *line)
{
  double low = f->xmin[c->panel * LAC_FIGURE_X + k], high = f->xmax[c->panel * LAC_FIGURE_X + k];
  if (f->style.rows.table) {      /* its rows are drawn one by one */
    for (lac_point *p = line->point; p < line->point + line->count; p++) {
      line->clamped += f->style.ylog && p->y <= 0;
      clamp_point(f, line, p);
    }
    return;
  }
  cut_behind(line, high);
  lac_stretches s = { low, high, lac_figure_stretches(f), axes_of(f), f->ymin, c->runs > 1 };
  size_t inside = line->count - (size_t)line->leaves;
  lac_point last = inside < line->count ? line->point[inside] : (lac_point){ 0 };
  for (size_t i = 0; i < inside; i++)
    line->clamped += f->style.ylog && line->point[i].y <= 0;
  line->count = lac_thin_points(line->point, inside, &s, &line->averaged);
  if (line->leaves)
    line->point[line->count++] = last;
  for (size_t i = 0; i < line->count; i++)
    clamp_point(f, line, &line->point[i]);
}

int lac_figure_lines(lac_figure *f)
{
  LAC_TRY(read_lines(f));
  y_range(f);
  for (lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++)
      find_end(f, &c->line[k]);
  x_ranges(f);
  if (f->style.rows.cells)
    LAC_TRY(lac_cells_fit(f));
  for (lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++)
      draw_line(f, c, k, &c->line[k]);
  return LAC_OK;
}
