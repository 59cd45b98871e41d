/* result.h: reading result files (design: a result is a file, a figure is a function of files).  Serial: call on one rank. */
#ifndef LAC_RESULT_H
#define LAC_RESULT_H

#include "base.h"

typedef struct {
  char *key, *value;            /* value as canonical text, numbers too */
} lac_attribute;

struct lac_result;
/* Columns that are computed when they are asked for, such as seconds on a network; they live as long as the result. */
typedef struct lac_computed {
  /* *column NULL: there is none of this name.  EUSER: it cannot be computed. */
  int (*column)(struct lac_computed *self, const struct lac_result *r, const char *name, const double **column);
  void (*free)(struct lac_computed *self);
} lac_computed;

typedef struct lac_result {
  char *path;                   /* as it is shown: without control characters */
  size_t rows, columns;
  char **name;                  /* of the columns, "round", "f", "grad_norm_sq", "bits_up", ... */
  double **column;              /* columns x rows; counts are exact below 2^53 */
  size_t attributes;
  lac_attribute *attribute;     /* of /config and of the root: "algorithm", "ef21.gamma", "reason", "digest", ... */
  double *x;                    /* /final/x, or NULL while the run is not complete */
  size_t d;
  double *merged;               /* /final/merged, of a problem around another one: the vector of that one; or NULL */
  size_t merged_d;
  const void *bytes;            /* of the file where it is in memory, which the caller keeps; or NULL */
  size_t size;
  lac_computed *computed;       /* NULL: none are */
  int is_table;                 /* its rows are those of a table, in no order, and no run's */
} lac_result;

/* Open a result file; a journal beside it that the run did not end is folded in first.
   EUSER: not there, not a laconic result, cut in half: the sentence names the file and the reason. */
int lac_result_open(lac_result *r, const char *path);
/* The same with only those of these parts that are named: the attributes of /timing and /environment; x. */
enum { LAC_RESULT_MACHINE = 1, LAC_RESULT_FINAL = 2 };
int lac_result_open_parts(lac_result *r, const char *path, unsigned parts);
/* The same of a file in memory; `path` is its name in messages.  The bytes live as long as the result. */
int lac_result_open_bytes(lac_result *r, const char *path, const void *bytes, size_t size, unsigned parts);
void lac_result_close(lac_result *r);
/* Column or attribute by name; NULL when absent. */
const double *lac_result_column(const lac_result *r, const char *name);
const char *lac_result_attribute(const lac_result *r, const char *key);

/* What people ask for by a name: a column, or what follows from columns,
     bits               bits_up + bits_down
     NAME_per_client    NAME over the number of clients
     NAME_relative      NAME over its value in the first row; no number unless that is above 0
     seconds(NETWORK)   what r->computed makes of it
   Row i is (column[i] + plus[i]) / divisor, without plus where that is NULL. */
typedef struct { const double *column, *plus; double divisor; } lac_derived;
/* EUSER: the result has none of this name, or it cannot be computed. */
int lac_result_find(const lac_result *r, const char *name, lac_derived *q);
/* 1, or 0: the same without a sentence to be read. */
int lac_result_derived(const lac_result *r, const char *name, lac_derived *q);
static inline double lac_derived_at(const lac_derived *q, size_t row)
{
  return (q->column[row] + (q->plus ? q->plus[row] : 0)) / q->divisor;
}

/* Call `each` for the file, or for every .h5 file of the folder, by name.  EUSER: the folder cannot be read, or has none. */
int lac_result_files(const char *path, int (*each)(void *self, const char *file), void *self);
/* Is the file complete?  1 yes, 0 no or not there. */
int lac_result_complete(const char *path);

#endif
