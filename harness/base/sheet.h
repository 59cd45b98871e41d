/* sheet.h: a table of texts and numbers as commands print it: for people (text, Markdown, LaTeX) with few digits, for programs (CSV,
   JSON) with all. */
#ifndef LAC_SHEET_H
#define LAC_SHEET_H

#include "base.h"
#include <stdio.h>

typedef enum { LAC_SHEET_TEXT, LAC_SHEET_MARKDOWN, LAC_SHEET_LATEX, LAC_SHEET_CSV, LAC_SHEET_JSON } lac_sheet_format;

/* A text, or a number where text is NULL; NaN: nothing is known. */
typedef struct { char *text; double real; } lac_sheet_cell;

typedef struct {
  char *name;                /* for programs: "bits_up_per_client" */
  char *head;                /* for people: "bits/client" */
  const char *digits;        /* a format of printf for its numbers, for people: "%.4g" */
  lac_sheet_cell *cell;      /* one a row */
} lac_sheet_column;

typedef struct {
  size_t rows, columns, cap;
  lac_sheet_column *column;
} lac_sheet;

/* An empty table of so many rows; free it. */
void lac_sheet_init(lac_sheet *s, size_t rows);
void lac_sheet_free(lac_sheet *s);
/* One more column, of which nothing is known yet: its cells, which stay where they are.  NULL and lac_fail: no memory. */
lac_sheet_cell *lac_sheet_add(lac_sheet *s, const char *name, const char *head, const char *digits);
/* NULL: there is none of this name. */
lac_sheet_column *lac_sheet_find(const lac_sheet *s, const char *name);
/* Keep these columns, "seed,up", in this order, and the `last` ones behind them.  EUSER: a name that is not there. */
int lac_sheet_select(lac_sheet *s, const char *names, size_t last);
/* Rows in ascending order of a column, numbers before texts and unknown ones last; equal ones stay as they are. */
int lac_sheet_sort(lac_sheet *s, const lac_sheet_column *by, int descending);
/* Infinite numbers are texts in JSON ("inf", "-inf"), unknown ones null; in CSV they are inf and nothing.  ENOMEM. */
int lac_sheet_print(const lac_sheet *s, lac_sheet_format format, FILE *to);

#endif
