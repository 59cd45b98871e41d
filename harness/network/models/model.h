/* model.h: closed models of papers: what is computed from formulas alone, without a run, as a table (store/table.h). */
#ifndef LAC_MODEL_H
#define LAC_MODEL_H

#include "options.h"
#include "store/table.h"

typedef struct {
  const char *name, *summary;
  const char *reference;                /* the paper whose formulas these are */
  const lac_option *options;
  size_t params_size;
  /* Fill an empty table.  EUSER: options that do not go together.  ENOMEM. */
  int (*fill)(const void *params, lac_table *t);
} lac_model;

/* All of them, by name; NULL-terminated. */
extern const lac_model *const lac_models[];

/* The table of "NAME[:KEY=VALUE,...]", with notes of what made it; to be closed in any case.  EUSER. */
int lac_model_table(const char *spec, lac_table *t);

/* ---- what models share ---- */

/* Rates from 0.1 to 1000 Gbit/s, evenly in their logarithm: numpy.logspace(-1, 3, 50), the grid of arXiv:2501.18512, table 4. */
enum { LAC_RATES = 50 };
double lac_rate_at(size_t i);      /* Gbit/s */

/* Columns are made in their order, then filled row by row.  `unit` NULL: a column of texts, which tells rows apart. */
typedef struct { const char *name, *unit; } lac_model_column;
int lac_model_columns(lac_table *t, const lac_model_column *column, size_t columns);
/* One cell of row `row`. */
int lac_model_text(lac_table *t, size_t column, size_t row, const char *text);
static inline void lac_model_real(lac_table *t, size_t column, size_t row, double x) { t->column[column].real[row] = x; }

#endif
