/* figure.h: how the results of an experiment are arranged in panels and curves; script.c writes that down, gnuplot.c has it drawn. */
#ifndef LAC_FIGURE_H
#define LAC_FIGURE_H

#include "experiment/collect.h"
#include "figures/group.h"
#include "figures/rates.h"
#include "figures/style.h"
#include "figures/sweep.h"
#include "figures/tables.h"

enum { LAC_FIGURE_X = 4 };

/* The [figure] section. */
typedef struct {
  const char *title, *caption, *legend;      /* legend: a line above its entries */
  char *x[LAC_FIGURE_X];                     /* columns, and what follows from them: lac_result_derived */
  size_t xs;
  char *by[LAC_FIGURE_X];                    /* keys by which runs go to panels */
  size_t bys;
  char *over[LAC_FIGURE_X];                  /* options: runs that differ in no other are one curve */
  size_t overs;
  lac_summary_of of;
  int has_centre, has_band, own_y;           /* is it said? */
  const char *y, *series, *xlabel, *ylabel;  /* labels: instead of what the axes say */
  double ymin, ymax, xmax;                   /* 0: automatic */
  int xlog, ylog;
  unsigned columns;                          /* 0: automatic */
  const char *rates;                         /* NULL: not said */
  int over_rates, over_option;               /* x = rate; x is an option, y a number of each run */
  lac_rates rate;                            /* of over_rates */
  lac_reduction until;                       /* of both: y as a reduction */
  lac_look look;
  lac_table_style rows;                      /* where it is of a table */
} lac_figure_style;

/* A curve over one x axis, as it is drawn. */
typedef struct {
  lac_point *point;
  size_t count;
  int leaves;                                /* ends above the axis or not finite: the last point is where */
  int banded;                                /* somewhere low < high */
  size_t averaged;                           /* points that are the mean of a stretch of the axis in which the curve goes up and down */
  size_t clamped;                            /* points that are not above 0, at the lower edge of a logarithmic axis */
  size_t block;                              /* in the data file; 0: there is nothing to draw */
} lac_figure_line;

typedef struct {
  const lac_member *member;                  /* the first of its runs */
  const lac_member **run;
  size_t runs;
  size_t panel, series, variant;             /* places in the lists below; variant counts within its series */
  int is_dots;                               /* points and no line */
  char *name;                                /* the variant: what its runs have in common of theirs */
  lac_figure_line line[LAC_FIGURE_X];        /* for each x axis */
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
  size_t results;                            /* in all curves */
  lac_member *swept;                         /* over rates or an option: members whose results have the columns x and y */
  char **sweep_name;                         /* what tells them apart, of an option */
  size_t sweeps;
  char *words[LAC_FIGURE_X + 1];             /* of the x axes and of y (LAC_FIGURE_X) where those of axes.h do not do, or NULL */
  char *clock;                               /* of x = rate: "seconds on wan (20 ms, n = 20, star)", or NULL */
  char *caption;                             /* the style's, and what lines and bands are; NULL: neither */
  double ymin, ymax;
  double *xmin, *xmax;                       /* of panel p with x axis k: [p * LAC_FIGURE_X + k] */
} lac_figure;

/* EUSER unless the [figure] section says what figures have; needs no results. */
int lac_figure_check(const lac_experiment *e);
/* EUSER: an unknown setting, a column that the results do not have, nothing to draw, an x of a group that goes down. */
int lac_figure_arrange(lac_figure *f, const lac_collection *c);
void lac_figure_free(lac_figure *f);

#endif
