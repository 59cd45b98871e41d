#include "figures/data.h"
#include "figures/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARKERS = 5, CROWD = 12 };      /* of a curve; of more curves in a panel each has fewer */

/* ---- markers ---- */

/* Where a value stands along its axis, 0 to 1. */
static double place(double value, double low, double high, int is_log)
{
  double at = is_log ? (value > 0 ? log(value / low) / log(high / low) : 0) : (value - low) / (high - low);
  return isfinite(at) ? fmax(0, fmin(1, at)) : 1;
}

/* How far the line has come at each of its points: along x, and down or up beyond all points before it, so that noise is no way. */
static void measure_way(const lac_figure *f, const lac_figure_curve *c, size_t k, double *way)
{
  const lac_figure_line *line = &c->line[k];
  double low = f->xmin[c->panel * LAC_FIGURE_X + k], high = f->xmax[c->panel * LAC_FIGURE_X + k];
  double least = INFINITY, most = -INFINITY, before = 0;
  for (size_t i = 0; i < line->count; i++) {
    double x = place(line->point[i].x, low, high, f->style.xlog), y = place(line->point[i].y, f->ymin, f->ymax, f->style.ylog);
    way[i] = i == 0 ? 0 : way[i - 1] + fmax(0, x - before) + fmax(0, least - y) + fmax(0, y - most);
    least = fmin(least, y);
    most = fmax(most, y);
    before = x;
  }
}

/* Its place among the curves of its panel, and how many these are. */
static size_t place_in_panel(const lac_figure *f, const lac_figure_curve *c, size_t *curves)
{
  size_t at = 0;
  *curves = 0;
  for (const lac_figure_curve *o = f->curve; o < f->curve + f->curves; o++)
    if (o->panel == c->panel) {
      at += o < c;
      ++*curves;
    }
  return at;
}

/* Evenly along the line, at other places than on the other lines of the panel; points that are runs all. */
static void choose_marked(const lac_figure *f, const lac_figure_curve *c, size_t k, double *way, char *marked)
{
  size_t curves, at = place_in_panel(f, c, &curves), markers = curves <= CROWD ? MARKERS : curves <= 2 * CROWD ? 3 : 2;
  size_t count = c->line[k].count;
  double shift = ((double)at + 0.5) / (double)curves;
  if (f->style.over_option) {
    memset(marked, 1, count);
    return;
  }
  measure_way(f, c, k, way);
  for (size_t i = 0; i < markers; i++) {
    double want = way[count - 1] * ((double)i + shift) / (double)markers;
    size_t best = 0;
    for (size_t j = 1; j < count; j++)
      if (fabs(way[j] - want) < fabs(way[best] - want))
        best = j;
    marked[best] = 1;
  }
}

/* ---- blocks ---- */

static void put_sources(FILE *to, const lac_figure_curve *c)
{
  for (size_t i = 0; i < c->runs; i++) {
    const char *digest = lac_result_attribute(&c->run[i]->result, "digest");
    fprintf(to, "# %s, result %s, digest %s\n", c->run[i]->run->label, c->run[i]->file, digest ? digest : "?");
  }
}

/* Of a map: the edges of its cells. */
static int put_cells(const lac_figure *f, const lac_figure_curve *c, size_t k, FILE *to)
{
  lac_cells cells;
  double edge[4];
  int status = lac_cells_find(&cells, f, c->panel, k);
  fprintf(to, "\n$cells%zu << end\n# x, y, from x, to x, from y, to y\n", c->line[k].block);
  for (const lac_point *p = c->line[k].point; status == LAC_OK && p < c->line[k].point + c->line[k].count; p++) {
    lac_cells_edges(&cells, f, p, edge);
    fprintf(to, "%.7g %.7g %.7g %.7g %.7g %.7g\n", p->x, p->y, edge[0], edge[1], edge[2], edge[3]);
  }
  fprintf(to, "end\n");
  lac_cells_free(&cells);
  return status;
}

static int write_block(const lac_figure *f, const lac_figure_curve *c, size_t k, FILE *to)
{
  const lac_figure_line *line = &c->line[k];
  double *way = lac_alloc(line->count * sizeof *way);
  char *marked = lac_alloc(line->count);
  int status = way && marked ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK) {
    fprintf(to, "\n$curve%zu << end\n# %s, %s\n", line->block, f->style.x[k], f->style.y);
    put_sources(to, c);
    choose_marked(f, c, k, way, marked);
    for (size_t i = 0; i < line->count; i++) {
      const lac_point *p = &line->point[i];
      fprintf(to, "%.7g %.6g %.6g %.6g", p->x, p->y, p->low, p->high);
      fprintf(to, marked[i] ? " %.6g\n" : " NaN\n", p->y);
    }
    fprintf(to, "end\n");
  }
  free(way);
  free(marked);
  return status;
}

/* A file of many curves that is no block would be read from its beginning for each. */
int lac_data_write(lac_figure *f, FILE *to)
{
  size_t block = 0;
  fprintf(to, "# Data of a figure, written by laconic plot: x, the line, the lower and the upper edge of its band, the line at a marker.\n"
              "# gnuplot: load this file, then plot $curve1, $curve2, ...\n");
  for (lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++)
    for (size_t k = 0; k < f->style.xs; k++)
      if (c->line[k].count > (size_t)c->line[k].leaves) {
        c->line[k].block = ++block;
        LAC_TRY(write_block(f, c, k, to));
        LAC_TRY(f->style.rows.cells ? put_cells(f, c, k, to) : LAC_OK);
      }
  return LAC_OK;
}
