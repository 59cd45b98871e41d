/* row.h: the trace: its columns, a row of it, and what a row says of the run's end. */
#ifndef LAC_ROW_H
#define LAC_ROW_H

#include "run/run.h"

/* What a row is made of besides the state of the run: the mean of the clients' gradients and, at mean[d], of their f_i, where it takes all
   rows; how the rows of the training set, where they are classified, and of the test set fare. */
typedef struct { const double *mean; lac_score train, test; } lac_evaluated;

/* The columns that this run's trace has.  EUSER: --evaluate=held-out, and nothing is held out. */
int lac_row_choose_columns(lac_run *r);
/* Whether rows of the trace take a pass over all training rows: f, its gradient and what follows from them. */
int lac_row_takes_all(const lac_run *r);
/* Doubles of a client for a row: gradient and value, if it takes them, and the sum of the test losses, if there are some. */
size_t lac_row_width(const lac_run *r);
/* --stop=METRIC:VALUE, with a metric among the columns.  EUSER. */
int lac_row_parse_stop(lac_run *r);
/* Rank 0, cells in the order of the columns. */
void lac_row_fill(const lac_run *r, const lac_evaluated *at, lac_cell *cell);

/* Why a run ends; LAC_GO: it does not. */
typedef enum { LAC_GO, LAC_CONVERGED, LAC_BUDGET, LAC_ROUNDS, LAC_DIVERGED, LAC_INTERRUPTED } lac_end;
extern const char *const lac_end_name[];      /* NULL for LAC_GO */
lac_end lac_row_end(const lac_run *r, const lac_cell *cell);

/* Whether training rows are scored for the trace. */
int lac_row_scores_training(const lac_run *r);
/* Whether test rows are attacked for the trace. */
int lac_row_attacks(const lac_run *r);
/* Whether x* is asked for, and with it the columns that need it. */
int lac_run_solves(const lac_run *r);

#endif
