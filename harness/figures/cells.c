#include "figures/cells.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Each value once. */
static size_t sort_values(double *at, size_t count)
{
  size_t kept = 0;
  qsort(at, count, sizeof *at, ascending);
  for (size_t i = 0; i < count; i++)
    if (!kept || at[i] != at[kept - 1])
      at[kept++] = at[i];
  return kept;
}

int lac_cells_find(lac_cells *c, const lac_figure *f, size_t panel, size_t k)
{
  size_t points = 0, n = 0;
  for (const lac_figure_curve *v = f->curve; v < f->curve + f->curves; v++)
    points += v->panel == panel ? v->line[k].count : 0;
  *c = (lac_cells){ .at = { lac_alloc(points * sizeof(double)), lac_alloc(points * sizeof(double)) } };
  if (!c->at[0] || !c->at[1])
    return LAC_ENOMEM;
  for (const lac_figure_curve *v = f->curve; v < f->curve + f->curves; v++)
    for (size_t i = 0; v->panel == panel && i < v->line[k].count; i++, n++) {
      c->at[0][n] = v->line[k].point[i].x;
      c->at[1][n] = v->line[k].point[i].y;
    }
  for (int axis = 0; axis < 2; axis++)
    c->count[axis] = sort_values(c->at[axis], points);
  return LAC_OK;
}

void lac_cells_free(lac_cells *c)
{
  free(c->at[0]);
  free(c->at[1]);
}

static double middle(double a, double b, int is_log) { return is_log ? sqrt(a * b) : (a + b) / 2; }

/* As far behind `here` as the edge to its only neighbour is before it. */
static double mirror(double here, double edge, int is_log) { return is_log ? here * here / edge : 2 * here - edge; }

static void find_edges(const double *at, size_t count, double here, int is_log, double edge[2])
{
  size_t i = 0;
  while (i + 1 < count && at[i] < here)
    i++;
  edge[0] = i > 0 ? middle(at[i - 1], here, is_log) : NAN;
  edge[1] = i + 1 < count ? middle(here, at[i + 1], is_log) : NAN;
  if (isnan(edge[0]) && isnan(edge[1]))      /* the only one */
    edge[0] = is_log ? here / 2 : here - 0.5, edge[1] = mirror(here, edge[0], is_log);
  else if (isnan(edge[0]))
    edge[0] = mirror(here, edge[1], is_log);
  else if (isnan(edge[1]))
    edge[1] = mirror(here, edge[0], is_log);
}

void lac_cells_edges(const lac_cells *c, const lac_figure *f, const lac_point *p, double edge[4])
{
  find_edges(c->at[0], c->count[0], p->x, f->style.xlog, edge);
  find_edges(c->at[1], c->count[1], p->y, f->style.ylog, edge + 2);
}

/* range: least and most of x, of y; nothing where the panel is empty. */
static int outer_edges(const lac_figure *f, size_t panel, size_t k, double range[4])
{
  lac_cells c;
  double edge[4];
  int status = lac_cells_find(&c, f, panel, k);
  for (int last = 0; status == LAC_OK && c.count[0] && last < 2; last++) {
    lac_point p = { .x = c.at[0][last ? c.count[0] - 1 : 0], .y = c.at[1][last ? c.count[1] - 1 : 0] };
    lac_cells_edges(&c, f, &p, edge);
    range[last] = edge[last];
    range[2 + last] = edge[2 + last];
  }
  lac_cells_free(&c);
  return status;
}

int lac_cells_fit(lac_figure *f)
{
  double least = INFINITY, most = -INFINITY;
  for (size_t p = 0; p < f->panels; p++)
    for (size_t k = 0; k < f->style.xs; k++) {
      double range[4] = { f->xmin[p * LAC_FIGURE_X + k], f->xmax[p * LAC_FIGURE_X + k], least, most };
      LAC_TRY(outer_edges(f, p, k, range));
      f->xmin[p * LAC_FIGURE_X + k] = range[0];
      f->xmax[p * LAC_FIGURE_X + k] = range[1];
      least = fmin(least, range[2]);
      most = fmax(most, range[3]);
    }
  if (!(least < most))      /* no row has a cell */
    return LAC_OK;
  f->ymin = f->style.ymin > 0 ? f->style.ymin : least;
  f->ymax = f->style.ymax > 0 ? f->style.ymax : most;
  return LAC_OK;
}
