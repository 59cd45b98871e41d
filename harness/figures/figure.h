/* figure.h: how the results of an experiment are arranged in panels and curves; gnuplot.c writes that down and has it drawn. */
#ifndef LAC_FIGURE_H
#define LAC_FIGURE_H

#include "experiment/collect.h"

enum { LAC_FIGURE_X = 4 };

/* The [figure] section. */
typedef struct {
  const char *title, *caption, *legend;      /* legend: a line above its entries */
  char *x[LAC_FIGURE_X];                     /* columns; NAME_per_client divides by the clients */
  size_t xs;
  char *by[LAC_FIGURE_X];                    /* keys by which runs go to panels */
  size_t bys;
  const char *y, *series;
  double ymin, ymax, xmax;                   /* 0: automatic */
  int xlog, ylog;
  unsigned columns;                          /* 0: automatic */
} lac_figure_style;

typedef struct {
  const lac_member *member;
  size_t panel, series, variant;             /* places in the lists below; variant counts within its series */
  size_t rows;                               /* that are drawn, before thinning */
  int leaves;                                /* ends above the axis or not finite: row `rows` is where */
  size_t block;                              /* in the data file */
} lac_figure_curve;

typedef struct { const lac_member *member; } lac_figure_panel;      /* its first */
typedef struct { const char *value; const char **variant; size_t variants; } lac_figure_series;

typedef struct {
  lac_figure_style style;
  lac_figure_panel *panel;
  size_t panels;
  lac_figure_series *series;
  size_t serieses;
  lac_figure_curve *curve;
  size_t curves;
  double ymin, ymax;
  double *xmin, *xmax;                       /* of panel p with x axis k: [p * LAC_FIGURE_X + k] */
} lac_figure;

/* EUSER unless the [figure] section says what figures have; needs no results. */
int lac_figure_check(const lac_experiment *e);
/* EUSER: an unknown setting, a column that the results do not have, nothing to draw. */
int lac_figure_arrange(lac_figure *f, const lac_collection *c);
void lac_figure_free(lac_figure *f);
/* Value of x axis k of a curve at a row. */
double lac_figure_x(const lac_figure *f, const lac_figure_curve *c, size_t k, size_t row);
double lac_figure_y(const lac_figure *f, const lac_figure_curve *c, size_t row);
/* At most `most` rows of the curve: its first and last and, of every stretch of the x axis, the row with the least y.
   rows holds most + 3; returns how many. */
size_t lac_figure_thin(const lac_figure *f, const lac_figure_curve *c, size_t most, size_t *rows);

/* FOLDER/NAME.dat and .gp. */
int lac_gnuplot_write(lac_figure *f, const char *folder, const char *name);
/* gnuplot in `folder` on NAME.gp, to NAME.FORMAT.  EUSER when there is no gnuplot. */
int lac_gnuplot_draw(const char *folder, const char *name, const char *format);

#endif
